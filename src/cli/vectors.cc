// twoseal vectors
#include "base/os_file.h"
#include "cli/decision_directory.h"
#include "cli/vectors/cases.h"
#include "cli/verb_list.h"
#include "codec/objects.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kVectorsMax = 100'000;

// The name of a vector and what it did otherwise than expected.
struct Outcome {
  std::string name;
  std::string difference;
};

Report report_of(const std::vector<Outcome>& outcomes) {
  Report report;
  std::int64_t agree = 0;
  Json::Array differences;
  for (const Outcome& one : outcomes) {
    agree += one.difference.empty() ? 1 : 0;
    if (!one.difference.empty()) {
      report.text += one.name + ": " + one.difference + "\n";
      differences.emplace_back(Json::Object{{"name", one.name}, {"difference", one.difference}});
    }
  }
  const auto count = static_cast<std::int64_t>(outcomes.size());
  report.text += std::to_string(count) + " vectors, " + std::to_string(agree) + " agree\n";
  report.fields = {{"vectors", count}, {"agree", agree}, {"differences", differences}};
  report.exit = agree == count ? Exit::done : Exit::verification_failed;
  return report;
}

std::string difference_in(const std::string& directory) {
  const auto found = find_decision_directory(directory);
  if (!found) {
    return found.error().what;
  }
  for (const std::string name : {"expect.json", "inputs.json"}) {
    if (const auto unread = found->unread.find(name); unread != found->unread.end()) {
      return name + " " + unread->second.what;
    }
  }
  const auto claimed = found->files.find("expect.json");
  const auto expected = claimed != found->files.end()
                            ? codec::decode<Expectation>(claimed->second)
                            : Result<Expectation>(fail(Errc::not_found, "it has no expect.json"));
  return expected ? vectors::difference(found->files, *expected, found->unread)
                  : expected.error().what;
}

Result<Report> run_list(const Arguments&, const Session&) {
  Report report;
  Json::Array list;
  for (const vectors::Case& one : vectors::all_cases()) {
    report.text += one.name + "  " + one.summary + "\n";
    list.emplace_back(Json::Object{{"name", one.name},
                                   {"summary", one.summary},
                                   {"decision", one.expected.decision},
                                   {"code", one.expected.code},
                                   {"exit", one.expected.exit}});
  }
  report.fields = {{"vectors", list}};
  return report;
}

// Vectors can be made again, so nobody waits until they are on the disk.
Result<Report> export_all(const std::string& directory, const Session& session) {
  TWOSEAL_TRY_VOID(
      make_directory(directory, Access::everybody, Existing::keep, Durability::remakeable));
  const auto& cases = vectors::all_cases();
  for (const vectors::Case& one : cases) {
    session.detail(one.name);
    TWOSEAL_TRY_VOID(
        write_decision_directory(directory + "/" + one.name, one.files(), Durability::remakeable));
  }
  session.talk("next  twoseal vectors run " + directory);
  Report report;
  report.fields = {{"vectors", static_cast<std::int64_t>(cases.size())}, {"directory", directory}};
  return report;
}

Result<Report> run_export(const Arguments& arguments, const Session& session) {
  const auto all = arguments.find("--all");
  if (all.has_value() == arguments.has("DIR") || all.has_value() == arguments.has("CASE")) {
    return fail(Errc::usage, "give CASE and DIR, or --all DIR alone");
  }
  if (all) {
    return export_all(*all, session);
  }
  const std::string name = arguments.text("CASE");
  const vectors::Case* one = vectors::find_case(name);
  if (one == nullptr) {
    return fail(Errc::not_found, "there is no vector '" + name + "'", "", "twoseal vectors list");
  }
  const std::string directory = arguments.text("DIR");
  TWOSEAL_TRY_VOID(write_decision_directory(directory, one->files(), Durability::remakeable));
  session.talk("next  twoseal decide " + directory);
  Report report;
  report.fields = {{"name", name}, {"directory", directory}};
  return report;
}

Result<Report> run_run(const Arguments& arguments, const Session& session) {
  std::vector<Outcome> outcomes;
  const auto directory = arguments.find("DIR");
  if (!directory) {
    for (const vectors::Case& one : vectors::all_cases()) {
      session.detail(one.name);
      outcomes.push_back({one.name, vectors::difference(one.files(), one.expected)});
    }
    return report_of(outcomes);
  }
  TWOSEAL_TRY(const auto entries, list_directory(*directory, kVectorsMax));
  for (const DirectoryEntry& entry : entries) {
    if (entry.kind == EntryKind::directory) {
      session.detail(entry.name);
      outcomes.push_back({entry.name, difference_in(*directory + "/" + entry.name)});
    }
  }
  if (outcomes.empty()) {
    return fail(Errc::no_input,
                "holds no directory that could be a vector",
                *directory,
                "make some with: twoseal vectors export --all DIR");
  }
  return report_of(outcomes);
}

constexpr Operand kExportOperands[] = {{"CASE", "the name of a vector", Occurs::optional},
                                       {"DIR", "the directory to make for it", Occurs::optional}};
constexpr Flag kExportFlags[] = {
    {"--all", "DIR", "make DIR and export every vector into a directory of its name in it"}};
constexpr Operand kRunOperands[] = {
    {"DIR",
     "a directory of decision directories; the built-in vectors without it",
     Occurs::optional}};
constexpr std::string_view kListExamples[] = {"twoseal vectors list"};
constexpr std::string_view kExportExamples[] = {"twoseal vectors export permit-basic case",
                                                "twoseal vectors export --all vectors"};
constexpr std::string_view kRunExamples[] = {"twoseal vectors run"};
constexpr Exit kExportExits[] = {Exit::no_input, Exit::error, Exit::permission, Exit::try_again};
constexpr Exit kRunExits[] = {Exit::verification_failed, Exit::no_input, Exit::permission};

}  // namespace

const Verb kVectorsList = {
    "vectors list",
    Group::decisions,
    "list the built-in test vectors",
    "Each vector is a decision directory and the answer that every implementation must give. Its "
    "name "
    "begins with the code in which it ends, or with permit or nochange.",
    {},
    {},
    kListExamples,
    {},
    OutputFile::report,
    run_list,
};

const Verb kVectorsExport = {
    "vectors export",
    Group::decisions,
    "write vectors as decision directories",
    "Makes the directory and puts every file of the vector into it, expect.json with the expected "
    "answer "
    "among them. Keys come from published seeds and are good for nothing else.",
    kExportOperands,
    kExportFlags,
    kExportExamples,
    kExportExits,
    OutputFile::report,
    run_export,
};

const Verb kVectorsRun = {
    "vectors run",
    Group::decisions,
    "decide vectors and compare with what they expect",
    "Without a directory all built-in vectors are made and decided; with one, every directory in "
    "it that "
    "has an expect.json. The last line says how many there were and how many agree.",
    kRunOperands,
    {},
    kRunExamples,
    kRunExits,
    OutputFile::report,
    run_run,
};

}  // namespace twoseal::cli
