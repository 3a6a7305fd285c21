#include "policy/rules.h"

#include <algorithm>

#include "model/names.h"
#include "policy/effects.h"

namespace twoseal {
namespace {

constexpr std::string_view kProd = "prod";

template <class T, class Set>
bool shares(const std::optional<std::vector<T>>& wanted, const Set& present) {
  return !wanted || std::any_of(wanted->begin(), wanted->end(), [&](const T& one) {
    return present.contains(one);
  });
}

std::set<Name> types_of(const Inspection& in, const std::set<ComponentId>& components) {
  std::set<Name> types;
  for (const Component& component : in.roster->value.components) {
    if (components.contains(component.id)) {
      types.insert(Name::parse(enum_name(component.type)).value());
    }
  }
  return types;
}

void unite(Requirement& all, const Rule& rule) {
  for (const Need& need : rule.need) {
    std::int64_t& n = all.need[need.role];
    n = std::max(n, need.n);
  }
  all.min_local = std::max(all.min_local, rule.min_local);
  all.max_age = std::min(all.max_age, rule.max_age);
  all.need_uv |= rule.need_uv;
  all.no_file |= rule.no_file;
  all.no_sync |= rule.no_sync;
  all.owner_ack |= rule.owner_ack;
  if (rule.evidence_required) {
    all.evidence.insert(rule.evidence_required->begin(), rule.evidence_required->end());
  }
  if (std::find(all.rules.begin(), all.rules.end(), rule.id) == all.rules.end()) {
    all.rules.push_back(rule.id);
  }
}

}  // namespace

std::set<ComponentId> components_of(const Inspection& in, const TargetLabels& target) {
  std::set<ComponentId> components = target.components;
  components.insert(in.change->components.begin(), in.change->components.end());
  const std::vector<const Resource*> resources = in.resources();
  for (const Component& component : in.roster->value.components) {
    const bool owns =
        std::any_of(component.owns.begin(), component.owns.end(), [&](const std::string& prefix) {
          return std::any_of(resources.begin(), resources.end(), [&](const Resource* one) {
            return reaches(*one, prefix);
          });
        });
    if (owns) {
      components.insert(component.id);
    }
  }
  return components;
}

bool matches(const Inspection& in,
             const Match& match,
             const TargetLabels& target,
             const std::set<Name>& effects) {
  const std::set<ComponentId> components = components_of(in, target);
  const std::set<Name> kind = {Name::parse(enum_name(in.change->kind)).value()};
  return shares(match.kinds, kind) && shares(match.envs, std::set{target.env}) &&
         shares(match.data_classes, std::set{target.data_class}) &&
         shares(match.components, components) &&
         shares(match.component_types, types_of(in, components)) && shares(match.effects, effects);
}

Requirement requirement_of(const Inspection& in, const std::set<Name>& effects) {
  Requirement all;
  for (const TargetLabels& target : in.targets) {
    bool covered = false;
    for (const Rule& rule : in.policy->rules) {
      if (matches(in, rule.match, target, effects)) {
        unite(all, rule);
        covered = true;
      }
    }
    if (!covered) {
      return {};
    }
  }
  return all;
}

bool touches_prod(const Inspection& in) {
  return std::any_of(in.targets.begin(), in.targets.end(), [](const TargetLabels& target) {
    return target.env.text() == kProd;
  });
}

}  // namespace twoseal
