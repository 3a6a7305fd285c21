// A verified change and what was signed about it, for programs: what change_text.h says to people.
#pragma once

#include "cli/client/known_change.h"
#include "cli/json_text.h"

namespace twoseal::cli {

/// Kind, words, window, targets, phases, health, rollback, risks, effects and signatures, each a
/// value of its own type: lists are lists, moments and lengths are seconds.
[[nodiscard]] Json::Object change_fields(const KnownChange& known);

}  // namespace twoseal::cli
