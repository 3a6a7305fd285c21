// twoseal verify, twoseal evidence pack
#include "base/limits.h"
#include "base/os_file.h"
#include "cli/decision_directory.h"
#include "cli/evidence/evidence_file.h"
#include "cli/verb_list.h"
#include "codec/archive.h"

namespace twoseal::cli {
namespace {

std::string_view word_of(EvidenceAnswer answer) {
  switch (answer) {
    case EvidenceAnswer::valid:
      return "VALID";
    case EvidenceAnswer::consistent:
      return "CONSISTENT, org not anchored";
    case EvidenceAnswer::pending:
      return "PENDING";
    case EvidenceAnswer::invalid:
      break;
  }
  return "INVALID";
}

Exit exit_of(EvidenceAnswer answer) {
  switch (answer) {
    case EvidenceAnswer::valid:
      return Exit::done;
    case EvidenceAnswer::consistent:
    case EvidenceAnswer::pending:
      return Exit::pending;
    case EvidenceAnswer::invalid:
      break;
  }
  return Exit::verification_failed;
}

std::string_view next_of(EvidenceAnswer answer) {
  switch (answer) {
    case EvidenceAnswer::valid:
      return "";
    case EvidenceAnswer::consistent:
      return "next    verify again with --org and the digest of the organisation, received from "
             "elsewhere\n";
    case EvidenceAnswer::pending:
      return "next    ask for evidence that reaches the checkpoint you hold\n";
    case EvidenceAnswer::invalid:
      break;
  }
  return "next    ask for the file again; if it stays, it was altered: keep it as proof\n";
}

std::string answer_of(const Decision& decision) {
  return decision.answer == Answer::permit ? "permit"
         : decision.answer == Answer::nochange
             ? "nochange"
             : "refuse " + std::string(error_info(decision.code).refusal);
}

Report report_of(const EvidenceReport& found) {
  Report report;
  Json::Array cases;
  if (!found.cases.empty()) {
    report.text = "org     " + found.org.text() + "\nlog     " + std::to_string(found.log_size) +
                  " entries\n";
  }
  for (const CheckedCase& one : found.cases) {
    report.text += "case    " + one.name + "  " + answer_of(one.decision) +
                   (one.ended.empty() ? "" : ", ended " + one.ended) + "  " + one.title + "\n";
    cases.emplace_back(Json::Object{{"name", one.name},
                                    {"title", one.title},
                                    {"decision", answer_of(one.decision)},
                                    {"ended", one.ended},
                                    {"change", one.decision.change.text()}});
  }
  for (const std::string& problem : found.problems) {
    report.text += "wrong   " + problem + "\n";
  }
  report.text += std::string(next_of(found.answer));
  report.text += std::string(word_of(found.answer)) + "\n";
  report.fields = {{"answer", word_of(found.answer)},
                   {"org", found.org.text()},
                   {"log_size", found.log_size},
                   {"cases", cases},
                   {"problems", json_list(found.problems)}};
  report.exit = exit_of(found.answer);
  return report;
}

Result<Report> run_verify(const Arguments& arguments, const Session&) {
  const std::string path = arguments.text("FILE");
  TWOSEAL_TRY(const Bytes file, read_file(path, codec::kArchiveMax));
  std::optional<Digest> org;
  if (const auto text = arguments.find("--org")) {
    TWOSEAL_TRY(org, Digest::parse(*text));
  }
  std::optional<Bytes> checkpoint;
  if (const auto kept = arguments.find("--checkpoint")) {
    TWOSEAL_TRY(checkpoint, read_file(*kept, limits::kCheckpointMax));
  }
  const EvidenceReport found = check_evidence(file, org, checkpoint);
  if (found.no_archive) {
    return std::unexpected(in_file(*found.no_archive, path));
  }
  return report_of(found);
}

Result<Report> run_pack(const Arguments& arguments, const Session& session) {
  EvidenceCases cases;
  for (const std::string& path : arguments.all("DIR")) {
    std::string name = path.substr(0, path.find_last_not_of('/') + 1);
    name = name.substr(name.rfind('/') + 1);
    if (cases.contains(name)) {
      return fail(Errc::usage, "two directories are called '" + name + "'");
    }
    TWOSEAL_TRY(cases[name], read_decision_directory(path));
  }
  TWOSEAL_TRY(Bytes file, make_evidence(cases));
  session.talk("packed " + std::to_string(cases.size()) + " decisions, " +
               std::to_string(file.size()) + " bytes");
  Report report;
  report.fields = {{"cases", static_cast<std::int64_t>(cases.size())},
                   {"size", static_cast<std::int64_t>(file.size())}};
  report.bytes = std::move(file);
  return report;
}

constexpr Operand kVerifyOperands[] = {{"FILE", "an evidence file"}};
constexpr Flag kVerifyFlags[] = {
    {"--org", "DIGEST", "the digest of the organisation's first roster, received from elsewhere"},
    {"--checkpoint", "FILE", "a signed checkpoint that you kept; the evidence must continue it"},
};
constexpr std::string_view kVerifyExamples[] = {"twoseal verify q3.evidence --org sha256:57b5…"};
constexpr Exit kVerifyExits[] = {
    Exit::verification_failed, Exit::pending, Exit::bad_data, Exit::no_input, Exit::permission};
constexpr Operand kPackOperands[] = {
    {"DIR", "a decision directory; its name is the case's", Occurs::any_number}};
constexpr std::string_view kPackExamples[] = {
    "twoseal evidence pack web-01 web-02 -o change.evidence"};
constexpr Exit kPackExits[] = {Exit::bad_data, Exit::no_input, Exit::permission};

}  // namespace

const Verb kVerify = {
    "verify",
    Group::ledger,
    "check an evidence file offline",
    "Decides every case of the file again from the records in it and compares with what the file "
    "claims. "
    "Nothing but the file is used: no server, no network, no clock.\n\nThe digest given with --org "
    "ties "
    "the file to an organisation that you know. Without it the file can only be shown to be "
    "consistent "
    "with itself, and the exit is 8.",
    kVerifyOperands,
    kVerifyFlags,
    kVerifyExamples,
    kVerifyExits,
    OutputFile::report,
    run_verify,
};

const Verb kEvidencePack = {
    "evidence pack",
    Group::ledger,
    "pack decision directories into an evidence file",
    "Writes one plain zip that holds the directories, the answers they give, a table and a page "
    "for "
    "people. All directories have the same organisation and checkpoint.",
    kPackOperands,
    {},
    kPackExamples,
    kPackExits,
    OutputFile::report,
    run_pack,
};

}  // namespace twoseal::cli
