// Failing rules to a change file: what `twoseal check --fix` writes. docs/formats/fixes.md.
//
// Values in, text out. What is written is read by people, edited, planned and approved like any
// other change; nothing is ever applied by a check.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "authoring/fixes_yaml.h"
#include "base/result.h"

namespace twoseal::cli {

/// A rule that a check found failing.
struct FailingRule {
  std::string id;                      ///< as in the benchmark
  std::vector<std::string> other_ids;  ///< ids in guides of DISA: the version, idents, references
  std::string severity;                ///< a word, may be empty
};

struct FixRequest {
  std::string platform;                       ///< one that fixes are for: `debian`
  std::string system;                         ///< what the host calls itself, when it is another
  std::string content;                        ///< what was checked with, to be named in the file
  std::string profile;                        ///< may be empty
  std::string guide;                          ///< what follows `_benchmark_` in the id
  std::vector<FailingRule> rules;             ///< in the order in which they shall stand
  std::vector<FailingRule> passing;           ///< what they chose is not taken away
  std::map<std::string, std::string> values;  ///< of the benchmark as tailored, by id
  std::vector<std::string> components = {"hardening"};
  std::string scope = "hardening";
  std::string targets;  ///< a selector; empty leaves it to the person
  /// Whether a path is there on the host; nothing when that cannot be said. Without it, every host
  /// is as a fix needs it.
  std::function<std::optional<bool>(const std::string& path)> is_there;
  /// Where the host says otherwise, so that the resource would have no effect; nothing when it has
  /// one. May be empty.
  std::function<std::optional<std::string>(const Resource& resource)> said_elsewhere;
};

/// What became of a failing rule.
enum class FixOutcome {
  written,   ///< its resources stand in the file
  shared,    ///< all that it needs stands there for another rule
  clash,     ///< another rule wants otherwise; it has to be decided between them
  by_hand,   ///< no change mends it by itself
  not_here,  ///< the host lacks what it needs, or has what it would break
  no_fix,    ///< nothing is known that mends it here
};

struct FixedRule {
  std::string rule;  ///< its short name
  FixOutcome outcome = FixOutcome::no_fix;
  std::string told;  ///< why it was left out
};

struct FixChange {
  std::string text;                ///< of the change file; without a `set` when nothing is mended
  std::vector<FixedRule> rules;    ///< in the order of the request
  std::vector<std::string> risks;  ///< that the author will have to accept, ascending
};

/// The part of a rule's or value's id that people call it by: what follows `_rule_` or `_value_`.
[[nodiscard]] std::string short_name(std::string_view id);

/// Writes a change that mends the rules that can be mended, and lists the others with the reason.
///
/// A rule stands in the file wholly or not at all. Rules that want the same of one resource share
/// it, and all are named above it; one that wants otherwise than an earlier one is left out and
/// told. Rules about the mode and owner of a file come last: where others edit that file, a state
/// cannot hold both.
[[nodiscard]] FixChange write_fix_change(const authoring::FixFile& fixes,
                                         const FixRequest& request);

struct NamedFixChange {
  std::string scope;
  FixChange change;
};

struct FixChanges {
  std::vector<NamedFixChange> changes;
  std::vector<FixedRule> rules;  ///< all of the request, in its order
};

/// A change of its own, in a scope of its own, for each rule that can be mended, so that each can
/// be taken back alone. Rules that share a resource share a change. Named by their scopes, which
/// are the names of the rules.
[[nodiscard]] FixChanges write_fix_changes(const authoring::FixFile& fixes,
                                           const FixRequest& request);

}  // namespace twoseal::cli
