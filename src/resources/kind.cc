#include "resources/kind.h"

#include <algorithm>
#include <array>

namespace twoseal {
namespace {

constexpr std::array kKinds = {
    ResourceKind{"command", plan_command},
    ResourceKind{"directory", plan_directory},
    ResourceKind{"file", plan_file},
    ResourceKind{"group", plan_group},
    ResourceKind{"package", plan_package},
    ResourceKind{"service", plan_service},
    ResourceKind{"setting", plan_setting},
    ResourceKind{"symlink", plan_symlink},
    ResourceKind{"sysctl", plan_sysctl},
    ResourceKind{"user", plan_user},
};

}  // namespace

std::span<const ResourceKind> agent_kinds() {
  return kKinds;
}

const ResourceKind* find_agent_kind(std::string_view name) {
  const auto* found = std::find_if(
      kKinds.begin(), kKinds.end(), [&](const ResourceKind& kind) { return kind.name == name; });
  return found != kKinds.end() ? found : nullptr;
}

}  // namespace twoseal
