// What an inspection asks of the running kernel beside its files: its name, the interfaces of its
// network, what is mounted, the environment of this program.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "system/mount_table.h"

namespace twoseal {

/// What uname(2) tells.
struct KernelName {
  std::string machine;
  std::string node;
  std::string system;
  std::string release;
  std::string version;
};

/// One address of a network interface, or the interface without any.
struct InterfaceAddress {
  std::string name;
  std::string type;      ///< `ARPHRD_ETHER`, as OVAL names it
  std::string hardware;  ///< `02:42:AC:11:00:02`, or empty
  std::string address;   ///< `10.0.0.2`; of IPv6 with the length of its prefix; may be empty
  bool is_ipv6 = false;
  std::string broadcast;
  std::string netmask;
  std::vector<std::string> flags;  ///< `UP`, `PROMISC` …
};

struct EnvironmentVariable {
  std::string name;
  std::string value;
};

class RunningKernel {
 public:
  virtual ~RunningKernel() = default;

  RunningKernel() = default;
  RunningKernel(const RunningKernel&) = delete;
  RunningKernel& operator=(const RunningKernel&) = delete;

  [[nodiscard]] virtual KernelName name() const = 0;

  /// Errc::io_failed.
  [[nodiscard]] virtual Result<std::vector<InterfaceAddress>> interfaces() const = 0;

  /// What is mounted at the root and below it, in the order of mounting. Errc::io_failed.
  [[nodiscard]] virtual Result<std::vector<Mount>> mounts() const = 0;

  /// The environment of this program.
  [[nodiscard]] virtual std::vector<EnvironmentVariable> environment() const = 0;
};

}  // namespace twoseal
