// Whether a signed statement is valid, and why not. docs/formats/decision.md, "Which statements are
// valid".
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crypto/sshsig.h"
#include "policy/bundle.h"
#include "policy/keyring.h"
#include "policy/log_view.h"

namespace twoseal {

/// A statement with what is known about it.
struct Judged {
  const SignedStatement* source = nullptr;
  std::optional<std::string> problem;  ///< why it is not valid
  bool unproven = false;               ///< the problem is that its entry is not proven
  const OwnedKey* key = nullptr;       ///< of people and services
  RoleMoment moment;
  bool user_verified = false;
  bool backup_eligible = false;

  [[nodiscard]] bool valid() const { return !problem.has_value(); }

  [[nodiscard]] const Statement& statement() const { return source->statement; }
};

/// Whether only a key whose owner sees the bytes signs it: documents that shape every later
/// decision, and lifts of stops. In a demo any key does.
[[nodiscard]] bool needs_local_key(Act act, ObjType type);

/// Verifies the signature of `source` alone: `origin` is the roster's for the key's rp_id, or null.
[[nodiscard]] Result<SignatureFacts> verify_record(const SignedStatement& source,
                                                   const PublicKey& key,
                                                   const std::string* rp_id,
                                                   const std::string* origin);

/// Verifies the signature of `source` under the key that `keyring` gives for it, and that the act
/// is open to the signer. Says nothing about the log or about keys and roles that have ended.
[[nodiscard]] Judged examine_signature(const SignedStatement& source, const Keyring& keyring);

/// What `entry` says otherwise than `statement`, whose record it is; nothing when they agree.
[[nodiscard]] std::optional<std::string> contradiction(const Statement& statement,
                                                       const LedgerEntry& entry);

/// Whether entries with `event` record what somebody signed, so that none stands without a
/// statement.
[[nodiscard]] bool needs_statement(Event event);

/// Why key or role had ended at the moment of `judged`; nothing when they stood.
[[nodiscard]] std::optional<std::string> examine_standing(const Judged& judged,
                                                          const Keyring& keyring);

/// Judges statements of people, services and hosts against the newest roster and the log. Every
/// statement is judged once. Keeps references to what it is made from.
class StatementJudge {
 public:
  StatementJudge(const Bundle& bundle,
                 const Keyring& keyring,
                 const LogView& log,
                 UnixSeconds hi,
                 Findings& findings)
      : bundle_(bundle), keyring_(keyring), log_(log), hi_(hi), findings_(findings) {}

  /// By a person or a service. One that proves a newer roster refuses with F3.
  const Judged& judge(const SignedStatement& source);

  /// By a host whose identity key is `key`.
  const Judged& judge_host(const SignedStatement& source, const PublicKey& key);

  /// Takes out what is known about `statements`, so that they can leave the bundle, and forgets
  /// what all signers had seen.
  [[nodiscard]] std::map<Digest, Judged> take_out(const std::vector<Digest>& statements);

  /// Puts back what take_out() gave, when its statements are in the bundle again, at their places.
  void put_back(std::map<Digest, Judged> judged) { judged_.merge(judged); }

  /// Judges all statements of people and services that the log records.
  void judge_all();

  /// Whether its own signer took `source` back, validly.
  [[nodiscard]] bool taken_back(const SignedStatement& source);

  /// The valid statements that do `act` to `obj`, by digest; the others become notes. Signatures on
  /// documents and lifts that their signers took back are not among them.
  [[nodiscard]] std::vector<const Judged*> valid(const Digest& obj, ObjType type, Act act);

  /// The signature record of statement `digest`, or nullptr.
  [[nodiscard]] const SignedStatement* find(const Digest& digest) const;

  /// What the signers of all valid statements had seen of the log.
  [[nodiscard]] const std::set<LogPoint>& seen() const { return seen_; }

 private:
  [[nodiscard]] Judged examine(const SignedStatement& source);
  [[nodiscard]] std::optional<std::string> examine_entry(Judged& judged) const;
  const Judged& keep(Judged judged);

  const Bundle& bundle_;
  const Keyring& keyring_;
  const LogView& log_;
  UnixSeconds hi_;
  Findings& findings_;
  std::map<Digest, Judged> judged_;
  std::set<LogPoint> seen_;
};

}  // namespace twoseal
