// What the behaviors of an object say about the way of its walk.
// Source: OVAL Language Specification 5.11, FileBehaviors.
#pragma once

#include <cstdint>
#include <optional>

#include "compliance/families/query.h"

namespace twoseal::scap {

/// How a walk goes on below a directory.
struct WalkBehaviors {
  enum class Direction : std::uint8_t { none, down, up };
  enum class Systems : std::uint8_t { all, local, defined };

  Direction direction = Direction::none;
  Systems systems = Systems::all;
  bool follow_directories = true;
  bool follow_links = true;
  int depth_max = -1;  ///< -1: as deep as it goes
};

/// What an object's behaviors say; nothing for words that the language does not have.
[[nodiscard]] std::optional<WalkBehaviors> walk_behaviors(const ObjectQuery& query);

}  // namespace twoseal::scap
