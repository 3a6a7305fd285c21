// A whole host in a few kilobytes, for tests, simulations and the demo: files, services, packages,
// kernel settings and programs, with faults and crashes on request.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "system/memory/memory_faults.h"
#include "system/memory/memory_files.h"
#include "system/memory/memory_kernel.h"
#include "system/memory/memory_packages.h"
#include "system/memory/memory_processes.h"
#include "system/memory/memory_services.h"
#include "system/system.h"

namespace twoseal {

/// After a MemoryCrash the same object is used by the next agent: the host stands as the crash left
/// it. Safe for several threads at once.
class MemorySystem final : public System {
 public:
  /// An empty host. `clock` must outlive it.
  explicit MemorySystem(Clock& clock);

  [[nodiscard]] MemoryFiles& files() override { return files_; }

  [[nodiscard]] MemoryServices& services() override { return services_; }

  [[nodiscard]] MemoryPackages& packages() override { return packages_; }

  [[nodiscard]] MemoryKernel& kernel() override { return kernel_; }

  [[nodiscard]] MemoryProcesses& processes() override { return processes_; }

  [[nodiscard]] Clock& clock() override { return clock_; }

  [[nodiscard]] Facts facts() const override;
  [[nodiscard]] std::string boot_id() const override;

  /// Stops the process on a name or text that cannot be a fact's.
  void put_fact(const std::string& name, FactValue value);

  void fail_next(MemoryVerb verb, std::string subject, Errc code);

  /// See MemoryFaults.
  void crash_after(std::uint64_t count);

  /// Mutating steps so far, so that a test can crash at each of them in turn.
  [[nodiscard]] std::uint64_t mutations() const;

  /// What was not synced is gone, but for the `kept` oldest changes of names and attributes; then
  /// as reboot().
  void lose_power(std::size_t kept = 0);

  /// Another boot: another boot_id(), kernel settings as at boot, enabled units active.
  void reboot();

 private:
  Clock& clock_;
  MemoryFaults faults_;
  MemoryFiles files_;
  MemoryServices services_;
  MemoryPackages packages_;
  MemoryKernel kernel_;
  MemoryProcesses processes_;
  mutable Mutex mutex_;
  Facts facts_ GUARDED_BY(mutex_);
  std::uint64_t boots_ GUARDED_BY(mutex_) = 1;
};

}  // namespace twoseal
