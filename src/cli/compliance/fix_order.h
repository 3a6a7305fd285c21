// Changes that mend what a check found, written where the person wants them.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/compliance/fix.h"
#include "cli/verb.h"
#include "compliance/families/host.h"
#include "compliance/xccdf/assessment.h"

namespace twoseal::cli {

/// Where --fix and --fix-dir want changes; either may be empty.
struct FixOrder {
  std::string file;       ///< one change for all rules; may not exist yet
  std::string directory;  ///< a change for each rule, each taken back alone; must be there, empty
  std::string content;    ///< what was checked with
};

/// Whether what the order names may be written: to be asked before anything is checked.
/// Errors of check_new_file(); Errc::no_input when there is no such directory,
/// Errc::exists_already when something lies in it.
[[nodiscard]] Result<void> check_fix_order(const FixOrder& order);

/// What a fix has to know of an assessment: the rules that failed, and the values of the benchmark.
/// Rules that could not be judged are not asked to be mended. The host must outlive the request.
[[nodiscard]] FixRequest fix_request(const scap::Assessment& assessment,
                                     const scap::InspectedHost& host,
                                     const std::string& content);

/// Writes the files and tells of each failing rule that is not mended, none left out. Where no
/// change mends anything, no file is written. Errors of write_file(): then those before it are
/// there.
[[nodiscard]] Result<void> write_fixes(const FixOrder& order,
                                       const FixRequest& request,
                                       const Session& session);

}  // namespace twoseal::cli
