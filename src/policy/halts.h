// Who may raise a stop, and with others lift one: docs/formats/decision.md, step 18.
#pragma once

#include "policy/keyring.h"

namespace twoseal {

/// People who lift a stop together that neither of them raised.
inline constexpr std::size_t kLiftsNeeded = 2;

/// Whether `by` holds any role at `moment` but those that only look on (auditor, executive): by
/// grant, as deputy, or as owner of a component. Nobody whom the keyring does not know.
/// `roster`: that of the keyring.
[[nodiscard]] bool may_raise_stops(const Roster& roster,
                                   const Keyring& keyring,
                                   const ActorId& by,
                                   const RoleMoment& moment);

}  // namespace twoseal
