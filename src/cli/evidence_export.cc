// twoseal evidence export
#include <algorithm>
#include <set>

#include "cli/client/assumed_memory.h"
#include "cli/client/known_change.h"
#include "cli/evidence/evidence_file.h"
#include "cli/verb_list.h"
#include "codec/objects.h"

namespace twoseal::cli {
namespace {

constexpr int kMomentsTried = 10;
constexpr int kRounds = 5;

struct PackedCase {
  Files files;
  bool then = false;  ///< as the host had it when it decided; else as it is now
};

// The documents from the first on, so that who checks them needs nothing else.
Query from_the_first(const HostId& host) {
  return {{"host", host.text()},
          {"roster", "0"},
          {"policy", "0"},
          {"restrictions", "0"},
          {"checkpoint", "0"}};
}

DecisionInputs inputs_of(const Client& client, const HostId& host, UnixSeconds clock) {
  DecisionInputs inputs;
  inputs.clock = clock;
  inputs.host = host;
  inputs.org = client.profile.org;
  return inputs;
}

Result<Files> files_of(Client& client, const Digest& change, const Query& query) {
  TWOSEAL_TRY(Files files, client.api.get_files("/v1/changes/" + change.hex() + "/files", query));
  for (const char* needed : {"checkpoint.txt", "fresh.json"}) {
    if (!files.contains(needed)) {
      return fail(Errc::bad_http, std::string("the server sent no ") + needed);
    }
  }
  return files;
}

Result<PackedCase> case_of_now(Client& client, const Digest& change, const HostId& host) {
  PackedCase packed;
  TWOSEAL_TRY(packed.files, files_of(client, change, from_the_first(host)));
  packed.files["inputs.json"] = codec::encode(inputs_of(client, host, client.trust.now()));
  return packed;
}

Result<void> add_memory(const Digest& org, const HostId& host, Files& files) {
  AgentState state;
  state.org = org;
  TWOSEAL_TRY_VOID(assume_memory(files, host, state));
  if (!state.scopes.empty() || !state.applied.empty()) {
    files["state.json"] = codec::encode(state);
  }
  return {};
}

// What the host had right before entry `before`, its own result, decided at the moment of the
// freshness statement. Of those that it may have had the newest that lets it; for a refusal and
// where none does, the newest.
Result<std::optional<PackedCase>> case_before(
    Client& client, const Digest& change, const HostId& host, std::int64_t before, bool refused) {
  std::optional<PackedCase> newest;
  Query query = from_the_first(host);
  query["before"] = std::to_string(before);
  for (int i = 0; i < kMomentsTried; ++i) {
    auto files = files_of(client, change, query);
    if (!files && files.error().code == Errc::not_found) {
      break;  // none that is older was kept
    }
    if (!files) {
      return std::unexpected(files.error());
    }
    PackedCase packed{*std::move(files), true};
    TWOSEAL_TRY(const Fresh fresh, codec::decode<Fresh>(packed.files.at("fresh.json")));
    const DecisionInputs inputs = inputs_of(client, host, fresh.at);
    if (!refused) {
      TWOSEAL_TRY_VOID(add_memory(client.profile.org, host, packed.files));
    }
    const bool lets = decide(packed.files, inputs, Anchor::first_roster).answer != Answer::refuse;
    packed.files["inputs.json"] = codec::encode(inputs);
    if (lets || refused) {
      return std::optional(std::move(packed));
    }
    if (!newest) {
      newest = std::move(packed);
    }
    query["until"] = std::to_string(fresh.at - 1);
  }
  return newest;
}

bool is_refusal(const std::string& outcome) {
  return outcome.starts_with("refused") || outcome == "stale";
}

// What the host signed about the change, apart from what it decided from.
Result<void> add_ending(Client& client, const Digest& change, const HostId& host, Files& files) {
  TWOSEAL_TRY(const Files words,
              client.api.get_files("/v1/changes/" + change.hex() + "/files",
                                   {{"host", host.text()}, {"ended", "true"}}));
  for (const auto& [path, bytes] : words) {
    files["ended/" + path] = bytes;
  }
  return {};
}

// The first of what is known of the host's words: what it decided for, before it was taken back.
Result<PackedCase> case_of(Client& client, const Digest& change, const HostId& host) {
  TWOSEAL_TRY(const codec::PlainJson page,
              client.api.get("/v1/changes/" + change.hex() + "/results", {{"host", host.text()}}));
  if (page.at("results").list().empty()) {
    return case_of_now(client, change, host);
  }
  const codec::PlainJson& first = page.at("results").list().front();
  TWOSEAL_TRY(auto then,
              case_before(client,
                          change,
                          host,
                          first.at("index").integer(),
                          is_refusal(first.at("outcome").text())));
  TWOSEAL_TRY(PackedCase packed,
              then ? Result<PackedCase>(*std::move(then)) : case_of_now(client, change, host));
  TWOSEAL_TRY_VOID(add_ending(client, change, host, packed.files));
  return packed;
}

constexpr const char* kNote = "checkpoint.txt";
constexpr const char* kNoteOfEnding = "ended/checkpoint.txt";

// All cases of a file lie in one log: a checkpoint that came in between means to begin again.
bool one_checkpoint(const EvidenceCases& cases) {
  return std::all_of(cases.begin(), cases.end(), [&](const auto& one) {
    const Bytes& wanted = cases.begin()->second.at(kNote);
    const auto ending = one.second.find(kNoteOfEnding);
    return one.second.at(kNote) == wanted &&
           (ending == one.second.end() || ending->second == wanted);
  });
}

struct Version {
  Digest digest;
  std::vector<TargetHost> hosts;
  std::string suffix;  ///< behind the names of its cases
};

// The change with those of its earlier versions that hosts have said something about.
Result<std::vector<Version>> versions_of(Client& client, const KnownChange& known) {
  std::vector<Version> versions = {
      {known.digest, known.change().targets.hosts.value_or(std::vector<TargetHost>()), ""}};
  codec::PlainJson page = known.page;
  std::set<Digest> seen = {known.digest};  // a server could name them in a ring
  while (page.at("replaces").present()) {
    TWOSEAL_TRY(page, fetch_page(client.api, page.at("replaces").text()));
    Version version;
    TWOSEAL_TRY(version.digest, Digest::parse(page.at("digest").text()));
    if (!seen.insert(version.digest).second) {
      return fail(Errc::bad_http, "the server names a version of the change twice");
    }
    version.suffix = "." + std::to_string(page.at("version").integer());
    TWOSEAL_TRY(const codec::PlainJson results,
                client.api.get("/v1/changes/" + version.digest.hex() + "/results"));
    if (results.at("results").list().empty()) {
      continue;
    }
    for (const codec::PlainJson& one : page.at("targets").list()) {
      TWOSEAL_TRY(HostId host, HostId::parse(one.at("host").text()));
      version.hosts.push_back({std::move(host), one.at("name").text()});
    }
    versions.push_back(std::move(version));
  }
  return versions;
}

Result<EvidenceCases> pack(Client& client,
                           const std::vector<Version>& versions,
                           const Session& session) {
  EvidenceCases cases;
  for (const Version& version : versions) {
    for (const TargetHost& host : version.hosts) {
      TWOSEAL_TRY(PackedCase packed, case_of(client, version.digest, host.id));
      std::string name = host.name + version.suffix;
      while (cases.contains(name)) {
        name += "_";  // another host is called so
      }
      session.detail("packed the decision of " + name + (packed.then ? "" : ", as of now"));
      cases[name] = std::move(packed.files);
    }
  }
  return cases;
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("--change")));
  TWOSEAL_TRY(const std::vector<Version> versions, versions_of(client, known));
  TWOSEAL_TRY(EvidenceCases cases, pack(client, versions, session));
  for (int i = 1; i < kRounds && !one_checkpoint(cases); ++i) {
    TWOSEAL_TRY(cases, pack(client, versions, session));
  }
  if (!one_checkpoint(cases)) {
    return fail(Errc::try_again, "the log grew each time while the decisions were fetched");
  }
  if (cases.empty()) {
    return fail(Errc::usage, known.number + " has no hosts that could decide");
  }
  for (auto& [name, files] : cases) {
    files.erase(kNoteOfEnding);
  }
  TWOSEAL_TRY(Bytes file, make_evidence(cases));
  session.talk("packed " + known.number + " with the decisions of " + std::to_string(cases.size()) +
               (cases.size() == 1 ? " host, " : " hosts, ") + std::to_string(file.size()) +
               " bytes");
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
    "Fetches what every host of the change decided from, as it was when the host decided: "
    "documents "
    "from the first roster on, the change, the statements about it, proofs that the log holds "
    "them. "
    "A host that has not said anything yet is shown as it would decide now. Each case is decided "
    "again while it is packed; what was done before in an earlier version of the change comes with "
    "it, as NAME.VERSION. twoseal verify checks the file without any server.",
    {},
    kFlags,
    kExamples,
    kClientExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
