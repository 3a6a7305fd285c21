// Stops as whoever lifts them sees them: who has lifted one, who could, and with which key.
#pragma once

#include <string>
#include <vector>

#include "crypto/public_key.h"
#include "policy/inspection.h"

namespace twoseal::cli {

/// Whether hosts heed a stop that `by` raises.
[[nodiscard]] bool may_raise(const Inspection& facts, const ActorId& by, UnixSeconds now);

/// People who may lift stops that others raised, with a key that counts for it; ascending.
[[nodiscard]] std::vector<ActorId> lifters(const Inspection& facts, UnixSeconds now);

/// Whether a lift that `by` signs with `key` would count: with one that asks for consent on its own
/// machine, and in a demo with any.
[[nodiscard]] bool lifts_with(const Inspection& facts, const ActorId& by, const KeyId& key);

/// `lifted`: it holds nobody back any more. `by`: who has lifted it so far. `could`: who else may;
/// whoever raised it does it alone, others are two. Both ascending.
struct LiftStanding {
  bool lifted = false;
  std::vector<ActorId> by;
  std::vector<ActorId> could;
};

/// By the documents that were verified, at `now`. A stop that they do not have is over.
[[nodiscard]] LiftStanding lift_standing(Inspection& facts, const Digest& stop, UnixSeconds now);

/// `p:dana, who raised it, or 1 of p:amara, p:chen`: whose lift would lift the stop that `raiser`
/// raised.
[[nodiscard]] std::string lifters_text(const LiftStanding& standing, const ActorId& raiser);

}  // namespace twoseal::cli
