// How the results of a check are shown.
#pragma once

#include <string>

#include "cli/compliance/watching.h"
#include "cli/json_text.h"
#include "cli/verb.h"
#include "compliance/xccdf/assessment.h"

namespace twoseal::cli {

/// For people: what is not as it should be, the most severe first, then the sums.
[[nodiscard]] std::string check_text(const scap::Assessment& assessment, const Session& session);

/// One line for a rule that turned: when, from what to what, and what was found.
[[nodiscard]] std::string turn_text(const RuleTurn& turn);

/// For programs.
[[nodiscard]] Json::Object check_fields(const scap::Assessment& assessment,
                                        const std::string& content);

/// Whether a rule failed or could not be judged.
[[nodiscard]] bool has_findings(const scap::Assessment& assessment);

}  // namespace twoseal::cli
