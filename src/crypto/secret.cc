#include "crypto/secret.h"

namespace twoseal {

Secret::Secret(std::initializer_list<BytesView> parts) {
  std::size_t size = 0;
  for (const BytesView part : parts) {
    size += part.size();
  }
  bytes_.reserve(size);
  for (const BytesView part : parts) {
    bytes_.append(part);
  }
}

Secret::Secret(Bytes&& bytes) : bytes_(std::move(bytes)) {
  wipe(bytes);  // a short text is copied by a move
}

Secret::Secret(Secret&& other) noexcept : Secret(std::move(other.bytes_)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  bytes_.swap(other.bytes_);
  return *this;
}

Secret::~Secret() {
  wipe(bytes_);
}

}  // namespace twoseal
