// Counts of what was asked, for /metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace twoseal::server {

/// Since the start. Any thread may count.
struct RequestCounts {
  static constexpr std::size_t kPorts = 3;
  static constexpr std::size_t kClasses = 6;  ///< by the first digit of the status

  std::array<std::array<std::atomic<std::uint64_t>, kClasses>, kPorts> answers{};
  std::array<std::atomic<std::uint64_t>, kPorts> microseconds{};  ///< of all handlers together
  std::atomic<std::uint64_t> logins = 0;
  std::atomic<std::uint64_t> contacts = 0;
  std::atomic<std::uint64_t> statements = 0;  ///< recorded
  std::atomic<std::uint64_t> background_failures = 0;
};

}  // namespace twoseal::server
