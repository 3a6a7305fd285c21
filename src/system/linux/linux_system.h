// This machine.
#pragma once

#include <string>

#include "base/os_clock.h"
#include "system/linux/linux_files.h"
#include "system/linux/linux_kernel.h"
#include "system/linux/linux_packages.h"
#include "system/linux/linux_processes.h"
#include "system/linux/linux_services.h"
#include "system/system.h"

namespace twoseal {

/// Opens nothing but the root directory until it is asked something.
class LinuxSystem final : public System {
 public:
  /// `root`: the directory below which all paths are, for tests; programs run on the machine itself
  /// all the same. `bus`: the D-Bus address of the service manager; empty: that of the system,
  /// below `root`.
  explicit LinuxSystem(const std::string& root = "/", std::string bus = {});

  [[nodiscard]] LinuxFiles& files() override { return files_; }

  [[nodiscard]] LinuxServices& services() override { return services_; }

  [[nodiscard]] LinuxPackages& packages() override { return packages_; }

  [[nodiscard]] LinuxKernel& kernel() override { return kernel_; }

  [[nodiscard]] LinuxProcesses& processes() override { return processes_; }

  [[nodiscard]] Clock& clock() override { return clock_; }

  [[nodiscard]] Facts facts() const override;
  [[nodiscard]] std::string boot_id() const override;

 private:
  SystemClock clock_;
  LinuxFiles files_;
  LinuxProcesses processes_;
  LinuxServices services_;
  LinuxPackages packages_;
  LinuxKernel kernel_;
};

}  // namespace twoseal
