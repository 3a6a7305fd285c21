#include "compliance/walk_behaviors.h"

#include <charconv>

namespace twoseal::scap {

std::optional<WalkBehaviors> walk_behaviors(const ObjectQuery& query) {
  using Direction = WalkBehaviors::Direction;
  using Systems = WalkBehaviors::Systems;
  WalkBehaviors behaviors;
  const std::string_view direction = query.behavior("recurse_direction", "none");
  const std::string_view recurse = query.behavior("recurse", "symlinks and directories");
  const std::string_view systems = query.behavior("recurse_file_system", "all");
  const std::string_view depth = query.behavior("max_depth", "-1");
  const bool known =
      (direction == "none" || direction == "down" || direction == "up") &&
      (systems == "all" || systems == "local" || systems == "defined") &&
      (recurse == "symlinks and directories" || recurse == "directories" || recurse == "symlinks" ||
       recurse == "files and directories" || recurse == "none");
  const auto [end, error] =
      std::from_chars(depth.data(), depth.data() + depth.size(), behaviors.depth_max);
  if (!known || error != std::errc() || end != depth.data() + depth.size()) {
    return std::nullopt;
  }
  behaviors.direction = direction == "down" ? Direction::down
                        : direction == "up" ? Direction::up
                                            : Direction::none;
  behaviors.systems = systems == "local"     ? Systems::local
                      : systems == "defined" ? Systems::defined
                                             : Systems::all;
  behaviors.follow_directories = recurse != "symlinks" && recurse != "none";
  behaviors.follow_links = recurse == "symlinks" || recurse == "symlinks and directories";
  return behaviors;
}

}  // namespace twoseal::scap
