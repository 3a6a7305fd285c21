// What libFuzzer calls to change an input, for targets that know the shape of theirs.
#pragma once

#include <cstring>

#include "tests/fuzz/choices.h"

/// LibFuzzer's own mutation, in place. Where inputs are only replayed, nothing calls it.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace twoseal::fuzz {

/// Copies `bytes`, cut to `max_size`, to `data`; its size.
inline std::size_t put_input(const Bytes& bytes, std::uint8_t* data, std::size_t max_size) {
  const std::size_t size = std::min(bytes.size(), max_size);
  std::memcpy(data, bytes.data(), size);
  return size;
}

/// `bytes` after libFuzzer's own mutation, of at most `size_max` octets.
inline Bytes mutated(Bytes bytes, std::size_t size_max) {
  const std::size_t size = std::min(bytes.size(), size_max);
  bytes.resize(size_max);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, size_max));
  return bytes;
}

}  // namespace twoseal::fuzz
