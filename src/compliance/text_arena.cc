#include "compliance/text_arena.h"

#include <algorithm>
#include <cstring>

namespace twoseal::scap {

std::string_view TextArena::keep(std::string_view text) {
  constexpr std::size_t kPage = std::size_t{256} << 10U;
  if (text.empty()) {
    return {};
  }
  if (left_ < text.size()) {
    const std::size_t size = std::max(kPage, text.size());
    pages_.push_back(std::make_unique_for_overwrite<char[]>(size));
    at_ = pages_.back().get();
    left_ = size;
  }
  std::memcpy(at_, text.data(), text.size());
  const std::string_view kept(at_, text.size());
  at_ += text.size();
  left_ -= text.size();
  return kept;
}

}  // namespace twoseal::scap
