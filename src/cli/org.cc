// twoseal org new: an organisation out of people.yaml and hosts.yaml, in two runs.
#include "base/words.h"
#include "cli/new_organisation.h"
#include "cli/verb_list.h"

namespace twoseal::cli {
namespace {

using authoring::Profile;

// Keys and ledger lie beside the directory, never in it: the directory is handed to others.
std::string private_directory(const Arguments& arguments) {
  std::string directory = arguments.text("--dir");
  while (directory.size() > 1 && directory.back() == '/') {
    directory.pop_back();
  }
  return arguments.text("--private", directory + ".private");
}

Result<OrganisationOrder> order_from(const Arguments& arguments) {
  for (const char* flag : {"--domain", "--people", "--hosts", "--profile"}) {
    if (!arguments.has(flag)) {
      return fail(Errc::usage, std::string(flag) + " is required, unless --continue is given");
    }
  }
  if (arguments.has("--host")) {
    return fail(Errc::usage, "--host goes with --continue");
  }
  OrganisationOrder order;
  TWOSEAL_TRY(order.profile, profile_named(arguments.text("--profile")));
  order.domain = arguments.text("--domain");
  if (!is_host_name(order.domain)) {
    return fail(Errc::usage, "'" + order.domain + "' is not a domain name");
  }
  order.make_host_keys = arguments.has("--make-host-keys");
  if (order.make_host_keys && order.profile != Profile::demo) {
    return fail(Errc::usage,
                "--make-host-keys goes with --profile demo only: real hosts make their own keys");
  }
  order.directory = arguments.text("--dir");
  order.private_path = private_directory(arguments);
  order.people = arguments.text("--people");
  order.hosts = arguments.text("--hosts");
  order.policy = arguments.find("--policy");
  return order;
}

Result<Report> run_first(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const OrganisationOrder order, order_from(arguments));
  TWOSEAL_TRY(const MadeOrganisation made, make_organisation(order));
  for (const std::string& advice : made.advice) {
    session.talk("note  " + advice);
  }
  session.talk("made  " + order.directory + " (to be signed and handed on) and " +
               order.private_path +
               " (0700: keys of log, timekeeper and server; keep a copy where nobody can read it)");
  session.talk(
      "next  each signer compares the words, puts the own key file for KEY, and signs; then: "
      "twoseal org new --continue --dir " +
      order.directory);
  Report report;
  report.text = "organisation  " + made.org.text() + "\nwords         " +
                digest_words_text(made.org) + "\ntls pin       " + made.pins[0] +
                "\nspare pin     " + made.pins[1] + "\n\n" +
                tasks_text(made.tasks, order.directory);
  report.fields = {{"org", made.org.text()},
                   {"words", digest_words_text(made.org)},
                   {"directory", order.directory},
                   {"private", order.private_path},
                   {"tls_pins", json_list(made.pins)},
                   {"vkey", made.vkey},
                   {"advice", json_list(made.advice)},
                   {"tasks", tasks_json(made.tasks, order.directory)}};
  return report;
}

Result<Report> run_continue(const Arguments& arguments, const Session& session) {
  for (const char* flag : {"--domain", "--people", "--hosts", "--profile", "--policy"}) {
    if (arguments.has(flag)) {
      return fail(Errc::usage, std::string(flag) + " was decided in the first run");
    }
  }
  const std::string directory = arguments.text("--dir");
  const std::string private_path = private_directory(arguments);
  TWOSEAL_TRY(const auto continued,
              continue_organisation({directory, private_path, private_path + "/ledger.db"},
                                    arguments.find("--host")));
  if (!continued.complete) {
    if (!continued.written) {
      session.talk("next  collect what is missing and run this command again; nothing was written");
    }
    return pending_report(continued, directory);
  }
  session.talk("made  checkpoint, proofs and freshness in " + directory +
               "; good for a day, then run this command again");
  session.talk("next  put a change into it, sign it, and decide: twoseal decide " + directory +
               " --host h:…");
  Report report;
  report.text = "organisation  " + continued.org.text() + "\nwords         " +
                digest_words_text(continued.org) + "\nledger        " +
                std::to_string(continued.size) + " entries\n";
  report.fields = {{"complete", true},
                   {"org", continued.org.text()},
                   {"words", digest_words_text(continued.org)},
                   {"size", continued.size}};
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
