// The kernel settings of a host in memory.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "system/kernel.h"
#include "system/memory/memory_faults.h"

namespace twoseal {

/// The settings are kept by their path below /proc/sys, so that both spellings of a name meet.
class MemoryKernel final : public Kernel {
 public:
  explicit MemoryKernel(MemoryFaults& faults) : faults_(faults) {}

  /// A setting, as it is after each boot.
  void put(std::string_view name, std::string value);

  void set_read_only(std::string_view name, bool read_only);

  /// The kernel does not take `value` for it.
  void refuse(std::string_view name, std::string value);

  /// Every setting has the value that put() gave it last.
  void boot();

  [[nodiscard]] Result<std::optional<std::string>> setting(const std::string& name) const override;
  [[nodiscard]] Result<void> set_setting(const std::string& name,
                                         const std::string& value) override;

 private:
  struct Setting {
    std::string at_boot;
    std::string value;
    bool read_only = false;
    std::vector<std::string> refused;
  };

  MemoryFaults& faults_;
  mutable Mutex mutex_;
  std::map<std::string, Setting, std::less<>> settings_ GUARDED_BY(mutex_);
};

}  // namespace twoseal
