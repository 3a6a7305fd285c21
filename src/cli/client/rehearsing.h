// Fetching what a rehearsal left with the server, so that it goes with the change that it was for.
#pragma once

#include "cli/client/known_change.h"
#include "cli/client/planning.h"

namespace twoseal::cli {

/// Fetches what `known`, a change that a host has carried out and taken back, left there, and packs
/// it with `after`, the plan of the same host since then. Says nothing about whether it holds.
/// Errc::not_rehearsed when the host has not done both; errors of a call.
[[nodiscard]] Result<Bytes> pack_rehearsal(Client& client,
                                           const KnownChange& known,
                                           const GatheredPlan& after);

}  // namespace twoseal::cli
