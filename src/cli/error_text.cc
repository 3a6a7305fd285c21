#include "cli/error_text.h"

#include <fmt/format.h>

#include "base/present.h"

namespace twoseal::cli {
namespace {

std::string next_of(const Error& error) {
  return error.next.empty() ? std::string(error_info(error.code).next) : error.next;
}

}  // namespace

std::string error_text(const Error& error, bool color) {
  const ErrorInfo& info = error_info(error.code);
  const std::string code = error_code_text(error.code);
  const std::string place = error.where.empty() ? "" : present(error.where) + "  ";
  return fmt::format(
      "{}error {}{}: {}\n  {}{}\n  why   {}\n  next  {}\n  more  twoseal explain {}\n",
      color ? "\x1b[31m" : "",
      code,
      color ? "\x1b[0m" : "",
      info.title,
      place,
      present(error.what),
      info.why,
      present(next_of(error)),
      code);
}

Json::Object error_fields(const Error& error) {
  const ErrorInfo& info = error_info(error.code);
  return {{"error",
           Json::Object{{"code", error_code_text(error.code)},
                        {"name", info.name},
                        {"refusal", info.refusal},
                        {"title", info.title},
                        {"what", error.what},
                        {"where", error.where},
                        {"why", info.why},
                        {"next", next_of(error)},
                        {"exit", static_cast<int>(info.exit)}}}};
}

}  // namespace twoseal::cli
