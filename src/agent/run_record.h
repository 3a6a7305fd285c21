// What the journal says: of runs, one change on this host from its intent to its end, of repairs,
// and of what was told. docs/formats/journal.md.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/agent_state.h"
#include "resources/operation_fields.h"

namespace twoseal {

/// The intent, written before the first change of the host. `inverses`: what takes each of
/// `operations` back, at the same place. `base`, `owned`: of the scope before and after.
struct RunBegun {
  UnixSeconds at = 0;
  std::optional<Digest> base;
  Digest change;
  std::optional<Name> counts_for;  ///< auto rule or `emergency` that let it pass
  bool dead_man = false;           ///< must be reachable afterwards
  std::vector<KeptOperation> inverses;
  std::vector<KeptOperation> operations;
  std::vector<std::string> owned;
  std::vector<std::string> owned_before;
  Name phase;
  ScopeId scope;
  UnixSeconds undo_until = 0;  ///< 0: it cannot be undone
};

enum class RunStage : std::uint8_t {
  command,   ///< the program at `place` is about to run; whether it did is known only afterwards
  checking,  ///< all is done and reads back; health is looked at
  undoing,   ///< taking back, for `why`
};

/// `place`: an index into the operations, of the last command that began, if one did. `rollback`:
/// log index of the statement that asks for taking back, if one does.
struct RunMoved {
  Digest change;
  std::optional<std::int64_t> place;
  RunStage stage = RunStage::checking;
  std::string why;
  std::optional<std::int64_t> rollback;
};

/// `outcome`: as in a result. `rollback`: log index of the rollback statement that ended it, if one
/// did.
struct RunEnded {
  UnixSeconds at = 0;
  Digest change;
  std::string outcome;
  std::optional<std::int64_t> rollback;
};

/// Undo is over: what was kept for it is erased.
struct RunClosed {
  Digest change;
};

/// Before resources that drifted are put back as `change` left them. `more`: further ones.
struct RepairBegun {
  UnixSeconds at = 0;
  Digest change;
  std::int64_t more = 0;
  std::vector<std::string> resources;
  ScopeId scope;
};

/// A report of this number waits for the server. It tells of all repairs that began before.
struct ReportMade {
  std::int64_t counter = 0;
};

/// An outcome of a change waits for the server. `release`: log index of the newest release, of a
/// change that did not begin; after another one it is told anew.
struct OutcomeTold {
  Digest change;
  std::string outcome;
  std::optional<std::int64_t> release = {};
};

/// What earlier records said of runs, in one: the journal begins anew with it.
struct RunMemory {
  std::vector<AppliedChange> applied;
  std::vector<DayCount> counts;
  std::vector<ScopeState> scopes;
  std::vector<UsedChange> used;
};

using RunRecord = std::variant<RunBegun,
                               RunMoved,
                               RunEnded,
                               RunClosed,
                               RunMemory,
                               RepairBegun,
                               ReportMade,
                               OutcomeTold>;

[[nodiscard]] Bytes encode_record(const RunRecord& record);

/// Errc::refuse_j1 for bytes that are no record.
[[nodiscard]] Result<RunRecord> decode_record(BytesView bytes);

}  // namespace twoseal
