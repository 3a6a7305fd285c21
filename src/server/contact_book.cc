#include "server/contact_book.h"

#include <algorithm>

namespace twoseal::server {

Result<void> ContactBook::load() {
  std::string after;
  while (true) {
    TWOSEAL_TRY(const auto rows, registry_.contacts(after));
    const MutexLock lock(mutex_);
    for (const HostContact& one : rows) {
      contacts_.insert_or_assign(one.host, one);
      after = one.host.text();
    }
    if (rows.size() < kRowsMax) {
      return {};
    }
  }
}

void ContactBook::note(HostContact contact) {
  const MutexLock lock(mutex_);
  unwritten_.insert(contact.host);
  const HostId host = contact.host;
  contacts_.insert_or_assign(host, std::move(contact));
}

std::optional<HostContact> ContactBook::of(const HostId& host) const {
  const MutexLock lock(mutex_);
  const auto found = contacts_.find(host);
  return found != contacts_.end() ? std::optional(found->second) : std::nullopt;
}

Told ContactBook::told(const HostId& host) const {
  const MutexLock lock(mutex_);
  const auto found = told_.find(host);
  return found != told_.end() ? found->second : Told();
}

void ContactBook::tell(const HostId& host, Told told) {
  const MutexLock lock(mutex_);
  told_.insert_or_assign(host, std::move(told));
}

Result<void> ContactBook::flush() {
  std::vector<HostContact> batch;
  {
    const MutexLock lock(mutex_);
    for (const HostId& host : unwritten_) {
      batch.push_back(contacts_.at(host));
    }
    unwritten_.clear();
  }
  if (batch.empty()) {
    return {};
  }
  auto written = registry_.put_contacts(batch);
  if (!written) {
    const MutexLock lock(mutex_);
    for (const HostContact& one : batch) {
      unwritten_.insert(one.host);
    }
  }
  return written;
}

}  // namespace twoseal::server
