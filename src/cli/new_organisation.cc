#include "cli/new_organisation.h"

#include <algorithm>

#include "authoring/hosts_yaml.h"
#include "authoring/people_yaml.h"
#include "authoring/policy_yaml.h"
#include "base/os_clock.h"
#include "base/os_file.h"
#include "base/os_terminal.h"
#include "base/wipe.h"
#include "cli/decision_directory.h"
#include "cli/key_words.h"
#include "cli/ledger_store.h"
#include "cli/yaml_files.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "crypto/x25519.h"
#include "storage/memory/memory_store.h"
#include "workflow/ledger_view.h"
#include "workflow/organisation.h"

namespace twoseal::cli {
namespace {

using authoring::Profile;

constexpr std::size_t kTeamRootKeys = 3;

// Keys that are made before anything is written, by the path they will have.
using NewKeys = std::vector<std::pair<std::string, std::string>>;

PrivateKey add_key(NewKeys& keys, const std::string& name, PrivateKey key) {
  keys.emplace_back(name, to_pkcs8_pem(key));
  return key;
}

Result<void> write_keys(const std::string& directory, NewKeys& keys) {
  TWOSEAL_TRY_VOID(make_directory(directory, Access::owner, Existing::replace));
  for (auto& [name, text] : keys) {
    if (const auto slash = name.find('/'); slash != std::string::npos) {
      TWOSEAL_TRY_VOID(make_directory(
          directory + "/" + name.substr(0, slash), Access::owner, Existing::replace));
    }
    TWOSEAL_TRY_VOID(write_file(directory + "/" + name, text, Access::owner, Existing::keep));
    wipe(text);
  }
  return {};
}

// --- the first run ----------------------------------------------------------------------------

struct Plan {
  const OrganisationOrder& order;
  UnixSeconds now = 0;
  NewKeys keys;
  std::vector<std::string> pins;  ///< of the server's TLS keys
  std::optional<PrivateKey> spare;
  Files files;
};

Bytes nonce() {
  return random_bytes(limits::kNonceSize);
}

Result<authoring::RosterContext> roster_context(Plan& plan) {
  authoring::RosterContext context;
  context.profile = plan.order.profile;
  context.now = plan.now;
  context.nonce = nonce();
  const PrivateKey log = add_key(plan.keys, "log.key", PrivateKey::generate());
  context.log.origin = plan.order.domain + "/twoseal/log1";
  TWOSEAL_TRY(const NoteKey vkey, NoteKey::make(context.log.origin, log.public_key().point()));
  context.log.vkeys = {vkey.text()};
  const PrivateKey timekeeper = add_key(plan.keys, "timekeeper.key", PrivateKey::generate());
  context.timekeepers = {{{timekeeper.public_key().id(), timekeeper.public_key().encoded()}}, 1};
  for (const char* name : {"tls-server.key", "tls-spare.key"}) {
    const PrivateKey tls = add_key(plan.keys, name, PrivateKey::generate_p256());
    context.server_spki.push_back(sha256(tls.public_key().spki()));
    plan.pins.push_back(context.server_spki.back().text());
  }
  return context;
}

// A team has three root keys: two people hold one each, the third is printed.
void add_spare(Plan& plan, Roster& roster) {
  if (plan.order.profile != Profile::team || roster.root.keys.size() >= kTeamRootKeys) {
    return;
  }
  plan.spare = PrivateKey::generate();
  roster.root.keys.push_back({plan.spare->public_key().id(), plan.spare->public_key().encoded()});
}

authoring::HostsContext hosts_context(Plan& plan,
                                      const Roster& roster,
                                      const Digest& org,
                                      bool make_keys) {
  authoring::HostsContext context;
  context.profile = plan.order.profile;
  context.org = org;
  context.now = plan.now;
  context.nonce = nonce;
  context.roster = &roster;
  if (make_keys) {
    context.keys = [&plan](const std::string& name) -> Result<HostKeys> {
      const std::string folder = "host-" + name + "/";
      const PrivateKey identity = PrivateKey::generate();
      plan.keys.emplace_back(folder + "identity", to_openssh(identity, name));
      const PrivateKey tls = add_key(plan.keys, folder + "tls.key", PrivateKey::generate_p256());
      X25519Key age = generate_x25519();
      plan.keys.emplace_back(folder + "age.key", std::move(age.pem));
      return HostKeys{
          std::move(age.pub), identity.public_key().encoded(), sha256(tls.public_key().spki())};
    };
  }
  return context;
}

Result<authoring::CompiledPolicy> compile_policy_of(const Plan& plan,
                                                    const Roster& roster,
                                                    const Digest& org) {
  authoring::PolicyContext context;
  context.profile = plan.order.profile;
  context.org = org;
  context.now = plan.now;
  context.policy.nonce = nonce();
  context.restrictions.nonce = nonce();
  context.roster = &roster;
  const auto& path = plan.order.policy;
  if (!path) {
    return authoring::compile_shipped_policy(context);
  }
  TWOSEAL_TRY(const Bytes text, read_file(*path, authoring::kYamlMax));
  return authoring::compile_policy({text, *path}, context);
}

// Everything that will be signed. Gives what the profile says against it.
struct Documents {
  Digest org;
  Roster roster;
  Policy policy;
  std::vector<std::string> advice;
};

// None when there is no hosts.yaml: hosts join later.
Result<std::vector<Assignment>> make_assignments(Plan& plan, const Documents& documents) {
  std::vector<Assignment> assignments;
  if (!plan.order.hosts) {
    return assignments;
  }
  const std::string& hosts = *plan.order.hosts;
  TWOSEAL_TRY(const Bytes text, read_file(hosts, authoring::kYamlMax));
  TWOSEAL_TRY(const auto assigned,
              authoring::compile_hosts(
                  {text, hosts},
                  reader_beside(hosts),
                  hosts_context(plan, documents.roster, documents.org, plan.order.make_host_keys)));
  for (const auto& one : assigned) {
    assignments.push_back(one.assignment);
  }
  return assignments;
}

Result<Documents> make_documents(Plan& plan) {
  const std::string& people = plan.order.people;
  TWOSEAL_TRY(const auto context, roster_context(plan));
  TWOSEAL_TRY(const Bytes people_text, read_file(people, authoring::kYamlMax));
  TWOSEAL_TRY(auto compiled,
              authoring::compile_people({people_text, people}, reader_beside(people), context));
  Documents documents;
  documents.roster = std::move(compiled.roster);
  add_spare(plan, documents.roster);
  const Bytes roster_bytes = codec::encode(documents.roster);
  documents.org = sha256(roster_bytes);
  TWOSEAL_TRY(auto policy, compile_policy_of(plan, documents.roster, documents.org));
  documents.policy = std::move(policy.policy);
  TWOSEAL_TRY(const auto assignments, make_assignments(plan, documents));
  auto check =
      authoring::check_profile(plan.order.profile, documents.roster, documents.policy, assignments);
  if (!check.faults.empty()) {
    std::string what;
    for (const std::string& fault : check.faults) {
      what += (what.empty() ? "" : "\n  ") + fault;
    }
    return fail(Errc::bad_field, what, people, "correct the files and run the command again");
  }
  documents.advice = std::move(check.advice);
  plan.files = assignment_files(assignments, documents.org);
  plan.files["roster/1.json"] = roster_bytes;
  plan.files["policy/1.json"] = std::move(policy.policy_bytes);
  plan.files["restrictions/1.json"] = std::move(policy.restrictions_bytes);
  return documents;
}

std::vector<BatchFile> batches_of(const Files& files) {
  std::vector<BatchFile> batches;
  for (const auto& [env, path] : batch_paths(files)) {
    batches.push_back({env, path});
  }
  return batches;
}

Result<std::vector<SigningTask>> tasks_of(const Roster& roster,
                                          const Policy& policy,
                                          const Files& files) {
  TWOSEAL_TRY(const Keyring keyring, Keyring::build(roster));
  return signing_tasks(keyring, policy, batches_of(files));
}

// Shown once, on the terminal alone, and confirmed by nobody: it can be made anew until the first
// signature.
Result<void> show_spare(const PrivateKey& spare) {
  std::string text =
      "\nThe spare root key. Write these 24 words on paper and lock them away; they are shown "
      "only\n"
      "now and kept nowhere. twoseal key restore makes a key file of them again.\n\n";
  std::string words = key_words(spare);
  text += words + "\n";
  auto shown = show_on_terminal(text);
  wipe(words);
  wipe(text);
  return shown;
}

Result<void> write_first_run(Plan& plan) {
  const std::string& private_path = plan.order.private_path;
  for (const std::string& path : {plan.order.directory, private_path}) {
    if (path_exists(path)) {
      return fail(Errc::exists_already, "is there already", path);
    }
  }
  if (plan.order.parent) {
    TWOSEAL_TRY_VOID(make_directory(*plan.order.parent, Access::owner, Existing::replace));
  }
  if (plan.spare) {
    TWOSEAL_TRY_VOID(show_spare(*plan.spare));
  }
  TWOSEAL_TRY_VOID(write_keys(private_path, plan.keys));
  TWOSEAL_TRY_VOID(write_decision_directory(plan.order.directory, plan.files));
  return make_directory(plan.order.directory + "/statements", Access::everybody, Existing::keep);
}

Files merged(Files files, const Files& renewed) {
  // Proofs are for one size of the log; those of the size before have gone.
  std::erase_if(files, [](const auto& file) { return file.first.starts_with("proofs/"); });
  for (const auto& [path, bytes] : renewed) {
    files[path] = bytes;
  }
  return files;
}

Result<void> write_renewed(const std::string& directory,
                           const Files& before,
                           const Files& renewed) {
  TWOSEAL_TRY_VOID(write_into_directory(directory, renewed));
  for (const auto& [path, bytes] : before) {
    if (path.starts_with("proofs/") && !renewed.contains(path)) {
      TWOSEAL_TRY_VOID(remove_file(directory + "/" + path));
    }
  }
  return {};
}

// The empty log's checkpoint, which the first statements say to have seen.
Result<void> keep_first_checkpoint(const ServerKeys& keys,
                                   const std::string& origin,
                                   const std::string& path) {
  if (path_exists(path)) {
    return {};
  }
  TWOSEAL_TRY(const NoteKey key, NoteKey::make(origin, keys.log.public_key().point()));
  TWOSEAL_TRY(const Bytes note,
              sign_checkpoint({origin, 0, empty_root()}, key, [&](BytesView text) -> Result<Bytes> {
                return keys.log.sign_raw(text);
              }));
  return write_file(path, note, Access::everybody, Existing::keep);
}

// Documents that the log has not put in force: too few signed them.
Result<void> add_unsigned(const Store& store, const Digest& org, std::vector<Reason>& reasons) {
  LedgerView view(store, org);
  TWOSEAL_TRY_VOID(view.load(1));
  const auto documents = view.documents();
  const auto add = [&](bool in_force, Step step, Errc code, const std::string& name) {
    const bool known = std::any_of(
        reasons.begin(), reasons.end(), [&](const Reason& one) { return one.step == step; });
    if (!in_force && !known) {
      reasons.push_back({step, code, error_info(code).exit, name + " is not signed by enough"});
    }
  };
  add(documents->roster != nullptr, Step::roster, Errc::refuse_r1, "the roster");
  add(documents->policy != nullptr, Step::policy, Errc::refuse_p1, "the policy");
  add(documents->restrictions != nullptr,
      Step::policy,
      Errc::refuse_p1,
      "the list of restrictions");
  return {};
}

// What a renewal of `store` would leave to be done.
Result<std::vector<Reason>> reasons_left(const Files& files,
                                         const Organisation& organisation,
                                         const Store& store,
                                         UnixSeconds now) {
  auto reasons = document_reasons(files, organisation, now);
  TWOSEAL_TRY_VOID(add_unsigned(store, organisation.org, reasons));
  return reasons;
}

Result<ContinuedOrganisation> pending(const Organisation& organisation,
                                      const Files& files,
                                      std::vector<Reason> reasons) {
  ContinuedOrganisation continued;
  continued.org = organisation.org;
  continued.pending = std::move(reasons);
  TWOSEAL_TRY(continued.tasks,
              tasks_of(organisation.roster->value, organisation.policy->value, files));
  std::erase_if(continued.tasks,
                [&](const SigningTask& task) { return files.contains(task.record); });
  return continued;
}

Result<ServerKeys> read_server_keys(const std::string& private_path) {
  TWOSEAL_TRY(PrivateKey log, read_service_key(private_path + "/log.key"));
  TWOSEAL_TRY(PrivateKey timekeeper, read_service_key(private_path + "/timekeeper.key"));
  return ServerKeys{std::move(log), std::move(timekeeper)};
}

}  // namespace

Result<MadeOrganisation> make_organisation(const OrganisationOrder& order) {
  Plan plan{.order = order, .now = SystemClock().now()};
  TWOSEAL_TRY(const Documents documents, make_documents(plan));
  TWOSEAL_TRY(auto tasks, tasks_of(documents.roster, documents.policy, plan.files));
  TWOSEAL_TRY_VOID(write_first_run(plan));
  return MadeOrganisation{documents.org,
                          documents.roster.log.vkeys.front(),
                          std::move(plan.pins),
                          documents.advice,
                          std::move(tasks)};
}

Result<ContinuedOrganisation> continue_organisation(const OrganisationPlaces& places,
                                                    const std::optional<std::string>& host_name) {
  TWOSEAL_TRY(const Files files, read_decision_directory(places.directory));
  TWOSEAL_TRY(const Organisation organisation, read_organisation(files, places.directory));
  TWOSEAL_TRY(const ServerKeys keys, read_server_keys(places.private_path));
  std::optional<HostId> host;
  if (host_name) {
    TWOSEAL_TRY(host, find_host(organisation, *host_name));
  }
  const UnixSeconds now = SystemClock().now();
  if (!path_exists(places.ledger)) {
    // A rehearsal: nothing is opened before everything suffices.
    const auto rehearsal = make_memory_store();
    TWOSEAL_TRY(const Files renewed, renew(files, organisation, keys, *rehearsal, now, host));
    TWOSEAL_TRY(auto reasons, reasons_left(merged(files, renewed), organisation, *rehearsal, now));
    if (!reasons.empty()) {
      return pending(organisation, files, std::move(reasons));
    }
  }
  TWOSEAL_TRY(const auto store, open_store(places.ledger, OpenMode::either));
  TWOSEAL_TRY_VOID(keep_first_checkpoint(
      keys, organisation.roster->value.log.origin, places.private_path + "/checkpoint-0.txt"));
  TWOSEAL_TRY(const Files renewed, renew(files, organisation, keys, *store, now, host));
  TWOSEAL_TRY(auto reasons, reasons_left(merged(files, renewed), organisation, *store, now));
  TWOSEAL_TRY_VOID(write_renewed(places.directory, files, renewed));
  TWOSEAL_TRY(const LedgerHead head, store->head());
  if (!reasons.empty()) {
    TWOSEAL_TRY(ContinuedOrganisation continued, pending(organisation, files, std::move(reasons)));
    continued.written = true;
    continued.size = head.size;
    return continued;
  }
  return ContinuedOrganisation{
      .org = organisation.org, .complete = true, .written = true, .size = head.size};
}

Report pending_report(const ContinuedOrganisation& continued, const std::string& directory) {
  Report report;
  Json::Array list;
  for (const Reason& reason : continued.pending) {
    const std::string_view code = error_info(reason.code).refusal;
    report.text += "pending  " + std::string(code) + "  " + reason.text + "\n";
    list.emplace_back(Json::Object{{"code", code}, {"text", reason.text}});
  }
  report.text += "\n" + tasks_text(continued.tasks, directory);
  report.fields = {{"complete", false},
                   {"org", continued.org.text()},
                   {"pending", list},
                   {"tasks", tasks_json(continued.tasks, directory)}};
  report.exit = Exit::pending;
  return report;
}

Result<Profile> profile_named(const std::string& text) {
  const auto profile = authoring::parse_profile(text);
  return profile ? Result<Profile>(*profile)
                 : fail(Errc::usage,
                        "there is no profile '" + text + "'",
                        "",
                        "use one of: demo, solo, team");
}

}  // namespace twoseal::cli
