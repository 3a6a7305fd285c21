// Entities of objects and states made ready to be compared with what is found.
#pragma once

#include <vector>

#include "compliance/oval/definitions.h"
#include "compliance/oval/item.h"
#include "compliance/oval/value.h"

namespace twoseal::scap {

/// What a variable has to say. `flag`: complete (also with no values at all), or why there are no
/// values.
struct VariableValues {
  Flag flag = Flag::complete;
  std::vector<ItemValue> values;
  std::string why;  ///< when the flag is an error
};

/// Compares one value with what an entity asks for: its own value, or all of its variable.
class Matcher {
 public:
  /// `entity` must outlive it. `values`: of its variable; nullptr when it has none.
  Matcher(const Entity& entity, const VariableValues* values, RegexCache& regexes);

  [[nodiscard]] const Entity& entity() const { return *entity_; }

  /// Values of a variable are combined by var_check. Error when the variable has none.
  [[nodiscard]] Verdict matches(const ItemValue& found) const;

  /// The same for a text.
  [[nodiscard]] Verdict matches(std::string_view found) const;

  /// The same as the first; when the variable may have more values than are known, only what those
  /// cannot change, otherwise unknown.
  [[nodiscard]] Verdict surely_matches(const ItemValue& found) const;

  [[nodiscard]] const std::vector<Wanted>& wanted() const { return wanted_; }

  /// Whether it is known what it asks for, all or in part: its variable could be worked out.
  [[nodiscard]] bool is_known() const {
    return flag_ == Flag::complete || flag_ == Flag::incomplete;
  }

  /// Whether all that it asks for is known, and is nothing.
  [[nodiscard]] bool has_no_values() const { return flag_ == Flag::complete && wanted_.empty(); }

 private:
  [[nodiscard]] Verdicts compare_all(const ItemValue& found) const;

  const Entity* entity_;
  std::vector<Wanted> wanted_;
  Flag flag_ = Flag::complete;
  bool matches_all_ = false;  ///< a pattern that every text without a line end matches
};

/// A state made ready.
class StateMatcher {
 public:
  /// `values(variable)` gives the values of a variable; what it returns must outlive the call.
  template <class ValuesOf>
  StateMatcher(const State& state, ValuesOf values, RegexCache& regexes) : state_(&state) {
    for (const Entity& entity : state.entities) {
      parts_.push_back({Matcher(entity, values(entity.variable), regexes), {}});
      for (const Entity& field : entity.fields) {
        parts_.back().fields.emplace_back(field, values(field.variable), regexes);
      }
    }
  }

  /// What the state says of one item. A part that cannot be compared makes it an error or unknown;
  /// one that exists otherwise than check_existence asks makes it what that says.
  [[nodiscard]] Verdict judge(const Item& item) const;

  /// The same for a filter: what the item does not have is not as the state wants it, and comparing
  /// with a variable without values is an error. Unknown when what it asks for is not collected.
  [[nodiscard]] Verdict judge_as_filter(const Item& item) const;

  [[nodiscard]] const State& state() const { return *state_; }

 private:
  struct Part {
    Matcher matcher;
    std::vector<Matcher> fields;
  };

  // `absent`: what is said where the item has no such entity; `valueless`: where the variable that
  // it is compared with is known, and has no values.
  [[nodiscard]] Verdict judge(const Item& item, Verdict absent, Verdict valueless) const;
  [[nodiscard]] Verdict judge_part(const Part& part,
                                   const Item& item,
                                   Verdict absent,
                                   Verdict valueless) const;
  [[nodiscard]] static Verdict judge_record(const Part& part, std::span<const ItemEntity> found);

  const State* state_;
  std::vector<Part> parts_;
};

}  // namespace twoseal::scap
