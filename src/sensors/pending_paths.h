// Paths that were heard of and wait to be told: each once, and one that is still being written not
// with every write.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace twoseal {

class PendingPaths {
 public:
  using Clock = std::chrono::steady_clock;

  /// A file that somebody keeps open and writes is told so long after the first write, and as often
  /// again as the writing goes on.
  static constexpr std::chrono::milliseconds kWriting{400};

  /// `still_written`: a write without an end yet.
  void add(const std::string& path, bool still_written, Clock::time_point now);

  /// Takes out the paths that can be told now.
  [[nodiscard]] std::vector<std::string> take(Clock::time_point now);

  /// When the next one can be told; nothing when there is none.
  [[nodiscard]] std::optional<Clock::time_point> next() const;

 private:
  std::map<std::string, Clock::time_point> due_;
};

}  // namespace twoseal
