// twoseal check: whether this host is as a profile wants it.
#include <unistd.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "cli/compliance/check_view.h"
#include "cli/compliance/content_store.h"
#include "cli/compliance/inspection.h"
#include "cli/compliance/watching.h"
#include "cli/verb_list.h"
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

// One line on standard output for each rule that turned.
Result<void> tell_turn(const RuleTurn& turn) { return write_all(STDOUT_FILENO, turn_text(turn)); }

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const NamedContent found,
              find_content(content_directory(arguments), arguments.find("--content")));
  TWOSEAL_TRY(const scap::Benchmark* benchmark,
              benchmark_of(found, arguments.find("--benchmark")));
  TailoringFile tailoring;
  if (const auto path = arguments.find("--tailoring")) {
    TWOSEAL_TRY_VOID(read_tailoring(*path, tailoring));
  }
  const std::vector<std::string> only = arguments.all("--rule");
  TWOSEAL_TRY(const scap::Selection selection,
              scap::select_profile(*benchmark,
                                   arguments.text("--profile"),
                                   tailoring.tailoring.profiles,
                                   only));
  TWOSEAL_TRY(const auto inspection, Inspection::open(arguments.text("--root", "/")));
  const std::int64_t seconds = 0;
  const auto assess = [&] {
    SystemClock clock;
    scap::EvaluationLimits limits;
    limits.live = arguments.has("--watch");
    auto assessment = std::make_unique<scap::Assessment>(
        found.content, *benchmark, selection, inspection->host(), clock.now(), limits);
    assessment->run();
    return assessment;
  };
  session.detail("checking with " + found.name);
  auto assessment = assess();
  if (arguments.has("--watch")) {
    session.talk(check_text(*assessment, session));
    session.talk("watching; Ctrl-C ends it");
    const WatchOrder order{arguments.text("--root", "/"), seconds, assess, tell_turn};
    TWOSEAL_TRY(assessment,
                watch_host(std::move(assessment), *inspection->host().files, order));
  }
  Report report;
  report.text = check_text(*assessment, session);
  report.fields = check_fields(*assessment, found.name);
  report.exit = has_findings(*assessment) ? Exit::difference : Exit::done;
  return report;
}

constexpr Flag kFlags[] = {
    {"--profile", "NAME", "a profile of the content, or '(all)'; without it the benchmark as it is"},
    {"--rule", "ID", "only this rule, also where the profile leaves it out", false, true},
    {"--content", "NAME", "which content, when there is more than one"},
    {"--benchmark", "ID", "of a content that has several benchmarks"},
    {"--tailoring", "FILE", "a tailoring file (XCCDF 1.2) whose profiles stand before those of the content"},
    {"--watch", "", "go on: judge again what a write touched, and tell each rule that turns"},
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
    "A rule passes only when everything it needs was read and compared. What could not be judged is "
    "shown as error or unknown, apart from what passed.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
