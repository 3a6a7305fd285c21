// Which values of items no report may show: those that content masks, and secrets of accounts
// whatever content says.
#pragma once

#include <set>

#include "compliance/oval/definitions.h"
#include "compliance/oval/item.h"

namespace twoseal::scap {

/// What stands in the place of a value that is masked.
inline constexpr std::string_view kNotShown = "(not shown)";

/// The masks that hold for the items of one object. An entity that is masked in an object or in a
/// state is masked in every item that the object found.
/// Source: OVAL Language Specification 5.11, §4.3.5 (mask).
class MaskedEntities {
 public:
  MaskedEntities() = default;

  /// Those of an object, of the objects that its set is made of, and of their filters. Where sets
  /// are nested too deep to be gathered, everything is masked.
  void add_object(const OvalDocument& document, Index object);

  /// Those of the states of a test.
  void add_states(const OvalDocument& document, const Test& test);

  /// Whether all values of the entity stay out of reports.
  [[nodiscard]] bool hides(const StoredItem& item, EntityName name) const;

  /// Whether the place of the item says what is masked.
  [[nodiscard]] bool hides_place() const;

 private:
  void add(const std::vector<Entity>& entities);
  void add_state(const OvalDocument& document, Index state);
  void add_filters(const OvalDocument& document, const std::vector<Filter>& filters);
  void add_set(const OvalDocument& document, const ObjectSet& set, std::size_t depth);
  void add_object(const OvalDocument& document, Index object, std::size_t depth);

  std::set<EntityName> names_;
  bool all_ = false;
};

}  // namespace twoseal::scap
