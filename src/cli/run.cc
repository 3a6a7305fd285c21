#include "cli/run.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <unistd.h>

#include "base/os_file.h"
#include "base/os_terminal.h"
#include "base/present.h"
#include "cli/error_text.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/verbs.h"

namespace twoseal::cli {
namespace {

bool wants_color(const GlobalFlags& flags) {
  // NOLINTBEGIN(concurrency-mt-unsafe): read before any thread is started.
  const char* no_color = std::getenv("NO_COLOR");
  const char* force_color = std::getenv("FORCE_COLOR");
  // NOLINTEND(concurrency-mt-unsafe)
  if (flags.no_color || (no_color != nullptr && *no_color != '\0')) {
    return false;
  }
  return (force_color != nullptr && *force_color != '\0') || is_terminal(STDERR_FILENO);
}

// The fields of these names in their order, each once.
Result<Json::Object> chosen(const Json::Object& fields, const std::vector<std::string>& names) {
  if (names == std::vector<std::string>{"*"}) {
    return fields;
  }
  Json::Object kept;
  for (const std::string& name : names) {
    const auto found = std::find_if(
        fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
    if (found == fields.end()) {
      std::string all;
      for (const auto& field : fields) {
        all += (all.empty() ? "" : ", ") + field.first;
      }
      return fail(Errc::usage, "--json has no field '" + name + "'; there are: " + all);
    }
    const bool again = std::any_of(
        kept.begin(), kept.end(), [&](const auto& field) { return field.first == name; });
    if (!again) {
      kept.push_back(*found);
    }
  }
  return kept;
}

Result<void> write_result(const std::string& path, BytesView data, const Report& report) {
  return write_file(path, data, report.secret ? Access::owner : Access::everybody, Existing::keep);
}

// With --json and -o, what is more than a report goes to the file, and the fields are printed.
Result<void> deliver(const Report& report, const Request& request) {
  std::string data;
  if (!request.flags.json.empty()) {
    TWOSEAL_TRY(const Json::Object fields, chosen(report.fields, request.flags.json));
    data = Json(fields).text() + "\n";
    if (report.bytes && request.flags.output) {
      TWOSEAL_TRY_VOID(write_result(*request.flags.output, *report.bytes, report));
      return write_all(STDOUT_FILENO, data);
    }
  } else {
    data = report.bytes ? *report.bytes : present_lines(report.text);
  }
  const bool own = request.verb != nullptr && request.verb->output == OutputFile::own;
  if (request.flags.output && !own) {
    return write_result(*request.flags.output, data, report);
  }
  return write_all(STDOUT_FILENO, data);
}

Report version_report() {
  const std::string text = version_text();
  return {text + "\n", {{"version", text.substr(text.find(' ') + 1)}}, {}, Exit::done};
}

Report help_report(const Request& request) {
  if (request.verb != nullptr) {
    return {help_text(*request.verb), help_fields(*request.verb), {}, Exit::done};
  }
  Json::Array verbs;
  for (const Verb* verb : all_verbs()) {
    if (request.noun.empty() || verb->name.starts_with(request.noun + " ")) {
      verbs.emplace_back(help_fields(*verb));
    }
  }
  return {overview_text(request.noun), {{"verbs", verbs}}, {}, Exit::done};
}

Result<Report> answer(const Request& request) {
  // A result that cannot be delivered is not worked for, and leaves nothing behind.
  if (!request.flags.output || !request.flags.json.empty()) {
    TWOSEAL_TRY_VOID(check_standard_output());
  }
  switch (request.wish) {
    case Wish::version:
      return version_report();
    case Wish::help:
      return help_report(request);
    case Wish::run:
      break;
  }
  if (request.flags.output && path_exists(*request.flags.output)) {
    return fail(Errc::exists_already, "is there already", *request.flags.output);
  }
  return request.verb->run(request.arguments, Session(request.flags));
}

Result<Exit> carry_out(const Request& request) {
  TWOSEAL_TRY(const Report report, answer(request));
  TWOSEAL_TRY_VOID(deliver(report, request));
  return report.exit;
}

Result<Exit> run_request(const std::vector<std::string>& words) {
  TWOSEAL_TRY(const Request request, parse(words));
  auto exit = carry_out(request);
  if (!exit && exit.error().code == Errc::usage && exit.error().next.empty() &&
      request.verb != nullptr) {
    exit.error().next = help_hint(*request.verb);
  }
  return exit;
}

Result<Exit> run_safely(const std::vector<std::string>& words) {
  try {
    return run_request(words);
  } catch (const std::bad_alloc&) {
    return fail(Errc::internal, "there is not enough memory");
  } catch (const std::exception& exception) {
    return fail(Errc::internal, exception.what());
  }
}

}  // namespace

int run(const std::vector<std::string>& words) {
  const Result<Exit> exit = run_safely(words);
  if (exit) {
    return static_cast<int>(*exit);
  }
  const GlobalFlags flags = peek_global_flags(words);
  if (!flags.json.empty() && exit.error().code != Errc::stdout_closed) {
    static_cast<void>(write_all(STDOUT_FILENO, Json(error_fields(exit.error())).text() + "\n"));
  }
  static_cast<void>(write_all(STDERR_FILENO, error_text(exit.error(), wants_color(flags))));
  return static_cast<int>(error_info(exit.error().code).exit);
}

}  // namespace twoseal::cli
