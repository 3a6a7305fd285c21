// Hosts whose connections are refused: in the registry, and in memory for every request to ask.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "storage/registry.h"

namespace twoseal::server {

/// Safe for several threads at once. One book for a registry.
class DenialBook {
 public:
  explicit DenialBook(Registry& registry) : registry_(registry) {}

  /// Reads what the registry has.
  [[nodiscard]] Result<void> load();

  /// From the next request of the host on. The first denial of a host stays.
  [[nodiscard]] Result<void> add(const Denial& denial);

  /// Errc::not_found.
  [[nodiscard]] Result<void> drop(const HostId& host);

  [[nodiscard]] bool is_denied(const HostId& host) const;

  /// Ascending by host.
  [[nodiscard]] std::vector<Denial> all() const;

 private:
  Registry& registry_;
  mutable Mutex mutex_;
  std::map<std::string, Denial> hosts_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::server
