#include "compliance/oval/scope.h"

#include <algorithm>

#include "compliance/families/family.h"

namespace twoseal::scap {

Scope::Scope(const OvalDocument& document)
    : document_(document),
      objects_(document.objects.size()),
      states_(document.states.size()),
      variables_(document.variables.size()) {
  definitions_.fill(std::vector<bool>(document.definitions.size()));
  tests_.fill(std::vector<bool>(document.tests.size()));
}

void Scope::include(Index definition, bool good) {
  if (definition == kNone || definitions_[good ? 1 : 0][definition]) {
    return;
  }
  definitions_[good ? 1 : 0][definition] = true;
  if (const auto& criteria = document_.definitions[definition].criteria) {
    include(*criteria, good);
  }
}

void Scope::include(const Criteria& criteria, bool good) {
  const bool wanted = good != criteria.negate;
  if (criteria.kind == CriteriaKind::test) {
    include_test(criteria.ref, wanted);
  } else if (criteria.kind == CriteriaKind::definition) {
    include(criteria.ref, wanted);
  }
  for (const Criteria& child : criteria.children) {
    include(child, wanted);
  }
}

void Scope::include_test(Index test, bool wanted) {
  if (test == kNone) {
    return;
  }
  const bool known = tests_[0][test] || tests_[1][test];
  tests_[wanted ? 1 : 0][test] = true;
  if (known) {
    return;
  }
  const Test& what = document_.tests[test];
  std::size_t level = 0;
  for (const Index state : what.states) {
    level = std::max(level, include_state(state));
  }
  if (what.object == kNone) {
    return;
  }
  include_object(what.object);
  ObjectUse& use = objects_[what.object];
  use.tests.push_back(test);
  // Items are judged while they are collected, so what states need must be there before.
  if (!use.kept) {
    use.level = std::max(use.level, level);
  }
}

// The level that somebody who needs the object has at least.
std::size_t Scope::include_object(Index object) {
  if (object == kNone) {
    return 0;
  }
  ObjectUse& use = objects_[object];
  const Object& what = document_.objects[object];
  const bool walks = collector_of(what.family).make_visitor != nullptr && !what.set;
  if (use.busy) {
    return 0;  // in a circle, which evaluation reports
  }
  if (!use.included) {
    use.included = true;
    use.busy = true;
    std::size_t level = include_entities(what.entities);
    for (const Filter& filter : what.filters) {
      level = std::max(level, include_state(filter.state));
    }
    if (what.set) {
      level = std::max(level, include_set(*what.set));
    }
    use.level = std::max(use.level, level);
    use.busy = false;
  }
  return use.level + (walks ? 1 : 0);
}

std::size_t Scope::include_state(Index state) {
  if (state == kNone) {
    return 0;
  }
  if (states_[state] == 0) {
    states_[state] = 1;
    states_[state] = 1 + include_entities(document_.states[state].entities);
  }
  return states_[state] - 1;
}

std::size_t Scope::include_entities(const std::vector<Entity>& entities) {
  std::size_t level = 0;
  for (const Entity& entity : entities) {
    level = std::max({level, include_variable(entity.variable), include_entities(entity.fields)});
  }
  return level;
}

std::size_t Scope::include_variable(Index variable) {
  if (variable == kNone) {
    return 0;
  }
  if (variables_[variable] == 0) {
    variables_[variable] = 1;
    if (const auto& component = document_.variables[variable].component) {
      variables_[variable] = 1 + include_component(*component);
    }
  }
  return variables_[variable] - 1;
}

std::size_t Scope::include_component(const Component& component) {
  std::size_t level = 0;
  if (component.kind == ComponentKind::object && component.ref != kNone) {
    objects_[component.ref].kept = true;
    level = include_object(component.ref);
  } else if (component.kind == ComponentKind::variable) {
    level = include_variable(component.ref);
  }
  for (const Component& child : component.children) {
    level = std::max(level, include_component(child));
  }
  return level;
}

std::size_t Scope::include_set(const ObjectSet& set) {
  std::size_t level = 0;
  for (const ObjectSet& inner : set.sets) {
    level = std::max(level, include_set(inner));
  }
  for (const Index object : set.objects) {
    if (object != kNone) {
      objects_[object].kept = true;
      level = std::max(level, include_object(object));
    }
  }
  for (const Filter& filter : set.filters) {
    level = std::max(level, include_state(filter.state));
  }
  return level;
}

}  // namespace twoseal::scap
