// What resources do to a host, told from their kinds and paths. docs/formats/state.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/plan.h"

namespace twoseal {

/// Whether a state may hold resources of `kind`.
[[nodiscard]] bool is_known_kind(const Name& kind);

/// Whether the key of `kind` is a path.
[[nodiscard]] bool has_path(const Name& kind);

/// Whether `path` is absolute and has no empty, `.` or `..` parts, no NUL and no trailing slash.
[[nodiscard]] bool is_plain_path(std::string_view path);

/// Where a link leads; nothing for other kinds.
[[nodiscard]] std::optional<std::string> link_target(const Resource& resource);

/// The effects of `resource`: out of network auth kernel firewall trust package opaque data-loss.
[[nodiscard]] std::set<Name> effects_of(const Resource& resource);

/// What the resource touches, as components name it in `owns`: a path, `unit:NAME`, `package:NAME`.
[[nodiscard]] std::vector<std::string> touched_by(const Resource& resource);

/// Whether the resource touches something that `prefix` covers (paths by whole parts, names by
/// their beginning), or takes the place of a directory that holds it. A directory that stays holds
/// what it held.
[[nodiscard]] bool reaches(const Resource& resource, std::string_view prefix);

}  // namespace twoseal
