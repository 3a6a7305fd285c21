// A rehearsal: a change was carried out on one host and taken back, and the host is as it was, to
// the byte. docs/formats/rehearsal.md.
//
// Nothing of it is anybody's claim. The host signed that it carried the change out and that it took
// it back; and it signed the plan of the same state afterwards, with the token that it gave before.
// A token covers each octet that the plan reads and writes, so that a host on which one is left
// different gives another.
#pragma once

#include <span>
#include <string>

#include "authoring/change_yaml.h"
#include "policy/keyring.h"

namespace twoseal::cli {

/// The kind of evidence in a change that names a rehearsal.
inline constexpr const char* kRehearsalKind = "rehearsal";

struct Rehearsal {
  Digest change;  ///< the one that was rehearsed with
  TargetHost host;
  std::int64_t applied_in = 0;  ///< seconds from the word of who released it to that of the host
  std::int64_t undone_in = 0;   ///< seconds from the word of who asked for it to that of the host
  bool opaque = false;          ///< it ran commands, and nobody can see all that they did
};

/// What a rehearsal is checked against.
struct RehearsalCheck {
  const Digest& org;
  const Digest& state;           ///< that the change wants
  const RollbackPlan& rollback;  ///< of the change
  const Keyring& keyring;
  std::span<const Assignment> assignments;  ///< the newest of each host
};

/// Decides whether `archive` proves a rehearsal of that state and rollback. Errc::not_rehearsed
/// with what is not as it was; Errc::bad_zip, Errc::not_canonical and others for what cannot be
/// read; Errc::bad_signature for what its host or executor did not sign.
[[nodiscard]] Result<Rehearsal> verify_rehearsal(BytesView archive, const RehearsalCheck& check);

/// Narrows a draft to its rehearsal on the one host that it was resolved to: one phase, now, under
/// a title that says so.
void make_rehearsal(authoring::ChangeDraft& draft, const std::string& host);

/// `on stage-01: carried out within 4 s, taken back within 3 s, every byte as before`. Of commands
/// it says that what they did elsewhere shows nowhere.
[[nodiscard]] std::string rehearsal_text(const Rehearsal& rehearsal);

}  // namespace twoseal::cli
