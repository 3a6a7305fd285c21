// The network of a test bed: one 10.x.y.0/24 of its own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace twoseal::testbed {

/// 10.`second`.`third`.0/24.
struct Subnet {
  int second = 0;
  int third = 0;

  /// `10.20.30.0/24`.
  [[nodiscard]] std::string text() const;

  /// `10.20.30.5`.
  [[nodiscard]] std::string address(int last) const;

  /// The hardware address that goes with it, locally administered: `02:00:0a:14:1e:05`.
  [[nodiscard]] std::string hardware_address(int last) const;

  bool operator==(const Subnet&) const = default;
};

/// Errc::usage for anything but 10.x.y.0/24.
[[nodiscard]] Result<Subnet> parse_subnet(std::string_view text);

/// The route of the machine that covers some address of `subnet`, or nothing. `routes`: the lines
/// of `ip -4 route show table all`; default routes cover nothing here.
[[nodiscard]] std::optional<std::string> clash(const Subnet& subnet, std::string_view routes);

/// The first subnet without a clash, beginning at one that `seed` chooses.
[[nodiscard]] std::optional<Subnet> free_subnet(std::string_view routes, unsigned seed);

}  // namespace twoseal::testbed
