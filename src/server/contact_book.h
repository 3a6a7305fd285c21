// When hosts were heard of last, and what they were told: in memory, written to the registry in
// batches, since 2,000 hosts would otherwise cost a sync each minute of each of them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "storage/registry.h"

namespace twoseal::server {

/// What the newest answer to a host was made from, to tell whether there is news.
struct Told {
  std::string what;  ///< empty: nothing since the start
  UnixSeconds at = 0;
};

/// Safe for several threads at once.
class ContactBook {
 public:
  explicit ContactBook(Registry& registry) : registry_(registry) {}

  /// Reads what the registry has.
  [[nodiscard]] Result<void> load();

  void note(HostContact contact);

  [[nodiscard]] std::optional<HostContact> of(const HostId& host) const;

  [[nodiscard]] Told told(const HostId& host) const;

  void tell(const HostId& host, Told told);

  /// Writes to the registry what was noted since the last time. What cannot be written is tried
  /// again the next time.
  [[nodiscard]] Result<void> flush();

 private:
  Registry& registry_;
  mutable Mutex mutex_;
  std::map<HostId, HostContact> contacts_ GUARDED_BY(mutex_);
  std::map<HostId, Told> told_ GUARDED_BY(mutex_);
  std::set<HostId> unwritten_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::server
