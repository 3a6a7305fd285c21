// A state with all that planning it takes, in one archive: its templates filled in once and for
// all, the blobs it names beside it. docs/formats/agent-home.md.
#pragma once

#include "model/plan.h"
#include "resources/plan_state.h"

namespace twoseal {

struct KeptState {
  State state;
  PlanInputs inputs;
};

/// Errors of fill_template(); Errc::refuse_c1 for a blob that is not among `inputs`.
[[nodiscard]] Result<Bytes> pack_state(State state, const PlanInputs& inputs, const System& system);

/// Errc::refuse_j1 for what pack_state() has not written.
[[nodiscard]] Result<KeptState> unpack_state(BytesView bytes);

}  // namespace twoseal
