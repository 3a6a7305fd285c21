// Changes as people write them: YAML to a draft, and a draft with its hosts to canonical bytes.
// docs/formats/change-yaml.md.
//
// In two steps, because between them the hosts are asked for their plan: the draft gives the state
// and the selector, and complete_change() takes the plan and what else only the moment knows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "authoring/selector.h"
#include "authoring/table.h"
#include "model/change.h"
#include "model/plan.h"
#include "model/policy.h"

namespace twoseal::authoring {

/// The hosts of one wave: so many of those that are left, those named, or all that are left.
struct WaveHosts {
  std::optional<std::int64_t> count;
  std::vector<std::string> names;
  bool rest = false;
};

struct Wave {
  WaveHosts hosts;
  Gate gate;
  Place place;
  std::int64_t soak = 0;
  std::optional<Name> name;
};

/// A time, or a length from the beginning.
struct WindowDraft {
  std::optional<std::int64_t> length;
  std::optional<UnixSeconds> not_after;
  std::optional<UnixSeconds> not_before;
  Place place;
};

/// Everything that the file alone decides. Fields of `change` that need more are still empty.
struct ChangeDraft {
  std::string file;
  Change change;
  std::optional<std::vector<Resource>> state;           ///< absent: a person carries it out
  std::optional<std::vector<Resource>> rollback_state;  ///< rollback of kind state
  Enforce enforce = Enforce::report;
  std::optional<Selector> targets;
  Place targets_place;
  std::vector<Wave> waves;
  WindowDraft window;
  std::optional<std::int64_t> rollback_within;  ///< absent: as the policy's defaults say
  std::optional<std::string> runner;            ///< name of the host that is the runner
  std::vector<Bytes> blobs;                     ///< files that the change or its states name
};

/// What is known only when the change is made.
struct ChangeContext {
  Digest org;
  ActorId author;
  UnixSeconds now = 0;
  Bytes nonce;                              ///< 16 random octets
  Defaults defaults;                        ///< of the policy held
  std::int64_t emergency_window = 14'400;   ///< of the policy held, for kind emergency
  std::int64_t min_policy = 1;              ///< version of the policy held
  std::optional<Digest> plan;               ///< digest of the plan; absent with executor person
  std::vector<Name> effects;                ///< that the plan names; those of the state are added
  std::vector<Name> risks;                  ///< accepted by the author
  std::span<const Assignment> assignments;  ///< the newest of each host
};

struct CompiledChange {
  Change change;
  Bytes bytes;                          ///< canonical
  std::optional<Bytes> state;           ///< canonical; what `apply` names
  std::optional<Bytes> rollback_state;  ///< canonical; what `rollback.state` names
  std::vector<Bytes> blobs;             ///< other files that change and states name by digest
};

/// Reads a change file. Errc::bad_yaml with every problem and its place; Errc::too_large.
[[nodiscard]] Result<ChangeDraft> read_change(const Source& source, const Reader& reader);

/// The canonical bytes of the state that the draft wants, for plan requests; nothing when a person
/// carries the change out.
[[nodiscard]] std::optional<Bytes> state_bytes(const ChangeDraft& draft, const Digest& org);

/// The hosts that the draft's selector names, ascending by id. Errc::bad_yaml at the place of
/// `targets`: nothing matches, a name is no host's.
[[nodiscard]] Result<std::vector<TargetHost>> resolve_targets(
    const ChangeDraft& draft, std::span<const Assignment> assignments);

/// Fills in what the draft leaves open and writes the bytes. Errc::bad_yaml when it does not fit:
/// waves that leave hosts out, a window in the past, a plan missing.
[[nodiscard]] Result<CompiledChange> complete_change(const ChangeDraft& draft,
                                                     const ChangeContext& context);

/// Both steps in one.
[[nodiscard]] Result<CompiledChange> compile_change(const Source& source,
                                                    const Reader& reader,
                                                    const ChangeContext& context);

}  // namespace twoseal::authoring
