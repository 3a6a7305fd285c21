// What a change lets go: resources that its scope had before and that it names no more.
#pragma once

#include <string>
#include <vector>

#include "cli/client/known_change.h"
#include "model/plan.h"

namespace twoseal::cli {

/// Identities of resources in the states that hosts stand at by `plan`, and that `state` lacks,
/// ascending. They stay as they are, and nobody looks after them any more. Fetched by digest and
/// compared; errors of a call, Errc::refuse_c1.
[[nodiscard]] Result<std::vector<std::string>> resources_let_go(ServerApi& api,
                                                                const Plan& plan,
                                                                const State& state);

/// The same of a change that was verified: what cannot be fetched is said in the place of it.
[[nodiscard]] std::vector<std::string> resources_let_go(ServerApi& api, const KnownChange& known);

/// A line for each; empty when there are none.
[[nodiscard]] std::string let_go_text(const std::vector<std::string>& let_go);

}  // namespace twoseal::cli
