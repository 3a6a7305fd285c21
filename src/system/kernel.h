// Settings of the running kernel (sysctl).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace twoseal {

/// Where a setting stands below /proc/sys: `net/ipv4/ip_forward`. As sysctl(8) reads names: the
/// first dot or slash is the separator, the other one then stands for itself
/// (`net.ipv4.conf.eth0/1.forwarding`, `net/ipv4/conf/eth0.1/forwarding`). Nothing when such a name
/// cannot be one: empty parts, `.`, `..`, a NUL, or more than 255 octets.
[[nodiscard]] std::optional<std::string> kernel_setting_path(std::string_view name);

class Kernel {
 public:
  virtual ~Kernel() = default;

  Kernel() = default;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  /// The value of `net.ipv4.ip_forward` without the newline at its end, tabs as they are; nothing
  /// when there is no such setting. Dots and slashes are told apart as by sysctl(8).
  /// Errc::no_permission, Errc::io_failed, Errc::too_large above 64 KiB.
  [[nodiscard]] virtual Result<std::optional<std::string>> setting(
      const std::string& name) const = 0;

  /// Errc::no_input when there is no such setting, Errc::no_permission also for a read-only one,
  /// Errc::kernel_refused when the kernel does not take the value.
  [[nodiscard]] virtual Result<void> set_setting(const std::string& name,
                                                 const std::string& value) = 0;
};

}  // namespace twoseal
