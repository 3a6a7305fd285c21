// Exceptions that the organisation signed for this host: a rule may fail until a day, for a reason.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compliance/xccdf/benchmark.h"
#include "model/policy.h"

namespace twoseal::cli {

/// Those of the restrictions that the agent of this machine holds and has verified, for this host
/// alone. None when the restrictions are over. `home`: the agent's directory. Errc::not_joined on a
/// machine without an agent; errors of reading it; Errc::refuse_j1.
[[nodiscard]] Result<std::vector<Exception>> held_exceptions(const std::string& home,
                                                             UnixSeconds now);

/// Those of restrictions for a host with this name and id.
[[nodiscard]] std::vector<Exception> exceptions_for(const Restrictions& restrictions,
                                                    std::string_view name,
                                                    std::string_view host,
                                                    UnixSeconds now);

/// The one for a rule, named as `check --rule` names it or by an identifier of the rule; of several
/// the one that ends last. nullptr when there is none that is not over.
[[nodiscard]] const Exception* exception_of(const scap::Rule& rule,
                                            const std::vector<Exception>& exceptions,
                                            UnixSeconds now);

}  // namespace twoseal::cli
