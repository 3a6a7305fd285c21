// twoseal org new: an organisation out of people.yaml and hosts.yaml, in two runs.
#include <algorithm>

#include "authoring/hosts_yaml.h"
#include "authoring/people_yaml.h"
#include "authoring/policy_yaml.h"
#include "base/os_clock.h"
#include "base/os_file.h"
#include "base/os_terminal.h"
#include "base/wipe.h"
#include "base/words.h"
#include "cli/decision_directory.h"
#include "cli/key_words.h"
#include "cli/ledger_store.h"
#include "cli/signers.h"
#include "cli/verb_list.h"
#include "cli/yaml_files.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "crypto/x25519.h"
#include "storage/memory/memory_store.h"
#include "workflow/organisation.h"

namespace twoseal::cli {
namespace {

using authoring::Profile;

constexpr std::size_t kTeamRootKeys = 3;

// --- the private half -------------------------------------------------------------------------

// Keys and ledger lie beside the directory, never in it: the directory is handed to others.
std::string private_directory(const Arguments& arguments) {
  std::string directory = arguments.text("--dir");
  while (directory.size() > 1 && directory.back() == '/') {
    directory.pop_back();
  }
  return arguments.text("--private", directory + ".private");
}

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
  Profile profile = Profile::team;
  std::string domain;
  std::string directory;
  UnixSeconds now = 0;
  NewKeys keys;
  std::vector<std::string> pins;  ///< of the server's TLS keys
  std::optional<PrivateKey> spare;
  Files files;
};

Result<Plan> plan_from(const Arguments& arguments) {
  for (const char* flag : {"--domain", "--people", "--hosts", "--profile"}) {
    if (!arguments.has(flag)) {
      return fail(Errc::usage, std::string(flag) + " is required, unless --continue is given");
    }
  }
  Plan plan;
  const auto profile = authoring::parse_profile(arguments.text("--profile"));
  if (!profile) {
    return fail(Errc::usage,
                "there is no profile '" + arguments.text("--profile") + "'",
                "",
                "use one of: demo, solo, team");
  }
  plan.profile = *profile;
  plan.domain = arguments.text("--domain");
  if (!is_host_name(plan.domain)) {
    return fail(Errc::usage, "'" + plan.domain + "' is not a domain name");
  }
  if (arguments.has("--make-host-keys") && plan.profile != Profile::demo) {
    return fail(Errc::usage,
                "--make-host-keys goes with --profile demo only: real hosts make their own keys");
  }
  plan.directory = arguments.text("--dir");
  plan.now = SystemClock().now();
  return plan;
}

Bytes nonce() {
  return random_bytes(limits::kNonceSize);
}

Result<authoring::RosterContext> roster_context(Plan& plan) {
  authoring::RosterContext context;
  context.profile = plan.profile;
  context.now = plan.now;
  context.nonce = nonce();
  const PrivateKey log = add_key(plan.keys, "log.key", PrivateKey::generate());
  context.log.origin = plan.domain + "/twoseal/log1";
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
  if (plan.profile != Profile::team || roster.root.keys.size() >= kTeamRootKeys) {
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
  context.profile = plan.profile;
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

Result<authoring::CompiledPolicy> compile_policy_of(const Arguments& arguments,
                                                    const Plan& plan,
                                                    const Roster& roster,
                                                    const Digest& org) {
  authoring::PolicyContext context;
  context.profile = plan.profile;
  context.org = org;
  context.now = plan.now;
  context.policy.nonce = nonce();
  context.restrictions.nonce = nonce();
  context.roster = &roster;
  const auto path = arguments.find("--policy");
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

Result<Documents> make_documents(const Arguments& arguments, Plan& plan) {
  const std::string people = arguments.text("--people");
  const std::string hosts = arguments.text("--hosts");
  TWOSEAL_TRY(const auto context, roster_context(plan));
  TWOSEAL_TRY(const Bytes people_text, read_file(people, authoring::kYamlMax));
  TWOSEAL_TRY(auto compiled,
              authoring::compile_people({people_text, people}, reader_beside(people), context));
  Documents documents;
  documents.roster = std::move(compiled.roster);
  add_spare(plan, documents.roster);
  const Bytes roster_bytes = codec::encode(documents.roster);
  documents.org = sha256(roster_bytes);
  TWOSEAL_TRY(auto policy, compile_policy_of(arguments, plan, documents.roster, documents.org));
  documents.policy = std::move(policy.policy);
  TWOSEAL_TRY(const Bytes hosts_text, read_file(hosts, authoring::kYamlMax));
  TWOSEAL_TRY(
      const auto assigned,
      authoring::compile_hosts(
          {hosts_text, hosts},
          reader_beside(hosts),
          hosts_context(plan, documents.roster, documents.org, arguments.has("--make-host-keys"))));
  std::vector<Assignment> assignments;
  for (const auto& one : assigned) {
    assignments.push_back(one.assignment);
  }
  auto check =
      authoring::check_profile(plan.profile, documents.roster, documents.policy, assignments);
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

Result<void> write_first_run(Plan& plan, const std::string& private_path) {
  for (const std::string& path : {plan.directory, private_path}) {
    if (path_exists(path)) {
      return fail(Errc::exists_already, "is there already", path);
    }
  }
  if (plan.spare) {
    TWOSEAL_TRY_VOID(show_spare(*plan.spare));
  }
  TWOSEAL_TRY_VOID(write_keys(private_path, plan.keys));
  TWOSEAL_TRY_VOID(write_decision_directory(plan.directory, plan.files));
  return make_directory(plan.directory + "/statements", Access::everybody, Existing::keep);
}

Result<Report> run_first(const Arguments& arguments, const Session& session) {
  if (arguments.has("--host")) {
    return fail(Errc::usage, "--host goes with --continue");
  }
  TWOSEAL_TRY(Plan plan, plan_from(arguments));
  const std::string private_path = private_directory(arguments);
  TWOSEAL_TRY(const Documents documents, make_documents(arguments, plan));
  TWOSEAL_TRY(const auto tasks, tasks_of(documents.roster, documents.policy, plan.files));
  TWOSEAL_TRY_VOID(write_first_run(plan, private_path));
  for (const std::string& advice : documents.advice) {
    session.talk("note  " + advice);
  }
  session.talk("made  " + plan.directory + " (to be signed and handed on) and " + private_path +
               " (0700: keys of log, timekeeper and server; keep a copy where nobody can read it)");
  session.talk(
      "next  each signer compares the words, puts the own key file for KEY, and signs; then: "
      "twoseal org new --continue --dir " +
      plan.directory);
  Report report;
  report.text = "organisation  " + documents.org.text() + "\nwords         " +
                digest_words_text(documents.org) + "\ntls pin       " + plan.pins[0] +
                "\nspare pin     " + plan.pins[1] + "\n\n" + tasks_text(tasks, plan.directory);
  report.fields = {{"org", documents.org.text()},
                   {"words", digest_words_text(documents.org)},
                   {"directory", plan.directory},
                   {"private", private_path},
                   {"tls_pins", json_list(plan.pins)},
                   {"vkey", documents.roster.log.vkeys.front()},
                   {"advice", json_list(documents.advice)},
                   {"tasks", tasks_json(tasks, plan.directory)}};
  return report;
}

// --- the second run ---------------------------------------------------------------------------

// What is still missing, with the commands whose records are not there yet.
Result<Report> pending_report(const Organisation& organisation,
                              const Files& files,
                              const std::vector<Reason>& reasons,
                              const std::string& directory) {
  TWOSEAL_TRY(auto tasks, tasks_of(organisation.roster->value, organisation.policy->value, files));
  std::erase_if(tasks, [&](const SigningTask& task) { return files.contains(task.record); });
  Report report;
  Json::Array list;
  for (const Reason& reason : reasons) {
    const std::string_view code = error_info(reason.code).refusal;
    report.text += "pending  " + std::string(code) + "  " + reason.text + "\n";
    list.emplace_back(Json::Object{{"code", code}, {"text", reason.text}});
  }
  report.text += "\n" + tasks_text(tasks, directory);
  report.fields = {{"complete", false},
                   {"org", organisation.org.text()},
                   {"pending", list},
                   {"tasks", tasks_json(tasks, directory)}};
  report.exit = Exit::pending;
  return report;
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

Result<Report> run_continue(const Arguments& arguments, const Session& session) {
  for (const char* flag : {"--domain", "--people", "--hosts", "--profile", "--policy"}) {
    if (arguments.has(flag)) {
      return fail(Errc::usage, std::string(flag) + " was decided in the first run");
    }
  }
  const std::string directory = arguments.text("--dir");
  const std::string private_path = private_directory(arguments);
  TWOSEAL_TRY(const Files files, read_decision_directory(directory));
  TWOSEAL_TRY(const Organisation organisation, read_organisation(files, directory));
  TWOSEAL_TRY(PrivateKey log, read_service_key(private_path + "/log.key"));
  TWOSEAL_TRY(PrivateKey timekeeper, read_service_key(private_path + "/timekeeper.key"));
  const ServerKeys keys{std::move(log), std::move(timekeeper)};
  std::optional<HostId> host;
  if (const auto name = arguments.find("--host")) {
    TWOSEAL_TRY(host, find_host(organisation, *name));
  }
  const UnixSeconds now = SystemClock().now();
  const std::string ledger = private_path + "/ledger.db";
  if (!path_exists(ledger)) {
    // A rehearsal: nothing is opened before everything suffices.
    const auto rehearsal = make_memory_store();
    TWOSEAL_TRY(const Files renewed, renew(files, organisation, keys, *rehearsal, now, host));
    const auto reasons = document_reasons(merged(files, renewed), organisation, now);
    if (!reasons.empty()) {
      session.talk("next  collect what is missing and run this command again; nothing was written");
      return pending_report(organisation, files, reasons, directory);
    }
  }
  TWOSEAL_TRY(const auto store, open_store(ledger, OpenMode::either));
  TWOSEAL_TRY_VOID(keep_first_checkpoint(
      keys, organisation.roster->value.log.origin, private_path + "/checkpoint-0.txt"));
  TWOSEAL_TRY(const Files renewed, renew(files, organisation, keys, *store, now, host));
  const auto reasons = document_reasons(merged(files, renewed), organisation, now);
  TWOSEAL_TRY_VOID(write_renewed(directory, files, renewed));
  if (!reasons.empty()) {
    return pending_report(organisation, files, reasons, directory);
  }
  TWOSEAL_TRY(const LedgerHead head, store->head());
  session.talk("made  checkpoint, proofs and freshness in " + directory +
               "; good for a day, then run this command again");
  session.talk("next  put a change into it, sign it, and decide: twoseal decide " + directory +
               " --host h:…");
  Report report;
  report.text = "organisation  " + organisation.org.text() + "\nwords         " +
                digest_words_text(organisation.org) + "\nledger        " +
                std::to_string(head.size) + " entries\n";
  report.fields = {{"complete", true},
                   {"org", organisation.org.text()},
                   {"words", digest_words_text(organisation.org)},
                   {"size", head.size}};
  return report;
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  return arguments.has("--continue") ? run_continue(arguments, session)
                                     : run_first(arguments, session);
}

constexpr Flag kFlags[] = {
    {"--dir", "DIR", "the directory of the organisation: made by the first run", true},
    {"--domain", "NAME", "the organisation's domain; the log is named after it"},
    {"--people", "FILE", "people.yaml: who exists, with which roles and keys; root keys"},
    {"--hosts", "FILE", "hosts.yaml: hosts with environment, labels and keys"},
    {"--profile", "NAME", "demo, solo or team"},
    {"--policy", "FILE", "policy.yaml; without it the policy that comes with the profile"},
    {"--make-host-keys", "", "make the keys of the hosts; in the profile demo only"},
    {"--continue", "", "the second run, and every renewal after it"},
    {"--host", "ID", "with --continue: the host that DIR decides for, by id or name"},
    {"--private", "DIR", "where keys and ledger lie, instead of DIR.private"},
};
constexpr std::string_view kExamples[] = {
    "twoseal org new --dir acme --domain acme.example --people people.yaml --hosts hosts.yaml "
    "--profile team",
    "twoseal org new --continue --dir acme"};
constexpr Exit kExits[] = {Exit::verification_failed,
                           Exit::stale,
                           Exit::pending,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::unavailable,
                           Exit::permission,
                           Exit::configuration};

}  // namespace

const Verb kOrgNew = {
    "org new",
    Group::organisation,
    "make an organisation: its documents, then its ledger",
    "The first run makes the keys of log, timekeeper and server, writes roster, policy, "
    "restrictions and assignments without signatures, and lists exactly which commands which "
    "signer runs at home. A team gets a third root key, shown once on the terminal as 24 words.\n\n"
    "With --continue the records in DIR/statements are judged. When they suffice the ledger is "
    "opened, they are recorded in it, and checkpoint, proofs and freshness are written, so that "
    "DIR is a decision directory that lacks only a change; until then exit 8 says what is missing "
    "and nothing is written. Run again, it records what was signed since and renews the "
    "freshness.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
