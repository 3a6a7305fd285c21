// How the results of a check are shown.
#pragma once

#include <string>

#include "cli/compliance/check_history.h"
#include "cli/compliance/watching.h"
#include "cli/json_text.h"
#include "compliance/xccdf/assessment.h"

namespace twoseal::cli {

/// How much is shown. `history`: since when; nullptr when nobody knows. `only_turned`: only rules
/// whose result is another one than the last time.
struct CheckView {
  const CheckHistory* history = nullptr;
  bool only_turned = false;
  bool verbose = false;
};

/// For people: what is not as it should be, the most severe first, each with what was expected,
/// what was found, where and since when; then the sums.
[[nodiscard]] std::string check_text(const scap::Assessment& assessment, const CheckView& view);

/// One line for a rule that turned: when, from what to what, and what was found.
[[nodiscard]] std::string turn_text(const RuleTurn& turn);

/// For programs.
[[nodiscard]] Json::Object check_fields(const scap::Assessment& assessment,
                                        const std::string& content,
                                        const CheckView& view);

/// Whether a rule failed or could not be judged.
[[nodiscard]] bool has_findings(const scap::Assessment& assessment);

}  // namespace twoseal::cli
