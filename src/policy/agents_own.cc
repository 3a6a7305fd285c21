#include "policy/agents_own.h"

#include <algorithm>
#include <array>

#include "policy/effects.h"

namespace twoseal {
namespace {

constexpr std::array<std::string_view, 5> kAgentPaths = {
    "/etc/twoseal",
    "/run/twoseal",
    "/usr/bin/twoseal",
    "/usr/local/bin/twoseal",
    "/var/lib/twoseal",
};
constexpr std::string_view kAgentName = "twoseal";
constexpr std::string_view kAgentUnit = "twoseal-agent.";

// Whether a part of `path` is a unit of the agent, or the directory of its drop-ins; systemd reads
// them from many places.
bool names_agent_unit(std::string_view path) {
  return path.find("/" + std::string(kAgentUnit)) != std::string_view::npos;
}

// Whether a resource at `path` reaches into what the agent itself is made of.
bool reaches_agent(const Resource& resource, const std::vector<std::string>& own_paths) {
  const auto reached = [&](std::string_view own) {
    return reaches(resource, own.substr(0, own.find_last_not_of('/') + 1));
  };
  return names_agent_unit(resource.key) ||
         std::any_of(kAgentPaths.begin(), kAgentPaths.end(), reached) ||
         std::any_of(own_paths.begin(), own_paths.end(), reached);
}

}  // namespace

bool is_agents_own(const Resource& resource, const std::vector<std::string>& own_paths) {
  const auto named = [](const std::string& name) { return name.starts_with(kAgentName); };
  const bool handled = std::any_of(resource.then.begin(),
                                   resource.then.end(),
                                   [&](const Handler& one) { return named(one.unit); });
  if (handled) {
    return true;
  }
  const std::string& kind = resource.kind.text();
  if (!has_path(resource.kind)) {
    return (kind == "service" || kind == "timer" || kind == "package") && named(resource.key);
  }
  // A link leads others to where it points, so it is judged there as well.
  Resource behind = resource;
  behind.key = link_target(resource).value_or(resource.key);
  return reaches_agent(resource, own_paths) || reaches_agent(behind, own_paths);
}

}  // namespace twoseal
