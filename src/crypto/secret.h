// Octets that must not stay in memory.
#pragma once

#include <initializer_list>

#include "base/wipe.h"

namespace twoseal {

/// Octets that are overwritten when their owner ends. Moves leave nothing behind.
class Secret {
 public:
  /// The parts one after the other, in memory that is claimed once and never moved.
  Secret(std::initializer_list<BytesView> parts);

  /// Takes over `bytes`.
  explicit Secret(Bytes&& bytes);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] BytesView view() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace twoseal
