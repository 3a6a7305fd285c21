// Which rosters a log put in force, and from which entry on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "base/id.h"
#include "crypto/public_key.h"
#include "model/ledger_entry.h"
#include "model/roster.h"
#include "policy/bundle.h"
#include "policy/decision.h"

namespace twoseal {

/// A roster that entry `from`, its last signature needed, put in force.
struct RosterTerm {
  std::uint64_t from = 0;
  Named<Roster> roster;
};

/// One that was recorded and is not in force.
struct WaitingRoster {
  Digest digest;
  std::int64_t version = 0;
  std::vector<KeyId> signers;  ///< root keys that signed it, ascending
};

/// Follows the rosters of a log as a host would that is shown each as soon as it is signed by
/// enough root keys, those of the version before and its own.
class RosterWalk {
 public:
  /// Both must outlive the walk.
  RosterWalk(const AuditSource& source, const Digest& org) : source_(source), org_(org) {}

  /// Takes `entry` at `index`, about a roster. What is wrong with it; nothing when it is sound, and
  /// when it lacks a readable statement of a root key, which is for the judge of all entries.
  [[nodiscard]] std::optional<std::string> take(std::uint64_t index, const LedgerEntry& entry);

  /// Takes every entry of the source that is about a roster. `tell` hears what is wrong with one,
  /// and which entries of whatever kind cannot be read.
  void take_all(const std::function<void(std::uint64_t index, const std::string& wrong)>& tell);

  /// Those in force, by version.
  [[nodiscard]] const std::vector<RosterTerm>& terms() const { return terms_; }

  /// Those that may follow when more root keys sign them, by digest.
  [[nodiscard]] std::vector<WaitingRoster> waiting() const;

  /// Why the others that were recorded are not in force, a line each; also when none is.
  [[nodiscard]] std::vector<std::string> complaints() const;

 private:
  struct Waiting {
    std::int64_t version = 0;
    std::map<KeyId, SignedStatement> signatures;
  };

  [[nodiscard]] std::optional<std::string> problem_of(const SignedStatement& source,
                                                      const LedgerEntry& entry,
                                                      const Roster& roster) const;
  [[nodiscard]] std::optional<PublicKey> root_key(const KeyId& id, const Roster& roster) const;
  void advance(std::uint64_t index);
  bool settle(std::uint64_t index, const Digest& digest, const Waiting& waiting);
  void drop_settled();
  [[nodiscard]] const Named<Roster>* newest() const;
  [[nodiscard]] Findings judge(const Named<Roster>& roster,
                               const Waiting& waiting,
                               const Named<Roster>* held) const;

  const AuditSource& source_;
  const Digest& org_;
  std::vector<RosterTerm> terms_;
  bool lost_ = false;  ///< one could not be read again
  std::map<Digest, Waiting> waiting_;
  std::map<KeyId, PublicKey> root_keys_;  ///< of those in force and those that wait
};

}  // namespace twoseal
