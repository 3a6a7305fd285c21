#include "compliance/report/masked_entities.h"

#include <algorithm>

#include "compliance/report/entity_words.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kDepthMax = 16;

// Of what was found in a file each of these tells the others.
constexpr EntityName kFoundText[] = {EntityName::pattern,
                                     EntityName::text,
                                     EntityName::line,
                                     EntityName::subexpression,
                                     EntityName::xpath,
                                     EntityName::value_of};

bool is_found_text(EntityName name) {
  return std::find(std::begin(kFoundText), std::end(kFoundText), name) != std::end(kFoundText);
}

}  // namespace

void MaskedEntities::add(const std::vector<Entity>& entities) {
  for (const Entity& entity : entities) {
    const bool field = std::any_of(
        entity.fields.begin(), entity.fields.end(), [](const Entity& each) { return each.mask; });
    if (!entity.mask && !field) {
      continue;
    }
    names_.insert(entity.name);
    if (is_found_text(entity.name)) {
      names_.insert(std::begin(kFoundText), std::end(kFoundText));
    }
  }
}

void MaskedEntities::add_state(const OvalDocument& document, Index state) {
  if (state != kNone) {
    add(document.states[state].entities);
  }
}

void MaskedEntities::add_filters(const OvalDocument& document, const std::vector<Filter>& filters) {
  for (const Filter& filter : filters) {
    add_state(document, filter.state);
  }
}

void MaskedEntities::add_set(const OvalDocument& document,
                             const ObjectSet& set,
                             std::size_t depth) {
  if (depth > kDepthMax) {
    all_ = true;
    return;
  }
  add_filters(document, set.filters);
  for (const Index object : set.objects) {
    add_object(document, object, depth + 1);
  }
  for (const ObjectSet& inner : set.sets) {
    add_set(document, inner, depth + 1);
  }
}

void MaskedEntities::add_object(const OvalDocument& document, Index object, std::size_t depth) {
  if (object == kNone) {
    return;
  }
  if (depth > kDepthMax) {
    all_ = true;
    return;
  }
  const Object& what = document.objects[object];
  add(what.entities);
  add_filters(document, what.filters);
  if (what.set) {
    add_set(document, *what.set, depth);
  }
}

void MaskedEntities::add_object(const OvalDocument& document, Index object) {
  add_object(document, object, 0);
}

void MaskedEntities::add_states(const OvalDocument& document, const Test& test) {
  for (const Index state : test.states) {
    add_state(document, state);
  }
}

bool MaskedEntities::hides(const StoredItem& item, EntityName name) const {
  return all_ || names_.contains(name) || is_secret(item, name);
}

bool MaskedEntities::hides_place() const {
  return all_ || names_.contains(EntityName::filepath) || names_.contains(EntityName::path) ||
         names_.contains(EntityName::filename);
}

}  // namespace twoseal::scap
