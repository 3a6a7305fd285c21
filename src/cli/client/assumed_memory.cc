#include "cli/client/assumed_memory.h"

#include "codec/objects.h"
#include "model/change.h"
#include "model/plan.h"

namespace twoseal::cli {
namespace {

// The base that an approved plan names for the host.
Result<std::optional<Digest>> planned_base(const Change& change,
                                           const HostId& host,
                                           const Files& files) {
  const auto bytes = change.plan ? files.find("blobs/" + change.plan->hex()) : files.end();
  if (bytes == files.end()) {
    return std::optional<Digest>();
  }
  TWOSEAL_TRY(const Plan plan, codec::decode<Plan>(bytes->second));
  for (const PlannedClass& one : plan.classes) {
    for (const PlannedHost& planned : one.hosts) {
      if (planned.id == host) {
        return planned.base;
      }
    }
  }
  return std::optional<Digest>();
}

}  // namespace

Result<void> assume_memory(const Files& files, const HostId& host, AgentState& state) {
  const auto bytes = files.find("change.json");
  if (bytes == files.end()) {
    return {};
  }
  TWOSEAL_TRY(const Change change, codec::decode<Change>(bytes->second));
  TWOSEAL_TRY(const auto base, planned_base(change, host, files));
  if (base && change.scope) {
    state.scopes.push_back(ScopeState{.base = base, .scope = *change.scope});
  }
  for (const Digest& required : change.requires_changes) {
    state.applied.push_back({required});
  }
  return {};
}

}  // namespace twoseal::cli
