// Which resources mend failing rules on a host, and which of them fit together.
//
// Apart from fix.h, which writes down what was chosen here.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "authoring/fixes_yaml.h"
#include "cli/compliance/fix.h"

namespace twoseal::cli {

/// A failing rule with what was decided about it.
struct ChosenFix {
  const FailingRule* rule = nullptr;  ///< of the request
  std::string name;                   ///< its short name
  FixOutcome outcome = FixOutcome::no_fix;
  std::string told;  ///< why it was left out
  std::string does;
  std::vector<authoring::FilledResource> wanted;
  std::vector<authoring::FilledResource> own;  ///< of `wanted` those that no rule before it has
  std::vector<std::size_t> shared;             ///< places of the rules that have the others
  std::set<std::string> risks;
  std::map<std::string, std::string> choice;  ///< question, answer
};

/// Chooses for each rule of the request, once for each id and in its order. The request must
/// outlive the answer. What is `written` or `shared` can stand in one state.
[[nodiscard]] std::vector<ChosenFix> choose_fixes(const authoring::FixFile& fixes,
                                                  const FixRequest& request);

/// `a, b, c`.
[[nodiscard]] std::string joined(std::span<const std::string> words,
                                 std::string_view divider = ", ");

}  // namespace twoseal::cli
