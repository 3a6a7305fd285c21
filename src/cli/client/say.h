// What a person says about an object, signed with the key of their profile.
#pragma once

#include <optional>
#include <string>

#include "cli/client/trust.h"
#include "model/statement.h"

namespace twoseal::cli {

/// `role`: in which it shall count; nothing: any that the person holds. `note`: signed too.
/// `root_of`: a root key says it, of the roster with this version.
struct Saying {
  Act act = Act::approve;
  ObjType type = ObjType::change;
  Digest object;
  std::optional<RoleId> role;
  std::optional<std::string> note;
  std::optional<std::int64_t> root_of;
};

/// The signature record. Asks for a passphrase on the terminal unless --passphrase-file is among
/// `arguments`; security keys ask for a touch through ssh-keygen. Errors of sign_with().
[[nodiscard]] Result<Bytes> say(const Saying& saying,
                                const ClientProfile& profile,
                                const Trust& trust,
                                const Arguments& arguments,
                                const Session& session);

/// The same for a statement that says nothing about the log: login.
[[nodiscard]] Result<Bytes> say_unseen(const Saying& saying,
                                       const ClientProfile& profile,
                                       const Arguments& arguments,
                                       const Session& session);

}  // namespace twoseal::cli
