// How the results of a check are shown.
#pragma once

#include <string>

#include "cli/compliance/check_history.h"
#include "cli/compliance/exceptions.h"
#include "cli/compliance/watching.h"
#include "cli/json_text.h"
#include "compliance/xccdf/assessment.h"

namespace twoseal::cli {

/// How much is shown. `history`: since when; nullptr when nobody knows. `only_turned`: only rules
/// whose result is another one than the last time.
struct CheckView {
  const CheckHistory* history = nullptr;
  std::vector<Exception> exceptions;  ///< of this host
  UnixSeconds now = 0;                ///< against which exceptions are held
  bool only_turned = false;
  bool verbose = false;
};

/// For people: what is not as it should be, the most severe first, each with what was expected,
/// what was found, where and since when; then the sums.
[[nodiscard]] std::string check_text(const scap::Assessment& assessment, const CheckView& view);

/// One line for a rule that turned at `at`: from what to what, and what was found.
[[nodiscard]] std::string turn_text(const RuleTurn& turn, UnixSeconds at);

/// The same for programs.
[[nodiscard]] Json::Object turn_fields(const RuleTurn& turn, UnixSeconds at);

/// For programs.
[[nodiscard]] Json::Object check_fields(const scap::Assessment& assessment,
                                        const std::string& content,
                                        const CheckView& view);

/// Whether all is well: no rule failed or could not be judged but for a signed exception, and at
/// least one passed or has such an exception.
[[nodiscard]] bool is_clean(const scap::Assessment& assessment, const CheckView& view);

}  // namespace twoseal::cli
