// What the log says about one change: plain values, no judgement but what numbering needs.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.h"
#include "model/change.h"
#include "model/ledger_entry.h"
#include "policy/gate.h"

namespace twoseal {

/// Something that a person or service signed, where the log has it. What else the statement says
/// (role, key, time of its signer) is in its record.
struct RecordedAct {
  Digest statement;
  Digest object;
  Event event = Event::comment;
  ActorId by;
  std::uint64_t index = 0;
  UnixSeconds entry_at = 0;
  bool withdrawn = false;  ///< by its own signer

  bool operator==(const RecordedAct&) const = default;
};

/// The release of a phase.
struct RecordedRelease {
  RecordedAct act;
  Name phase;
  std::optional<std::int64_t> after;

  bool operator==(const RecordedRelease&) const = default;
};

/// Somebody asked for the change to be undone, on these hosts or on all.
struct RecordedRollback {
  RecordedAct act;
  std::optional<std::vector<HostId>> hosts;

  bool operator==(const RecordedRollback&) const = default;
};

/// A host's word that it does not take back what stands on it.
struct RefusedBack {
  Digest result;
  Digest statement;
  std::string outcome;  ///< `refused:` and a code
  UnixSeconds at = 0;   ///< the host's word
  UnixSeconds entry_at = 0;
  std::uint64_t index = 0;

  bool operator==(const RefusedBack&) const = default;
};

/// A word of one host about the change: the newest, with those before it that touched it. What
/// stands on a host is refused only when it is to be taken back, so such a refusal takes nothing
/// from the word before.
struct HostOutcome {
  Digest result;
  Digest statement;
  std::string outcome;
  Name phase;
  UnixSeconds at = 0;  ///< the host's word
  UnixSeconds entry_at = 0;
  std::uint64_t index = 0;
  std::optional<std::int64_t> rollback;        ///< entry of the request by which it was taken back
  std::shared_ptr<const HostOutcome> earlier;  ///< the one before; at most kWordsMax in all
  std::optional<RefusedBack> refused_back;     ///< the newest since

  static constexpr std::size_t kWordsMax = 32;

  /// Equal in all that both say, also before.
  bool operator==(const HostOutcome& other) const;
};

/// How far a change has come, as far as entries alone tell.
enum class RoughState {
  open,     ///< nothing has begun on any host
  running,  ///< begun, and nothing has gone wrong for good
  done,
  withdrawn,
  lost,  ///< expired, failed, refused, rolled back or stale: its author may try again
};

struct ChangeFacts {
  Digest digest;
  Digest core;
  std::shared_ptr<const Change> change;
  std::int64_t number = 0;   ///< CHG-n
  std::int64_t version = 1;  ///< of that number
  std::optional<Digest> replaces;
  std::optional<Digest> replaced_by;
  std::uint64_t first_index = 0;  ///< of its first `authored` entry
  UnixSeconds authored_at = 0;    ///< time of that entry

  std::vector<RecordedAct> acts;  ///< author, approve, reject, sign off; in the order of the log
  std::vector<RecordedAct> withdrawals;  ///< `object`: the statement taken back
  std::vector<RecordedAct> evidence;     ///< attest statements about its core
  std::vector<RecordedRelease> releases;
  std::vector<RecordedRollback> rollbacks;
  /// Parallel to targets.hosts of the change; nothing where the host has said nothing. Shared, so
  /// that a copy of the facts is cheap.
  std::vector<std::shared_ptr<const HostOutcome>> outcomes;
  /// Entries that nobody signs: scheduled, done, expired; with their time.
  std::map<Event, UnixSeconds> marks;

  /// What `host` said last; nullptr when nothing, or when it is no target.
  [[nodiscard]] const HostOutcome* outcome_of(const HostId& host) const;

  /// Its place in targets.hosts.
  [[nodiscard]] std::optional<std::size_t> place_of(const HostId& host) const;

  /// Equal in all that the log says.
  [[nodiscard]] bool says_the_same(const ChangeFacts& other) const;
};

/// What the log said about the change before its entry `index`; of a host that was touched more
/// than HostOutcome::kWordsMax times since, perhaps less.
[[nodiscard]] ChangeFacts facts_before(const ChangeFacts& facts, std::uint64_t index);

/// Its phases; none when a person carries it out.
[[nodiscard]] const std::vector<Phase>& phases_in(const Change& change);

/// The newest release that lets phase `number` begin: its own, or that of the nearest phase before
/// it which only automatic gates divide from it; nullptr.
[[nodiscard]] const RecordedRelease* serving_release_of(const ChangeFacts& facts,
                                                        std::size_t number);

/// Whether `host`, in phase `number`, took the change back for a request that a release of another
/// phase names since, so that it begins again once its own phase is released likewise.
[[nodiscard]] bool waits_for_release(const ChangeFacts& facts,
                                     std::size_t number,
                                     const HostId& host);

/// What `host`, in phase `number`, said last, as long as it counts: nothing any more once a release
/// lets it begin again. A refusal of a host that was not touched ends with any later release, a way
/// back that somebody asked for with one that names that; what hosts take back by themselves no
/// release begins again, whatever they say since.
[[nodiscard]] const HostOutcome* counting_outcome(const ChangeFacts& facts,
                                                  std::size_t number,
                                                  const HostId& host);

/// What the hosts of phase `number` but those of `without` said, as far as it counts.
[[nodiscard]] GateTally tally_of(const ChangeFacts& facts,
                                 std::size_t number,
                                 const std::set<HostId>& without = {});

/// Whether every host of phase `number` has said what counts for its gate.
[[nodiscard]] bool have_answered(const ChangeFacts& facts, std::size_t number);

/// Whether a phase cannot go on by itself: each of its hosts has said its word, too few of them
/// that it is well, and not enough that it failed. They refused, or are not as they were planned.
[[nodiscard]] bool is_stuck(const ChangeFacts& facts);

/// Whether something stands on a host with this outcome that can be taken back.
[[nodiscard]] bool stands(std::string_view outcome);

/// Whether a host with this outcome has been touched.
[[nodiscard]] bool is_touched(std::string_view outcome);

/// Whether the results of the phases close the gate of one for good.
[[nodiscard]] bool is_gate_closed(const ChangeFacts& facts);

/// The newest request that `host` takes the change back and that no later release names; nullptr.
[[nodiscard]] const RecordedAct* newest_request(const ChangeFacts& facts, const HostId& host);

/// Whether too many hosts of a phase failed. Those that somebody asked to take the change back, or
/// that did for such a request, did not fail: they must not take all others with them.
/// `without`: hosts whose word does not count either.
[[nodiscard]] bool has_failed_phase(const ChangeFacts& facts, const std::set<HostId>& without = {});

/// Whether a later release names this request or one behind it, so that it asks for nothing more.
[[nodiscard]] bool is_overridden(const ChangeFacts& facts, const RecordedRollback& rollback);

/// Whether the change is to be undone everywhere: somebody asked for it, of all hosts at once or of
/// each of them, and no later release names that.
[[nodiscard]] bool is_undone(const ChangeFacts& facts);

/// Whether every target, but those of `silent` that have said nothing, has said how it ended, and
/// well enough.
[[nodiscard]] bool all_ended(const ChangeFacts& facts, const std::set<HostId>& silent = {});

[[nodiscard]] RoughState rough_state(const ChangeFacts& facts, UnixSeconds now);

}  // namespace twoseal
