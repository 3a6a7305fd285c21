// twoseal evidence export
#include "cli/client/known_change.h"
#include "cli/evidence/evidence_file.h"
#include "cli/verb_list.h"
#include "codec/objects.h"

namespace twoseal::cli {
namespace {

// The decision of one host, from the first roster on, so that who checks it needs nothing else.
Result<Files> case_of(Client& client, const Digest& change, const HostId& host, UnixSeconds clock) {
  TWOSEAL_TRY(Files files,
              client.api.get_files("/v1/changes/" + change.hex() + "/files",
                                   {{"host", host.text()},
                                    {"roster", "0"},
                                    {"policy", "0"},
                                    {"restrictions", "0"},
                                    {"checkpoint", "0"}}));
  DecisionInputs inputs;
  inputs.clock = clock;
  inputs.host = host;
  inputs.org = client.profile.org;
  files["inputs.json"] = codec::encode(inputs);
  return files;
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("--change")));
  EvidenceCases cases;
  for (const TargetHost& target :
       known.change().targets.hosts.value_or(std::vector<TargetHost>())) {
    TWOSEAL_TRY(cases[target.name], case_of(client, known.digest, target.id, client.trust.now()));
    session.detail("packed the decision of " + target.name);
  }
  if (cases.empty()) {
    return fail(Errc::usage, known.number + " has no hosts that could decide");
  }
  TWOSEAL_TRY(Bytes file, make_evidence(cases));
  session.talk("packed " + known.number + " with the decisions of " + std::to_string(cases.size()) +
               " hosts, " + std::to_string(file.size()) + " bytes");
  session.talk("next  twoseal verify FILE --org " + client.profile.org.text());
  Report report;
  report.fields = {{"number", known.number},
                   {"change", known.digest.text()},
                   {"cases", static_cast<std::int64_t>(cases.size())},
                   {"size", static_cast<std::int64_t>(file.size())}};
  report.bytes = std::move(file);
  return report;
}

constexpr Flag kFlags[] = {
    {"--change", "CHANGE", "CHG-42, or its digest", true},
    kProfileFlag,
};
constexpr std::string_view kExamples[] = {
    "twoseal evidence export --change CHG-42 -o chg-42.evidence"};

}  // namespace

const Verb kEvidenceExport = {
    "evidence export",
    Group::ledger,
    "fetch and pack the proof of a change",
    "Fetches what every host of the change decided from: documents from the first roster on, the "
    "change, all statements about it, proofs that the log holds them. Each case is decided again "
    "while it is packed. twoseal verify checks the file without any server.",
    {},
    kFlags,
    kExamples,
    kClientExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
