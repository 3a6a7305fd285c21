// A plausible Debian 12 host in memory: what a demo and most tests start from.
#pragma once

#include <memory>
#include <string>

#include "system/memory/memory_system.h"

namespace twoseal {

/// A host named `name` with the account, sshd, sysctl and default files of Debian 12; the units
/// ssh, cron, nginx, systemd-timesyncd and a few more, enabled and active; their packages in dpkg's
/// status, and a repository that has a second version of openssl, libssl3 and nginx. Contents are
/// shared between hosts, so that one takes less than 64 KiB. `clock` must outlive it.
///
/// ssh.service refuses to start, restart and reload with a configuration that `sshd -t` refuses.
[[nodiscard]] std::unique_ptr<MemorySystem> make_debian_host(const std::string& name, Clock& clock);

/// Its repository: for a host of a test that offers more.
[[nodiscard]] const MemoryRepository& debian_repository();

/// What `sshd -t` finds wrong with a configuration: an unknown keyword, a keyword without value, a
/// number that is none; empty when nothing. Knows the keywords of OpenSSH 9.2, but not their
/// values.
[[nodiscard]] std::string sshd_complaint(BytesView configuration);

}  // namespace twoseal
