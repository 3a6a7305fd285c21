// Where the log has a statement: a flat table of 16 octets a place, since there are millions.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/id.h"

namespace twoseal {

/// Maps the first octets of a digest to places. Digests are uniform, so they need no hash; two that
/// begin alike both stay, and the reader compares the entry.
class StatementIndex {
 public:
  void add(const Digest& statement, std::uint64_t index) {
    if ((count_ + 1) * 4 > slots_.size() * 3) {
      grow();
    }
    put(key_of(statement), index + 1);
    ++count_;
  }

  /// Calls `visit(index)` for each candidate until it returns true; whether one did.
  template <class Visit>
  bool find(const Digest& statement, Visit&& visit) const {
    if (slots_.empty()) {
      return false;
    }
    const std::uint64_t key = key_of(statement);
    for (std::size_t at = key & (slots_.size() - 1); slots_[at].second != 0;
         at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].first == key && visit(slots_[at].second - 1)) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  static std::uint64_t key_of(const Digest& digest) {
    std::uint64_t key = 0;
    std::memcpy(&key, digest.view().data(), sizeof(key));
    return key;
  }

  void put(std::uint64_t key, std::uint64_t place) {
    std::size_t at = key & (slots_.size() - 1);
    while (slots_[at].second != 0) {
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = {key, place};
  }

  void grow() {
    auto old = std::exchange(slots_, {});
    slots_.resize(old.empty() ? 1'024 : old.size() * 2);
    for (const auto& [key, place] : old) {
      if (place != 0) {
        put(key, place);
      }
    }
  }

  std::vector<std::pair<std::uint64_t, std::uint64_t>> slots_;  ///< key, index + 1; 0: free
  std::size_t count_ = 0;
};

}  // namespace twoseal
