#include "compliance/content/content.h"

#include <algorithm>

#include "compliance/oval/reliance.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kGroupsMax = 64;  // one within the other

bool within(Index index, std::size_t size) {
  return index == kNone || index < size;
}

bool is_sound(const ContentRef& ref, const Content& content) {
  if (!within(ref.document, content.documents.size())) {
    return false;
  }
  if (ref.document == kNone || ref.definition == kNone) {
    // Without a definition the whole document is meant, and then none is named.
    return ref.definition == kNone && (ref.document == kNone || ref.name.empty());
  }
  return within(ref.definition, content.documents[ref.document].definitions.size());
}

bool is_sound(const Entity& entity, const OvalDocument& document) {
  bool sound = within(entity.variable, document.variables.size());
  for (const Entity& field : entity.fields) {
    sound = sound && is_sound(field, document);
  }
  return sound;
}

bool is_sound(const ObjectSet& set, const OvalDocument& document) {
  bool sound = true;
  for (const ObjectSet& inner : set.sets) {
    sound = sound && is_sound(inner, document);
  }
  for (const Index object : set.objects) {
    sound = sound && within(object, document.objects.size());
  }
  for (const Filter& filter : set.filters) {
    sound = sound && within(filter.state, document.states.size());
  }
  return sound;
}

bool is_sound(const Component& component, const OvalDocument& document) {
  const std::size_t size =
      component.kind == ComponentKind::object ? document.objects.size() : document.variables.size();
  bool sound = within(component.ref, size);
  for (const Component& child : component.children) {
    sound = sound && is_sound(child, document);
  }
  return sound;
}

bool is_sound(const Criteria& criteria, const OvalDocument& document) {
  const std::size_t size =
      criteria.kind == CriteriaKind::test ? document.tests.size() : document.definitions.size();
  bool sound = within(criteria.ref, size);
  for (const Criteria& child : criteria.children) {
    sound = sound && is_sound(child, document);
  }
  return sound;
}

bool is_sound(const Object& object, const OvalDocument& document) {
  bool sound = !object.set || is_sound(*object.set, document);
  for (const Entity& entity : object.entities) {
    sound = sound && is_sound(entity, document);
  }
  for (const Filter& filter : object.filters) {
    sound = sound && within(filter.state, document.states.size());
  }
  return sound;
}

bool is_sound(const OvalDocument& document) {
  bool sound = true;
  for (const Definition& definition : document.definitions) {
    sound = sound && (!definition.criteria || is_sound(*definition.criteria, document));
  }
  for (const Test& test : document.tests) {
    sound = sound && within(test.object, document.objects.size());
    for (const Index state : test.states) {
      sound = sound && within(state, document.states.size());
    }
  }
  for (const Object& object : document.objects) {
    sound = sound && is_sound(object, document);
  }
  for (const State& state : document.states) {
    for (const Entity& entity : state.entities) {
      sound = sound && is_sound(entity, document);
    }
  }
  for (const Variable& variable : document.variables) {
    sound = sound && (variable.component ? is_sound(*variable.component, document)
                                         : variable.kind != VariableKind::local);
  }
  return sound;
}

bool is_and_or(Operator op) {
  return op == Operator::conjunction || op == Operator::disjunction;
}

bool is_sound(const RuleCheck& check, const Benchmark& benchmark, const Content& content) {
  bool sound = is_and_or(check.op);
  for (const CheckExport& each : check.exports) {
    sound = sound && within(each.value, benchmark.values.size());
  }
  for (const ContentRef& ref : check.refs) {
    sound = sound && is_sound(ref, content);
  }
  for (const RuleCheck& child : check.children) {
    sound = sound && is_sound(child, benchmark, content);
  }
  return sound;
}

bool is_sound(const PlatformTest& test, const Content& content) {
  bool sound = is_and_or(test.op);
  for (const ContentRef& ref : test.checks) {
    sound = sound && is_sound(ref, content);
  }
  for (const PlatformTest& child : test.children) {
    sound = sound && is_sound(child, content);
  }
  return sound;
}

// A group stands behind the one that holds it, so that walking up always ends, and soon.
bool are_sound(const std::vector<Group>& groups) {
  std::vector<std::size_t> depths;
  for (const Group& group : groups) {
    if (!within(group.parent, depths.size())) {
      return false;
    }
    depths.push_back(group.parent == kNone ? 1 : depths[group.parent] + 1);
  }
  return std::all_of(
      depths.begin(), depths.end(), [](std::size_t depth) { return depth <= kGroupsMax; });
}

bool is_sound(const Benchmark& benchmark, const Content& content) {
  bool sound = are_sound(benchmark.groups);
  for (const Rule& rule : benchmark.rules) {
    sound = sound && within(rule.parent, benchmark.groups.size());
    for (const RuleCheck& check : rule.checks) {
      sound = sound && is_sound(check, benchmark, content);
    }
  }
  for (const Platform& platform : benchmark.platform_tests) {
    sound = sound && is_sound(platform.test, content);
  }
  return sound;
}

}  // namespace

Result<void> check_references(const Content& content) {
  bool sound = true;
  for (const OvalDocument& document : content.documents) {
    sound = sound && is_sound(document);
  }
  for (const Benchmark& benchmark : content.benchmarks) {
    sound = sound && is_sound(benchmark, content);
  }
  for (const CpeItem& item : content.dictionary) {
    sound = sound && is_sound(item.check, content);
  }
  if (!sound) {
    return fail(Errc::bad_content, "a reference leads to nothing");
  }
  for (const OvalDocument& document : content.documents) {
    if (longest_chain(document) > kChainMax) {
      return fail(Errc::bad_content,
                  "more than " + std::to_string(kChainMax) +
                      " definitions, tests, objects, states or variables rely on each other in a "
                      "row",
                  std::string(document.name));
    }
  }
  return {};
}

}  // namespace twoseal::scap
