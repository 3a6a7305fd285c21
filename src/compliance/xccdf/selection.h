// A benchmark as a profile adjusts it: which rules are selected, with which values and weights.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "compliance/xccdf/benchmark.h"

namespace twoseal::scap {

/// The name of the selection of every rule, whatever profiles say.
inline constexpr std::string_view kAllRules = "(all)";

struct SelectedRule {
  bool selected = false;
  Severity severity = Severity::unknown;
  Role role = Role::full;
  double weight = 1.0;
  std::optional<Text> selector;  ///< of its check
};

struct SelectedValue {
  std::vector<Text> values;
  bool missing = false;  ///< the profile wants a choice that the value does not have
};

/// By the indices of the benchmark. Texts point into the benchmark and its profiles.
struct Selection {
  std::string profile;  ///< id; `(all)`; empty for the benchmark as it is
  Text title;
  std::vector<bool> groups;
  std::vector<SelectedRule> rules;
  std::vector<SelectedValue> values;
};

/// The profile named by its id, by what its id ends with, or by kAllRules; the benchmark as it is
/// for an empty name. `tailored`: profiles that stand before those of the benchmark; they must
/// outlive the result. `only`: when not empty, rules named here are selected, whatever they
/// require or exclude, and no others; a name may be what an id ends with.
///
/// Errc::no_such_profile, Errc::no_such_rule; Errc::bad_content for profiles that extend each other
/// in a circle.
[[nodiscard]] Result<Selection> select_profile(const Benchmark& benchmark,
                                               std::string_view name,
                                               std::span<const Profile> tailored = {},
                                               std::span<const std::string> only = {});

/// Whether `id` is `name`, or `name` is what follows `_profile_`, `_rule_`, `:` and the like in it.
[[nodiscard]] bool is_called(std::string_view id, std::string_view name);

/// Whether a rule is meant by a name: that of its id, or its version, as STIGs number their rules.
[[nodiscard]] bool is_meant(const Rule& rule, std::string_view name);

}  // namespace twoseal::scap
