// The kernel that this program runs on.
#pragma once

#include "system/running_kernel.h"

namespace twoseal {

class LinuxRunningKernel : public RunningKernel {
 public:
  /// `root`: what is inspected, as the mount table names it.
  explicit LinuxRunningKernel(std::string root = "/") : root_(std::move(root)) {}

  [[nodiscard]] KernelName name() const override;
  [[nodiscard]] Result<std::vector<InterfaceAddress>> interfaces() const override;
  [[nodiscard]] Result<std::vector<Mount>> mounts() const override;
  [[nodiscard]] std::vector<EnvironmentVariable> environment() const override;

 private:
  std::string root_;
};

}  // namespace twoseal
