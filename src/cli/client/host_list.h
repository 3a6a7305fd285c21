// The assignments of an environment, which people sign as one list: docs/formats/assignment.md.
#pragma once

#include <string>
#include <vector>

#include "cli/client/client.h"
#include "cli/client/say.h"
#include "model/assignment.h"

namespace twoseal::cli {

/// All assignments of an environment as objects, their list and their batch.
struct HostList {
  Batch batch;
  BatchList list;
  std::vector<Bytes> assignments;
};

/// Those of `all` that are in `env`.
[[nodiscard]] HostList host_list_of(const std::vector<Assignment>& all,
                                    const Name& env,
                                    const Digest& org);

/// Signs its batch and hands it in with all that it names. Errc::not_allowed for who holds no role
/// that signs hosts; errors of sign_and_submit().
[[nodiscard]] Result<RecordedAt> sign_host_list(Client& client,
                                                const HostList& made,
                                                const Arguments& arguments,
                                                const Session& session);

/// Tells who signed the list so far and who has to, as long as it waits; whether it does. `list`:
/// its digest. Errors of a call.
[[nodiscard]] Result<bool> tell_standing(Client& client,
                                         const HostList& made,
                                         const std::string& list,
                                         const Session& session);

/// Errc::nothing_to_sign when the person has signed it and others have to; errors of a call.
[[nodiscard]] Result<void> check_not_signed(Client& client, const std::string& list);

/// Tells which lists of the environment wait already: another one of the same hosts helps none of
/// them. Errors of a call.
[[nodiscard]] Result<void> tell_waiting(Client& client, const Name& env, const Session& session);

}  // namespace twoseal::cli
