#include "agent/link_check.h"

#include <algorithm>

#include "policy/agents_own.h"
#include "policy/effects.h"
#include "system/real_path.h"

namespace twoseal {

Result<void> check_behind_links(const std::vector<const Resource*>& resources,
                                const Change& change,
                                const std::vector<std::string>& own_paths,
                                const FileSystem& files) {
  for (const Resource* resource : resources) {
    if (!has_path(resource->kind)) {
      continue;
    }
    Resource behind = *resource;
    TWOSEAL_TRY(behind.key, real_path(files, resource->key));
    if (behind.key == resource->key) {
      continue;
    }
    const std::string leads = resource->identity() + " leads to " + behind.key;
    if (is_agents_own(behind, own_paths)) {
      return fail(Errc::refuse_c5, leads + ", which belongs to the agent itself");
    }
    for (const Name& effect : effects_of(behind)) {
      if (!std::binary_search(change.effects.begin(), change.effects.end(), effect)) {
        return fail(Errc::refuse_s6,
                    leads + " and has the effect " + effect.text() + ", which was not declared");
      }
    }
  }
  return {};
}

}  // namespace twoseal
