#include "server/denial_book.h"

namespace twoseal::server {

Result<void> DenialBook::load() {
  std::string after;
  while (true) {
    TWOSEAL_TRY(const auto rows, registry_.denials(DenialKind::host, after));
    const MutexLock lock(mutex_);
    for (const Denial& one : rows) {
      hosts_.emplace(one.value, one);
      after = one.value;
    }
    if (rows.size() < kRowsMax) {
      return {};
    }
  }
}

Result<void> DenialBook::add(const Denial& denial) {
  TWOSEAL_TRY_VOID(registry_.put_denial(denial));
  const MutexLock lock(mutex_);
  hosts_.emplace(denial.value, denial);
  return {};
}

Result<void> DenialBook::drop(const HostId& host) {
  TWOSEAL_TRY_VOID(registry_.remove_denial(DenialKind::host, host.text()));
  const MutexLock lock(mutex_);
  hosts_.erase(host.text());
  return {};
}

bool DenialBook::is_denied(const HostId& host) const {
  const MutexLock lock(mutex_);
  return hosts_.contains(host.text());
}

std::vector<Denial> DenialBook::all() const {
  const MutexLock lock(mutex_);
  std::vector<Denial> list;
  for (const auto& [host, one] : hosts_) {
    list.push_back(one);
  }
  return list;
}

}  // namespace twoseal::server
