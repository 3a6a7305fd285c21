// How fuzz targets and seeded tests turn octets into choices: which file, which field, how many.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace twoseal::fuzz {

/// Takes choices from the front of an input. At its end every choice is 0, so each input is a
/// complete story and a shorter one is a simpler one.
class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size)
      : octets_(reinterpret_cast<const char*>(data), size) {}

  explicit Choices(Bytes octets) : octets_(std::move(octets)) {}

  [[nodiscard]] bool at_end() const { return at_ >= octets_.size(); }

  std::uint8_t octet() {
    return at_end() ? std::uint8_t{0} : static_cast<std::uint8_t>(octets_[at_++]);
  }

  /// Two, four or eight octets, the low one first.
  template <class T>
  T number() {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(octet()) << (8 * i)));
    }
    return value;
  }

  /// 0 to `count` - 1; 0 when `count` is 0.
  std::size_t below(std::size_t count) {
    if (count < 2) {
      return 0;
    }
    return (count <= 256 ? octet() : number<std::uint32_t>()) % count;
  }

  bool flag() { return (octet() & 1U) != 0; }

  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[below(items.size())];
  }

  /// Up to 255 octets behind their number, or what is left of them.
  Bytes bytes() {
    const std::size_t size = octet();
    return take(size);
  }

  Bytes rest() { return take(octets_.size()); }

 private:
  Bytes take(std::size_t size) {
    const std::size_t begin = std::min(at_, octets_.size());
    Bytes taken = octets_.substr(begin, size);
    at_ = begin + taken.size();
    return taken;
  }

  Bytes octets_;
  std::size_t at_ = 0;
};

/// `count` octets that follow from `seed` alone (SplitMix64, Steele et al. 2014).
[[nodiscard]] inline Bytes octets_of(std::uint64_t seed, std::size_t count) {
  Bytes octets;
  while (octets.size() < count) {
    seed += 0x9E3779B97F4A7C15U;
    std::uint64_t value = seed;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    value ^= value >> 31U;
    for (unsigned i = 0; i < 8; ++i) {
      octets.push_back(static_cast<char>(value >> (8 * i)));
    }
  }
  octets.resize(count);
  return octets;
}

/// Cuts, doubles, exchanges or flips a little of `bytes`.
[[nodiscard]] inline Bytes damaged(Bytes bytes, Choices& choices) {
  const std::size_t at = choices.below(bytes.size() + 1);
  switch (choices.below(5)) {
    case 0:
      if (at < bytes.size()) {
        bytes[at] =
            static_cast<char>(static_cast<std::uint8_t>(bytes[at]) ^ (1U << choices.below(8)));
      }
      return bytes;
    case 1:
      return bytes.erase(at, 1 + choices.below(16));
    case 2:
      return bytes.insert(at, choices.bytes());
    case 3:
      return bytes.insert(at, bytes.substr(choices.below(bytes.size() + 1), choices.octet()));
    default: {
      const Bytes other = choices.bytes();
      return bytes.replace(at, std::min(other.size(), bytes.size() - at), other);
    }
  }
}

}  // namespace twoseal::fuzz
