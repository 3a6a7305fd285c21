// twoseal check: whether this host is as a profile wants it.
#include <algorithm>
#include <unistd.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "cli/client/client.h"
#include "cli/compliance/check_export.h"
#include "cli/compliance/check_view.h"
#include "cli/compliance/content_store.h"
#include "cli/compliance/fix_order.h"
#include "cli/compliance/inspection.h"
#include "cli/compliance/watching.h"
#include "cli/verb_list.h"
#include "compliance/report/report.h"
#include "compliance/xccdf/assessment.h"
#include "compliance/xccdf/benchmark_reader.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kTailoringMax = std::size_t{32} << 20U;

// Profiles of a tailoring file; their texts live in it.
struct TailoringFile {
  std::optional<scap::XmlDocument> document;
  scap::TextArena texts;
  scap::Tailoring tailoring;
};

Result<void> read_tailoring(const std::string& path, TailoringFile& to) {
  TWOSEAL_TRY(const Bytes bytes, read_file(path, kTailoringMax));
  TWOSEAL_TRY(to.document, scap::XmlDocument::parse(bytes, path));
  auto tailoring = scap::read_tailoring(to.document->root(), to.texts);
  if (!tailoring) {
    return std::unexpected(in_file(std::move(tailoring).error(), path));
  }
  to.tailoring = std::move(*tailoring);
  return {};
}

// Whether an export shows also what is as it should be.
bool wants_items(const std::vector<std::string>& exports) {
  return std::any_of(exports.begin(), exports.end(), [](const std::string& path) {
    return scap::report_format_of(path) == scap::ReportFormat::arf;
  });
}

FixOrder fix_order(const Arguments& arguments, const std::string& content) {
  return {arguments.text("--fix"), arguments.text("--fix-dir"), content};
}

// One line on standard output for each rule that turned.
Result<void> tell_turn(const RuleTurn& turn) {
  return write_all(STDOUT_FILENO, turn_text(turn));
}

// What is checked, and with what.
struct Subject {
  NamedContent found;
  const scap::Benchmark* benchmark = nullptr;
  TailoringFile tailoring;
  scap::Selection selection;
  std::string root;
  std::unique_ptr<Inspection> inspection;
};

Result<std::unique_ptr<Subject>> open_subject(const Arguments& arguments) {
  auto subject = std::make_unique<Subject>();
  TWOSEAL_TRY(subject->found,
              find_content(content_directory(arguments), arguments.find("--content")));
  TWOSEAL_TRY(subject->benchmark, benchmark_of(subject->found, arguments.find("--benchmark")));
  if (const auto path = arguments.find("--tailoring")) {
    TWOSEAL_TRY_VOID(read_tailoring(*path, subject->tailoring));
  }
  const std::vector<std::string> only = arguments.all("--rule");
  TWOSEAL_TRY(subject->selection,
              scap::select_profile(*subject->benchmark,
                                   arguments.text("--profile"),
                                   subject->tailoring.tailoring.profiles,
                                   only));
  subject->root = arguments.text("--root", "/");
  TWOSEAL_TRY(subject->inspection, Inspection::open(subject->root));
  return subject;
}

std::unique_ptr<scap::Assessment> assess(const Subject& subject, scap::EvaluationLimits limits) {
  SystemClock clock;
  auto assessment = std::make_unique<scap::Assessment>(subject.found.content,
                                                       *subject.benchmark,
                                                       subject.selection,
                                                       subject.inspection->host(),
                                                       clock.now(),
                                                       limits);
  assessment->run();
  return assessment;
}

// The files that flags ask for.
Result<void> write_files(const Arguments& arguments,
                         const Subject& subject,
                         const scap::Assessment& assessment,
                         const Session& session) {
  SystemClock clock;
  for (const std::string& path : arguments.all("--export")) {
    TWOSEAL_TRY_VOID(export_results({path, assessment.now(), clock.now()},
                                    assessment,
                                    subject.found.name,
                                    subject.inspection->host()));
    session.talk("wrote  " + path);
  }
  const FixOrder order = fix_order(arguments, subject.found.name);
  if (order.file.empty() && order.directory.empty()) {
    return {};
  }
  return write_fixes(
      order, fix_request(assessment, subject.inspection->host(), subject.found.name), session);
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const auto subject, open_subject(arguments));
  TWOSEAL_TRY_VOID(check_exports(arguments.all("--export")));
  TWOSEAL_TRY_VOID(check_fix_order(fix_order(arguments, subject->found.name)));
  TWOSEAL_TRY(const std::int64_t seconds, seconds_from(arguments, "--timeout", 0));
  scap::EvaluationLimits limits;
  limits.live = arguments.has("--watch");
  limits.keep_all_items = wants_items(arguments.all("--export"));
  session.detail("checking with " + subject->found.name);
  auto assessment = assess(*subject, limits);
  CheckHistory history = CheckHistory::open(
      history_directory(arguments), subject->found.name, *assessment, subject->root);
  if (history.damaged()) {
    session.talk("what earlier checks came to cannot be read: everything is known since now");
  }
  const CheckView view{
      &history, arguments.has("--since-last"), session.flags().verbose || session.flags().debug};
  if (arguments.has("--watch")) {
    session.talk(check_text(*assessment, view));
    const WatchOrder order{.root = subject->root,
                           .seconds = seconds,
                           .assess = [&] { return assess(*subject, limits); },
                           .turned = tell_turn,
                           .listening = [&] { session.talk("watching; Ctrl-C ends it"); }};
    TWOSEAL_TRY(assessment,
                watch_host(std::move(assessment), *subject->inspection->host().files, order));
  }
  TWOSEAL_TRY_VOID(write_files(arguments, *subject, *assessment, session));
  Report report;
  report.text = check_text(*assessment, view);
  report.fields = check_fields(*assessment, subject->found.name, view);
  report.exit = has_findings(*assessment) ? Exit::difference : Exit::done;
  if (const auto kept = history.keep(*assessment); !kept) {
    session.talk("not kept for the next check: " + kept.error().what + " " + kept.error().where);
  }
  return report;
}

constexpr Flag kFlags[] = {
    {"--profile",
     "NAME",
     "a profile of the content, or '(all)'; without it the benchmark as it is"},
    {"--rule", "ID", "only this rule, also where the profile leaves it out", false, true},
    {"--content", "NAME", "which content, when there is more than one"},
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
    {"--content-dir", "DIR", "where compiled content lies, instead of this machine's own place"},
};
constexpr std::string_view kExamples[] = {
    "twoseal check --profile standard",
    "twoseal check --profile stig --rule sshd_set_idle_timeout --root /mnt/image"};
constexpr Exit kExits[] = {
    Exit::error, Exit::difference, Exit::bad_data, Exit::no_input, Exit::permission};

}  // namespace

const Verb kCheck = {
    "check",
    Group::compliance,
    "check this host, or a root directory, against a profile",
    "Evaluates every rule that the profile selects and shows what is not as it should be: what was "
    "expected, what was found, and where. Nothing is changed, and no server is needed.\n\n"
    "A rule passes only when everything it needs was read and compared. What could not be judged "
    "is "
    "shown as error or unknown, apart from what passed.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
