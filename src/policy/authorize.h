// The decision: authorize() over signed bytes, admit() over the host's own plan.
#pragma once

#include <memory>

#include "policy/bundle.h"
#include "policy/decision.h"

namespace twoseal {

struct Inspection;

/// A decision with what admit() needs of it. Copies share the facts.
struct Authorization {
  Decision decision;
  std::shared_ptr<Inspection> facts;
};

/// Whether the host may plan and then apply the change: steps 2 to 20 of docs/formats/decision.md.
///
/// Pure: reads no clock, disk or network; the same files and inputs always give the same answer.
/// `files`: a decision directory; `unread`: what else lies in it. `inputs`: what is asked; not
/// taken from `files`. A refusal is a value, never an error. The answer does not depend on the
/// names of files under statements/.
[[nodiscard]] Authorization authorize(const Files& files,
                                      const DecisionInputs& inputs,
                                      Anchor anchor = Anchor::memory,
                                      const Unread& unread = {});

/// Whether the plan that the host made itself after authorize() is the one that was approved: steps
/// 21 to 23. `own_class`: the bytes of its plan class; `token`: its token. An authorization that
/// refused is returned unchanged.
[[nodiscard]] Decision admit(const Authorization& authorization,
                             BytesView own_class,
                             BytesView token);

/// authorize(), and admit() when `inputs` has an own plan, whose class is read from the blobs.
[[nodiscard]] Decision decide(const Files& files,
                              const DecisionInputs& inputs,
                              Anchor anchor = Anchor::memory,
                              const Unread& unread = {});

}  // namespace twoseal
