// What `host assign` is told of a host: checked, then taken into the next assignment, and what that
// changes as people read it before they sign.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/client/differences.h"
#include "cli/verb.h"
#include "model/assignment.h"
#include "model/policy.h"
#include "model/roster.h"

namespace twoseal::cli {

/// What an organisation has names for.
struct HostWords {
  std::vector<std::string> components;    ///< of the roster
  std::vector<std::string> data_classes;  ///< shipped ones, of rules, of hosts
  std::vector<std::string> envs;          ///< whose assignments the policy lets somebody sign
};

[[nodiscard]] HostWords host_words(const Roster& roster,
                                   const Policy& policy,
                                   std::span<const Assignment> hosts);

/// Takes --env, --data-class, --component, --group and --label into `assignment`; what they do not
/// say stays. `--label KEY-` removes. Errc::usage, naming the flag, for an environment that no
/// assign rule names, an unknown component or data class, a label that hosts.yaml would not take or
/// no selector could name, one that is to be removed and is not there, and what is given twice.
[[nodiscard]] Result<void> take_host_flags(const Arguments& arguments,
                                           const HostWords& known,
                                           Assignment& assignment);

/// Environment, data class, groups, components and labels. Without `before`: all that `after` has.
[[nodiscard]] std::vector<Difference> host_differences(const std::optional<Assignment>& before,
                                                       const Assignment& after);

}  // namespace twoseal::cli
