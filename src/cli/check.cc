// twoseal check: whether this host is as a profile wants it.
#include <algorithm>
#include <map>
#include <set>
#include <unistd.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "base/present.h"
#include "cli/agent_home.h"
#include "cli/client/client.h"
#include "cli/compliance/check_export.h"
#include "cli/compliance/check_view.h"
#include "cli/compliance/fix_order.h"
#include "cli/compliance/subject.h"
#include "cli/compliance/watching.h"
#include "cli/error_text.h"
#include "cli/stop.h"
#include "cli/verb_list.h"
#include "compliance/report/report.h"

namespace twoseal::cli {
namespace {

// Whether an export shows also what is as it should be.
bool wants_items(const std::vector<std::string>& exports) {
  return std::any_of(exports.begin(), exports.end(), [](const std::string& path) {
    return scap::report_format_of(path) == scap::ReportFormat::arf;
  });
}

FixOrder fix_order(const Arguments& arguments, const std::string& content) {
  return {arguments.text("--fix"), arguments.text("--fix-dir"), content};
}

// How long to watch; 0: until somebody ends it.
Result<std::int64_t> watch_seconds(const Arguments& arguments) {
  if (!arguments.find("--timeout")) {
    return 0;
  }
  if (!arguments.has("--watch")) {
    return fail(Errc::usage, "--timeout is for --watch", {}, "say how long to watch, or leave it");
  }
  TWOSEAL_TRY(const std::int64_t seconds, seconds_from(arguments, "--timeout", 0));
  if (seconds == 0) {
    return fail(Errc::usage,
                "--timeout takes a second or more",
                {},
                "leave it, and --watch goes on until it is ended");
  }
  return seconds;
}

// What cannot be done is refused before anything is checked.
Result<void> check_arguments(const Arguments& arguments, const Subject& subject) {
  TWOSEAL_TRY_VOID(watch_seconds(arguments));
  if (arguments.find("--home") && subject.root != "/") {
    return fail(Errc::usage,
                "--home is for this machine, and no exception is signed for a directory",
                {},
                "leave --home or --root");
  }
  const std::vector<std::string> exports = arguments.all("--export");
  if (std::set<std::string>(exports.begin(), exports.end()).size() != exports.size()) {
    return fail(Errc::usage, "--export names the same file twice");
  }
  TWOSEAL_TRY_VOID(check_exports(exports));
  return check_fix_order(fix_order(arguments, subject.found.name));
}

// The rules that have an exception, with it.
std::map<scap::Index, scap::SignedException> excepted_rules(const scap::Assessment& assessment,
                                                            const CheckView& view) {
  std::map<scap::Index, scap::SignedException> rules;
  const auto& all = assessment.benchmark().rules;
  for (scap::Index i = 0; i < all.size(); ++i) {
    if (const Exception* found = exception_of(all[i], view.exceptions, view.now)) {
      rules[i] = {found->id.text(), found->until, found->why};
    }
  }
  return rules;
}

// The files that flags ask for: each that can be written is, and the first error is told at the
// end.
Result<void> write_files(const Arguments& arguments,
                         const Subject& subject,
                         const scap::Assessment& assessment,
                         const CheckView& view,
                         const Session& session) {
  SystemClock clock;
  Result<void> all;
  for (const std::string& path : arguments.all("--export")) {
    auto written =
        export_results({path, assessment.now(), clock.now(), excepted_rules(assessment, view)},
                       assessment,
                       subject.found.name,
                       subject.inspection->host());
    session.talk(written ? "wrote  " + path : "not written  " + path + ": " + written.error().what);
    if (!written && all) {
      all = std::unexpected(Error(in_file(std::move(written).error(), path)));
    }
  }
  const FixOrder order = fix_order(arguments, subject.found.name);
  if (!order.file.empty() || !order.directory.empty()) {
    auto written = write_fixes(
        order, fix_request(assessment, subject.inspection->host(), subject.found.name), session);
    if (!written && all) {
      all = std::move(written);
    }
  }
  return all;
}

// Exceptions are signed for this machine, not for what lies below a directory of it. They only
// soften: a check goes on without those that cannot be read. Errc::not_joined and unsafe_path when
// the directory that somebody named is no agent's.
Result<std::vector<Exception>> exceptions_of(const Arguments& arguments,
                                             const Subject& subject,
                                             const Session& session) {
  SystemClock clock;
  if (subject.root != "/") {
    return std::vector<Exception>();
  }
  auto held = held_exceptions(arguments.text("--home", kAgentHome), clock.now());
  if (held) {
    return held;
  }
  const Error& error = held.error();
  if (error.code == Errc::not_joined || error.code == Errc::unsafe_path) {
    return arguments.find("--home") ? std::move(held) : std::vector<Exception>();
  }
  session.talk("signed exceptions are not shown: " +
               (error.code == Errc::no_permission
                    ? "only root can read what the agent holds"
                    : error.what + (error.where.empty() ? "" : ": " + error.where)));
  return std::vector<Exception>();
}

// Tells a rule that turned, and keeps when it did.
Result<void> tell_turn(const RuleTurn& turn, CheckHistory& history, const Session& session) {
  SystemClock clock;
  const UnixSeconds at = clock.now();
  history.turn(*turn.assessment, turn.assessment->outcomes()[turn.outcome], at);
  if (const auto kept = history.keep(*turn.assessment); !kept) {
    session.detail("not kept: " + kept.error().what);
  }
  const std::string line = session.flags().json.empty() ? present_lines(turn_text(turn, at))
                                                        : Json(turn_fields(turn, at)).text() + "\n";
  return write_all(STDOUT_FILENO, line);
}

// Goes on until the time is over or somebody ends it; what was seen until then counts.
Result<std::unique_ptr<scap::Assessment>> watch(const Arguments& arguments,
                                                const Subject& subject,
                                                std::unique_ptr<scap::Assessment> assessment,
                                                CheckHistory& history,
                                                const Session& session) {
  TWOSEAL_TRY(const std::int64_t seconds, watch_seconds(arguments));
  stop_on_signals(SecondSignal::ends);  // a look at a large disk may last
  const WatchOrder order{
      .root = subject.root,
      .seconds = seconds,
      .assess = [&] { return assess(subject, {.live = true}); },
      .turned = [&](const RuleTurn& turn) { return tell_turn(turn, history, session); },
      .listening = [&] { session.talk("watching; Ctrl-C ends it"); },
      .stopped = [] { return stop_asked().load(); },
      .unheard =
          [&](const std::string& path) {
            session.talk("changes below " + path + " are not heard; every 30 s is looked");
          }};
  return watch_host(std::move(assessment), *subject.inspection->host().files, order);
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const auto subject, open_subject(arguments));
  TWOSEAL_TRY_VOID(check_arguments(arguments, *subject));
  SystemClock clock;
  CheckView view;
  view.only_turned = arguments.has("--since-last");
  view.verbose = session.flags().verbose || session.flags().debug;
  TWOSEAL_TRY(view.exceptions, exceptions_of(arguments, *subject, session));
  for (const std::string& name : subject->unknown) {
    session.talk("the tailoring names a " + name + " that the benchmark does not have");
  }
  session.detail("checking with " + subject->found.name);
  scap::EvaluationLimits limits;
  limits.live = arguments.has("--watch");
  limits.keep_all_items = wants_items(arguments.all("--export"));
  auto assessment = assess(*subject, limits);
  CheckHistory history = CheckHistory::open(
      history_directory(arguments), subject->found.name, *assessment, subject->root);
  if (!history.problem().empty()) {
    session.talk("what earlier checks came to is not known: " + history.problem());
  }
  view.history = &history;
  view.now = clock.now();
  if (arguments.has("--watch")) {
    session.talk(check_text(*assessment, view));
    TWOSEAL_TRY(assessment, watch(arguments, *subject, std::move(assessment), history, session));
    view.now = clock.now();
  }
  Report report;
  report.text = check_text(*assessment, view);
  report.fields = check_fields(*assessment, subject->found.name, view);
  report.exit = is_clean(*assessment, view) ? Exit::done : Exit::difference;
  if (const auto kept = history.keep(*assessment); !kept) {
    session.talk("not kept for the next check: " + kept.error().what + " " + kept.error().where);
  }
  // What was found is not lost for a file that cannot be written.
  if (const auto written = write_files(arguments, *subject, *assessment, view, session); !written) {
    session.talk(error_text(written.error(), false));
    report.exit = error_info(written.error().code).exit;
  }
  return report;
}

constexpr Flag kFlags[] = {
    {"--profile",
     "NAME",
     "a profile of the content, or '(all)'; without it the benchmark as it is"},
    {"--rule", "ID", "only this rule, also where the profile leaves it out", false, true},
    {"--value",
     "ID=TEXT",
     "what a value of the content is here, instead of what the profile says",
     false,
     true},
    {"--content",
     "NAME",
     "which content, when there is more than one; 'twoseal' for the checks of twoseal itself"},
    {"--benchmark", "ID", "of a content that has several benchmarks"},
    {"--tailoring",
     "FILE",
     "a tailoring file (XCCDF 1.2) whose profiles stand before those of the content"},
    {"--watch", "", "go on: judge again what a write touched, and tell each rule that turns"},
    {"--timeout", "SECONDS", "how long to watch; without it until the program is ended"},
    {"--since-last", "", "show only rules whose result is another one than at the last check"},
    {"--history",
     "DIR",
     "where results of earlier checks lie, instead of this machine's own place"},
    {"--export",
     "FILE",
     "write the results too; the end of the name tells the format: .xccdf.xml .arf.xml .ckl .cklb "
     ".html .csv .json .sarif .oscal.json",
     false,
     true},
    {"--fix", "FILE", "write a change that mends what failed, as far as fixes are known"},
    {"--fix-dir",
     "DIR",
     "write a change for each rule into DIR, so that each can be taken back alone"},
    {"--root", "DIR", "check what lies below DIR instead of this machine"},
    {"--home",
     "DIR",
     "the agent's directory, /var/lib/twoseal/agent when left out, which holds signed exceptions"},
    {"--content-dir", "DIR", "where compiled content lies, instead of this machine's own place"},
};
constexpr std::string_view kExamples[] = {
    "twoseal check --profile standard",
    "twoseal check --profile stig --rule sshd_set_idle_timeout --root /mnt/image",
    "twoseal check --content twoseal --value time_servers=ntp.example.org"};
constexpr Exit kExits[] = {Exit::error,
                           Exit::difference,
                           Exit::denied,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::permission,
                           Exit::configuration};

}  // namespace

const Verb kCheck = {
    "check",
    Group::compliance,
    "check this host, or a root directory, against a profile",
    "Evaluates every rule that the profile selects and shows what is not as it should be: what was "
    "expected, what was found, and where. Nothing is changed, and no server is needed.\n\n"
    "A rule passes only when everything it needs was read and compared. What could not be judged "
    "is shown as error or unknown, apart from what passed. A signed exception makes no rule pass: "
    "it is shown beside the rule, with its reason and its end, and does not count for the exit "
    "code.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
