// What an evaluation will need: which objects, for which tests, and in which order walks must go.
#pragma once

#include <array>
#include <vector>

#include "compliance/oval/definitions.h"

namespace twoseal::scap {

/// The part of a document that some definitions rely on. Made once, before anything is collected.
class Scope {
 public:
  explicit Scope(const OvalDocument& document);

  /// Takes a definition in, with all that it relies on. `good`: what it should come to.
  void include(Index definition, bool good);

  [[nodiscard]] bool has_definition(Index definition) const {
    return definitions_[0][definition] || definitions_[1][definition];
  }

  /// Whether somebody wants the test to come to `verdict`: to false below a negation.
  [[nodiscard]] bool wants(Index test, bool verdict) const { return tests_[verdict ? 1 : 0][test]; }

  [[nodiscard]] bool has_object(Index object) const { return objects_[object].included; }

  /// Tests that judge the items of the object.
  [[nodiscard]] const std::vector<Index>& tests_of(Index object) const {
    return objects_[object].tests;
  }

  /// Whether items must be kept because a set or a variable is made of them.
  [[nodiscard]] bool keeps_items(Index object) const { return objects_[object].kept; }

  /// How many walks must be over before what this object needs is known. Objects that do not look
  /// for files count as none.
  [[nodiscard]] std::size_t level_of(Index object) const { return objects_[object].level; }

 private:
  struct ObjectUse {
    bool included = false;
    bool kept = false;
    bool busy = false;
    std::size_t level = 0;
    std::vector<Index> tests;
  };

  void include(const Criteria& criteria, bool good);
  void include_test(Index test, bool wanted);
  std::size_t include_object(Index object);
  std::size_t include_state(Index state);
  std::size_t include_entities(const std::vector<Entity>& entities);
  std::size_t include_variable(Index variable);
  std::size_t include_component(const Component& component);
  std::size_t include_set(const ObjectSet& set);

  const OvalDocument& document_;
  // Those that should come to false, and those that should come to true.
  std::array<std::vector<bool>, 2> definitions_;
  std::array<std::vector<bool>, 2> tests_;
  std::vector<ObjectUse> objects_;
  std::vector<std::size_t> states_;     // level + 1; 0: not included
  std::vector<std::size_t> variables_;  // the same
};

}  // namespace twoseal::scap
