#include "compliance/families/running_processes.h"

#include <algorithm>

#include "compliance/families/lines.h"
#include "system/file_systems.h"

namespace twoseal::scap {

bool has_processes(const InspectedHost& host, Collection& to) {
  if (host.files->file_system_type("/proc") == kProcFileSystem) {
    return true;
  }
  to.note(Flag::not_collected, "no running process belongs to this root: it has no /proc");
  return false;
}

std::vector<std::int64_t> running_processes(const InspectedHost& host, Collection& to) {
  std::vector<std::int64_t> pids;
  auto proc = host.files->open("/proc");
  if (!proc || *proc == nullptr) {
    to.note(Flag::error, "the processes cannot be listed: " + (proc ? "" : proc.error().what));
    return pids;
  }
  const auto listed = each_entry(**proc, [&](const NodeEntry& entry) {
    if (const auto pid = whole_number(entry.name)) {
      pids.push_back(*pid);
    }
  });
  if (!listed) {
    to.note(Flag::error, "the processes cannot be listed: " + listed.error().what);
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

}  // namespace twoseal::scap
