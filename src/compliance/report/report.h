// The results of a check in the formats that others read. One file of this folder per format; all
// write as they go, in memory that does not grow with the number of findings.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compliance/report/byte_sink.h"
#include "compliance/xccdf/assessment.h"

namespace twoseal::scap {

enum class ReportFormat : std::uint8_t { xccdf, arf, ckl, cklb, html, csv, json, sarif, oscal };

/// By what a file name ends with, in small letters: `.xccdf.xml`, `.arf.xml` or `.arf`, `.ckl`,
/// `.cklb`, `.html`, `.csv`, `.oscal.json`, `.sarif` or `.sarif.json`, and `.json` otherwise.
/// Nothing for any other name.
[[nodiscard]] std::optional<ReportFormat> report_format_of(std::string_view file_name);

/// What the organisation signed: a rule may fail until then. `until`: seconds since 1970.
struct SignedException {
  std::string id;
  std::int64_t until = 0;
  std::string why;
};

/// A check that was run, and where and when. Times in seconds since 1970, UTC.
struct ReportInput {
  const Assessment& assessment;
  std::string content_name;                ///< `ssg-debian11-ds`
  std::string host_name;                   ///< empty when the host does not tell
  std::string fqdn;                        ///< empty when there is none
  std::vector<std::string> addresses;      ///< IPv4 and IPv6, without a length of prefix
  std::vector<std::string> mac_addresses;  ///< `52:54:00:12:34:56`
  std::string os_name;       ///< `Debian GNU/Linux`; this and the next two may be empty
  std::string os_version;    ///< `11`
  std::string architecture;  ///< `x86_64`
  std::int64_t started = 0;
  std::int64_t ended = 0;
  std::string product_version;  ///< of twoseal
  /// By rule of the benchmark; told of those that are not as they should be.
  std::map<Index, SignedException> exceptions;
};

/// Writes a report of one format. The assessment must have been run. What is written depends on
/// nothing but `input`: the same input gives the same bytes.
///
/// The first error of the sink, and none of its own.
[[nodiscard]] Result<void> write_report(ReportFormat format,
                                        const ReportInput& input,
                                        ByteSink& sink);

}  // namespace twoseal::scap
