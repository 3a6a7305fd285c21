// twoseal explain
#include <algorithm>

#include <fmt/format.h>

#include "cli/help.h"
#include "cli/nearest.h"
#include "cli/verb_list.h"
#include "cli/verbs.h"

namespace twoseal::cli {
namespace {

Json::Object fields_of(const ErrorInfo& row) {
  return {{"code", error_code_text(row.code)},
          {"refusal", row.refusal},
          {"name", row.name},
          {"title", row.title},
          {"why", row.why},
          {"next", row.next},
          {"exit", static_cast<int>(row.exit)}};
}

Report list_all() {
  const auto [begin, end] = all_errors();
  Report report;
  Json::Array rows;
  for (const ErrorInfo* row = begin; row != end; ++row) {
    report.text +=
        fmt::format("{:<9}{:<5}{}\n", error_code_text(row->code), row->refusal, row->title);
    rows.emplace_back(fields_of(*row));
  }
  report.fields = {{"errors", rows}};
  return report;
}

std::string nearest_code(const std::string& code) {
  std::vector<std::string> known;
  const auto [begin, end] = all_errors();
  for (const ErrorInfo* row = begin; row != end; ++row) {
    known.push_back(error_code_text(row->code));
    known.emplace_back(row->refusal);
  }
  return nearest(code, known);
}

Result<Report> run(const Arguments& arguments, const Session&) {
  const auto code = arguments.find("CODE");
  if (!code) {
    return list_all();
  }
  std::string upper = *code;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const ErrorInfo* row = find_error(upper);
  if (row == nullptr) {
    const std::string meant = nearest_code(upper);
    return fail(Errc::usage,
                "there is no error or refusal '" + *code + "'",
                "",
                meant.empty() ? "twoseal explain lists all of them"
                              : "did you mean: twoseal explain " + meant);
  }
  const std::string refusal =
      row->refusal.empty() ? "" : fmt::format(" (refusal {})", row->refusal);
  Report report;
  report.text = fmt::format("{}{}: {}\n\n  why   {}\n  next  {}\n  exit  {} ({})\n",
                            error_code_text(row->code),
                            refusal,
                            row->title,
                            row->why,
                            row->next,
                            static_cast<int>(row->exit),
                            exit_meaning(row->exit));
  report.fields = fields_of(*row);
  return report;
}

constexpr Operand kOperands[] = {
    {"CODE", "TS-2163, 2163 or S3; none lists every code", Occurs::optional}};
constexpr std::string_view kExamples[] = {"twoseal explain TS-2107", "twoseal explain S3"};

}  // namespace

const Verb kExplain = {
    "explain",
    Group::help,
    "say what an error or refusal means and what to do",
    "Every error of twoseal has a number, TS-1001, and every refusal of a decision has a short "
    "code besides, S3. This verb prints the row of the one table that all of them come from.",
    kOperands,
    {},
    kExamples,
    {},
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
