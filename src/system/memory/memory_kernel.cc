#include "system/memory/memory_kernel.h"

#include <algorithm>

namespace twoseal {

void MemoryKernel::put(std::string_view name, std::string value) {
  const MutexLock lock(mutex_);
  Setting& setting = settings_[kernel_setting_path(name).value()];
  setting.at_boot = value;
  setting.value = std::move(value);
}

void MemoryKernel::set_read_only(std::string_view name, bool read_only) {
  const MutexLock lock(mutex_);
  settings_[kernel_setting_path(name).value()].read_only = read_only;
}

void MemoryKernel::refuse(std::string_view name, std::string value) {
  const MutexLock lock(mutex_);
  settings_[kernel_setting_path(name).value()].refused.push_back(std::move(value));
}

void MemoryKernel::boot() {
  const MutexLock lock(mutex_);
  for (auto& [path, setting] : settings_) {
    setting.value = setting.at_boot;
  }
}

Result<std::optional<std::string>> MemoryKernel::setting(const std::string& name) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::setting, name));
  const MutexLock lock(mutex_);
  const auto path = kernel_setting_path(name);
  const auto found = path ? settings_.find(*path) : settings_.end();
  return found == settings_.end() ? std::nullopt : std::optional(found->second.value);
}

Result<void> MemoryKernel::set_setting(const std::string& name, const std::string& value) {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::set_setting, name));
  const MutexLock lock(mutex_);
  const auto path = kernel_setting_path(name);
  const auto found = path ? settings_.find(*path) : settings_.end();
  if (found == settings_.end()) {
    return fail(Errc::no_input, "no such setting", name);
  }
  Setting& setting = found->second;
  if (setting.read_only) {
    return fail(Errc::no_permission, "is read-only", name);
  }
  if (std::find(setting.refused.begin(), setting.refused.end(), value) != setting.refused.end()) {
    return fail(Errc::kernel_refused, "does not take '" + value + "'", name);
  }
  faults_.step();
  setting.value = value;
  return {};
}

}  // namespace twoseal
