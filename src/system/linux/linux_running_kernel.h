// The kernel that this program runs on.
#pragma once

#include "system/running_kernel.h"

namespace twoseal {

class LinuxRunningKernel : public RunningKernel {
 public:
  [[nodiscard]] KernelName name() const override;
  [[nodiscard]] Result<std::vector<InterfaceAddress>> interfaces() const override;
  [[nodiscard]] std::optional<std::string> environment(const std::string& name) const override;
};

}  // namespace twoseal
