// Texts that live as long as what points to them: kept in pages, never freed one by one.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace twoseal::scap {

class TextArena {
 public:
  /// A copy that lives as long as the arena, also when that is moved.
  [[nodiscard]] std::string_view keep(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> pages_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace twoseal::scap
