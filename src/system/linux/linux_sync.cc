#include "system/linux/linux_sync.h"

#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace twoseal {
namespace {

constexpr std::size_t kFewMax = 32;

Result<void> check_synced(int result) {
  // Some file systems have no sync for directories and say so with EINVAL.
  if (result != 0 && errno != EINVAL) {
    return fail(Errc::sync_failed, "syncing: " + std::generic_category().message(errno));
  }
  return {};
}

}  // namespace

void LinuxSync::add(FileDescriptor file, const FileInfo& info) {
  if (devices_.empty() && few_.size() < kFewMax) {
    few_.push_back(std::move(file));
    few_devices_.push_back(info.device);
    return;
  }
  for (std::size_t i = 0; i < few_.size(); ++i) {
    devices_.try_emplace(few_devices_[i], std::move(few_[i]));
  }
  few_.clear();
  few_devices_.clear();
  devices_.try_emplace(info.device, std::move(file));
}

Result<void> LinuxSync::sync() {
  Result<void> synced;
  for (const FileDescriptor& file : few_) {
    if (auto one = check_synced(::fsync(file.get())); !one) {
      synced = std::move(one);
    }
  }
  for (const auto& [device, file] : devices_) {
    if (auto one = check_synced(::syncfs(file.get())); !one) {
      synced = std::move(one);
    }
  }
  few_.clear();
  few_devices_.clear();
  devices_.clear();
  return synced;
}

}  // namespace twoseal
