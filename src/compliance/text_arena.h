// Texts that live as long as what points to them: kept in pages, never freed one by one.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace twoseal::scap {

class TextArena {
 public:
  TextArena() = default;

  TextArena(TextArena&& other) noexcept
      : pages_(std::move(other.pages_)),
        at_(std::exchange(other.at_, nullptr)),
        left_(std::exchange(other.left_, 0)) {}

  TextArena& operator=(TextArena&& other) noexcept {
    pages_ = std::move(other.pages_);
    at_ = std::exchange(other.at_, nullptr);
    left_ = std::exchange(other.left_, 0);
    return *this;
  }

  TextArena(const TextArena&) = delete;
  TextArena& operator=(const TextArena&) = delete;
  ~TextArena() = default;

  /// A copy that lives as long as the arena, also when that is moved.
  [[nodiscard]] std::string_view keep(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> pages_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace twoseal::scap
