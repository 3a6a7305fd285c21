// The settings of this machine's kernel, in /proc/sys.
#pragma once

#include "system/kernel.h"
#include "system/linux/linux_paths.h"

namespace twoseal {

class LinuxKernel final : public Kernel {
 public:
  /// `paths` must outlive it.
  explicit LinuxKernel(const LinuxPaths& paths) : paths_(paths) {}

  [[nodiscard]] Result<std::optional<std::string>> setting(const std::string& name) const override;
  [[nodiscard]] Result<void> set_setting(const std::string& name,
                                         const std::string& value) override;

 private:
  const LinuxPaths& paths_;
};

}  // namespace twoseal
