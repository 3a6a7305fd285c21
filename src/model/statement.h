// Statements: what people, services, hosts and keys sign. docs/formats/statement.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace twoseal {

/// What a signer does to an object. The SSHSIG namespace of an act is `<act>.v1@twoseal`.
enum class Act {
  approve,
  attest,
  author,
  lift,
  login,
  plan,
  reject,
  release,
  rollback,
  sign,
  signoff,
  withdraw,
};

/// What kind of object a statement is about.
enum class ObjType {
  assignments,
  change,
  emergency,
  evidence,
  fresh,
  plan_answer,
  plan_request,
  policy,
  release,
  report,
  restrictions,
  result,
  rollback,
  roster,
  session,
  statement,
  stop,
  verdict,
};

/// A point of the log that a signer has verified: the root of its first `size` entries.
struct LogPoint {
  Digest root;
  std::int64_t size = 0;
  auto operator<=>(const LogPoint&) const = default;
};

/// The signed sentence: `by`, in `role`, does `act` to the object with digest `obj`.
struct Statement {
  Act act = Act::approve;
  UnixSeconds at = 0;
  ActorId by;
  KeyId key;
  std::optional<std::string> note;
  Digest obj;
  ObjType obj_type = ObjType::change;
  Digest org;
  RoleId role;  ///< empty: any role that the signer holds
  std::int64_t roster = 0;
  LogPoint seen;
};

enum class RecordKind { sshsig, webauthn };

/// A statement's exact bytes with one signature over them. Identified by the digest of `statement`,
/// never by signature bytes, which their maker can vary.
struct SignatureRecord {
  RecordKind kind = RecordKind::sshsig;
  Bytes statement;
  std::string armor;  ///< sshsig only
  Bytes auth_data;    ///< webauthn only, as the next two
  Bytes client_data;
  Bytes signature;
};

/// Kinds of actor, told by the prefix of their id: `p:` `s:` `h:` `t:` `root:`.
enum class ActorKind { person, service, host, timekeeper, root, other };

[[nodiscard]] ActorKind actor_kind(const ActorId& actor);

/// `approve.v1@twoseal`.
[[nodiscard]] std::string signature_namespace(Act act);

/// Whether the table of docs/formats/statement.md lets this kind of actor do `act` to `type`.
[[nodiscard]] bool is_allowed(ObjType type, Act act, ActorKind by);

[[nodiscard]] std::string_view name_of(Act act);
[[nodiscard]] std::string_view name_of(ObjType type);

}  // namespace twoseal
