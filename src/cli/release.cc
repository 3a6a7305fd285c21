// twoseal change release
#include "base/limits.h"
#include "cli/client/known_change.h"
#include "cli/decision_directory.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "workflow/organisation.h"

namespace twoseal::cli {
namespace {

Result<Name> phase_from(const Arguments& arguments, const Change& change) {
  std::string known;
  const std::vector<Phase> phases = change.phases.value_or(std::vector<Phase>());
  for (const Phase& phase : phases) {
    known += (known.empty() ? "" : ", ") + phase.name.text();
    if (phase.name.text() == arguments.text("--phase")) {
      return phase.name;
    }
  }
  if (!arguments.has("--phase") && phases.size() <= 1) {
    return phases.empty() ? Name::parse("all") : phases.front().name;
  }
  return fail(Errc::usage,
              arguments.has("--phase")
                  ? "the change has no phase '" + arguments.text("--phase") + "'"
                  : "--phase is required: the change has several",
              "",
              "its phases are: " + known);
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  const std::string directory = arguments.text("--dir");
  TWOSEAL_TRY(const Files files, read_decision_directory(directory));
  TWOSEAL_TRY(const Organisation organisation, read_organisation(files, directory));
  const Bundle& bundle = organisation.bundle;
  if (!bundle.change) {
    return fail(Errc::no_input, "there is no change.json in it", directory);
  }
  Release release;
  TWOSEAL_TRY(release.phase, phase_from(arguments, bundle.change->value));
  release.change = bundle.change->digest;
  release.nonce = random_bytes(limits::kNonceSize);
  release.org = organisation.org;
  release.stmts = statements_about(bundle, files.at("change.json"));
  const Bytes bytes = codec::encode(release);
  const std::string path = "blobs/" + sha256(bytes).hex();
  TWOSEAL_TRY_VOID(write_into_directory(directory, {{path, bytes}}));
  session.talk("next  twoseal sign --act release --obj " + directory + "/" + path +
               " --by p:NAME --key KEY --dir " + directory + " -o " + directory +
               "/statements/release.json");
  Report report;
  report.text = directory + "/" + path + "\n";
  report.fields = {{"digest", sha256(bytes).text()},
                   {"file", directory + "/" + path},
                   {"phase", release.phase.text()},
                   {"statements", release.stmts.size()}};
  return report;
}

constexpr Flag kFlags[] = {
    {"--dir", "DIR", "the decision directory with the change and what was signed about it", true},
    {"--phase", "NAME", "the phase; may be left out when there is only one"},
};
constexpr std::string_view kExamples[] = {"twoseal change release --dir acme --phase wave-1"};
constexpr Exit kExits[] = {
    Exit::error, Exit::bad_data, Exit::no_input, Exit::try_again, Exit::permission};

}  // namespace

const Verb kChangeRelease = {
    "change release",
    Group::decisions,
    "write the release of a phase, for an executor to sign",
    "A release names every statement about the change that the executor has seen: author, "
    "approvals, rejections, evidence, withdrawals, earlier releases. Only what it names counts, so "
    "that nothing can be hidden behind the executor's back. It is written into the directory, and "
    "its name is printed; nothing is released before an executor signs it.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
