// The lock that useradd, passwd and vipw take before they change the account files.
#pragma once

#include <atomic>
#include <memory>

#include "system/files.h"
#include "system/linux/linux_paths.h"

namespace twoseal {

/// FileSystem::lock_accounts(). `taken`: whether another thread of this process has it; it must
/// outlive the lock.
///
/// The protocol of lckpwdf(3), a record lock on the whole of /etc/.pwd.lock, without that function:
/// it waits by an alarm, which is of the whole process. What the tools of shadow link beside it
/// (/etc/passwd.lock and so on, with the number of their process) is waited for too, because some
/// keep it alone; one whose process is gone does not count.
[[nodiscard]] Result<std::unique_ptr<FileSystem::AccountLock>> take_account_lock(
    const LinuxPaths& paths, std::atomic<bool>& taken);

}  // namespace twoseal
