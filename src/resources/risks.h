// What could go wrong with a step, by name: the author accepts each by name, and approvers see it.
#pragma once

#include <set>
#include <vector>

#include "resources/operation.h"

namespace twoseal {

/// Out of: `lose-ssh` the way in over ssh may be gone; `auth-change` who may log in or become root;
/// `opaque` nobody can preview it; `kernel`, `network` as the effects; `data-loss` content is
/// removed with a directory; `maintainer-scripts` of packages run; `undo-partial` an old package is
/// nowhere to be had any more.
[[nodiscard]] std::set<Name> risks_of(const Resource& resource,
                                      const std::vector<Operation>& operations);

/// The same of a resource that no host has planned, as far as its words tell: of a state that takes
/// a change back.
[[nodiscard]] std::set<Name> risks_of(const Resource& resource);

/// What could go wrong with whatever is written at `path`, or has another name of touched_by().
[[nodiscard]] std::set<Name> risks_at(const std::string& path);

/// Whether a change with these risks undoes itself unless the host is still reachable afterwards.
[[nodiscard]] bool arms_dead_man(const std::vector<Name>& risks);

}  // namespace twoseal
