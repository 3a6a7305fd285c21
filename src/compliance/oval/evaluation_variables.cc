#include <algorithm>

#include "compliance/oval/evaluation.h"
#include "compliance/oval/functions.h"

namespace twoseal::scap {
namespace {

VariableValues broken(std::string why) {
  return {Flag::error, {}, std::move(why)};
}

std::size_t octets_of(const VariableValues& values) {
  std::size_t octets = 0;
  for (const ItemValue& value : values.values) {
    octets += sizeof(ItemValue) + value.text.size();
  }
  return octets;
}

ItemValue value_of(Datatype datatype, std::string_view text) {
  ItemValue value = ItemValue::of(text);
  value.datatype = datatype;
  return value;
}

}  // namespace

const VariableValues& Evaluation::values_of(Index variable) {
  VariableState& state = variables_[variable];
  if (state.progress == Progress::preparing) {
    state.values = broken("the variable needs itself");
    return state.values;
  }
  if (state.progress == Progress::fresh) {
    state.progress = Progress::preparing;
    VariableValues values = evaluate_variable(document_.variables[variable]);
    const std::size_t octets = octets_of(values);
    if (octets > limits_.values_octets_max - values_octets_) {
      values = broken("the variables together have more values than there is room for");
    } else {
      state.share = Share(values_octets_, octets);
    }
    state.values = std::move(values);
    state.progress = Progress::done;
  }
  return state.values;
}

VariableValues Evaluation::evaluate_variable(const Variable& variable) {
  VariableValues values;
  if (variable.kind == VariableKind::constant) {
    for (const Text text : variable.values) {
      values.values.push_back(value_of(variable.datatype, text));
    }
    return values;
  }
  if (variable.kind == VariableKind::local) {
    return evaluate_component(*variable.component);
  }
  const auto bound = bindings_.find(variable.id);
  if (bound == bindings_.end()) {
    return {Flag::not_collected,
            {},
            "nothing gives a value to the variable " + std::string(variable.id)};
  }
  for (const std::string& text : bound->second) {
    const bool known = std::any_of(
        values.values.begin(), values.values.end(), [&](const auto& v) { return v.text == text; });
    if (!known) {
      values.values.push_back(value_of(variable.datatype, text));
    }
  }
  return values;
}

VariableValues Evaluation::evaluate_component(const Component& component) {
  switch (component.kind) {
    case ComponentKind::literal:
      return {Flag::complete, {value_of(component.datatype, component.text)}, {}};
    case ComponentKind::variable:
      return component.ref == kNone ? broken("a variable is missing") : values_of(component.ref);
    case ComponentKind::object:
      return evaluate_object_component(component);
    default:
      break;
  }
  std::vector<VariableValues> arguments;
  for (const Component& child : component.children) {
    arguments.push_back(evaluate_component(child));
  }
  if (arguments.empty()) {
    return broken("a function has nothing to work on");
  }
  return apply_function(component, std::move(arguments), now_, regexes_);
}

VariableValues Evaluation::evaluate_object_component(const Component& component) {
  if (component.ref == kNone || component.field == EntityName::unknown) {
    return broken("an object or its entity is missing");
  }
  const ObjectState& object = collect(component.ref);
  const std::string name(entity_name(component.field));
  VariableValues values{object.flag, {}, object.why};
  for (const StoredItem& item : object.items) {
    if (item.status() != Status::exists) {
      continue;
    }
    bool found = false;
    for (const ItemEntity& entity : item.get(component.field)) {
      if (!component.record_field.empty() && entity.field != component.record_field) {
        continue;
      }
      found = true;
      switch (entity.status) {
        case Status::exists:
          values.values.push_back(entity.value);
          break;
        case Status::not_collected:
          values.flag = united(values.flag, Flag::incomplete);
          values.why = values.why.empty() ? "the " + name + " of an item is not known" : values.why;
          break;
        case Status::does_not_exist:
          return broken("an item has no " + name);
        case Status::error:
          return broken("the " + name + " of an item could not be worked out");
      }
    }
    if (!found) {
      return broken("an item has no " + name);
    }
  }
  return values;
}

}  // namespace twoseal::scap
