// Writing the results of a check to a file, in the format that its name tells.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "compliance/families/host.h"
#include "compliance/report/report.h"
#include "compliance/xccdf/assessment.h"

namespace twoseal::cli {

/// A file that --export asks for.
struct ExportFile {
  std::string path;
  std::int64_t started = 0;  ///< when the check began and ended, seconds since 1970
  std::int64_t ended = 0;
  std::map<scap::Index, scap::SignedException> exceptions;  ///< by rule
};

/// Whether every path ends with the name of a format and may be made: to be asked before anything
/// is checked. Errc::usage, errors of check_new_file().
[[nodiscard]] Result<void> check_exports(const std::vector<std::string>& paths);

/// Writes one whole file, or none. Errc::exists_already, errors of write_file().
[[nodiscard]] Result<void> export_results(const ExportFile& file,
                                          const scap::Assessment& assessment,
                                          const std::string& content,
                                          const scap::InspectedHost& host);

}  // namespace twoseal::cli
