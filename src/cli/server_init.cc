// twoseal server init: an organisation with its server, in two runs.
#include <unistd.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "base/os_terminal.h"
#include "base/words.h"
#include "cli/new_organisation.h"
#include "cli/server_directory.h"
#include "cli/verb_list.h"
#include "storage/sqlite/sqlite_store.h"

namespace twoseal::cli {
namespace {

// A flag, or the answer to a question on the terminal.
Result<std::string> given_or_asked(const Arguments& arguments,
                                   const Session& session,
                                   const std::string& flag,
                                   const std::string& question) {
  if (const auto given = arguments.find(flag)) {
    return *given;
  }
  if (session.flags().no_input || !is_terminal(STDIN_FILENO)) {
    return fail(Errc::usage, flag + " is required, unless it can be asked on a terminal");
  }
  return ask_line(question);
}

Result<OrganisationOrder> order_from(const Arguments& arguments,
                                     const Session& session,
                                     const ServerDirectory& directory) {
  OrganisationOrder order;
  TWOSEAL_TRY(order.domain,
              given_or_asked(arguments, session, "--domain", "Domain of the organisation: "));
  // The authority for hosts is called after it, in a name of 64 characters.
  constexpr std::size_t kDomainMax = 58;
  if (!is_host_name(order.domain) || order.domain.size() > kDomainMax) {
    return fail(Errc::usage,
                "'" + order.domain + "' is not a domain name of at most 58 characters");
  }
  TWOSEAL_TRY(const std::string profile,
              given_or_asked(arguments, session, "--profile", "Profile (demo, solo or team): "));
  TWOSEAL_TRY(order.profile, profile_named(profile.empty() ? "team" : profile));
  TWOSEAL_TRY(
      order.people,
      given_or_asked(arguments, session, "--people", "File with the people (people.yaml): "));
  order.hosts = arguments.find("--hosts");
  order.policy = arguments.find("--policy");
  order.make_host_keys = arguments.has("--make-host-keys");
  if (order.make_host_keys && order.profile != authoring::Profile::demo) {
    return fail(Errc::usage,
                "--make-host-keys goes with --profile demo only: real hosts make their own keys");
  }
  order.parent = directory.path;
  order.directory = directory.organisation();
  order.private_path = directory.keys();
  return order;
}

Result<ServerFile> settings_from(const Arguments& arguments) {
  ServerFile file;
  file.names = arguments.all("--name");
  if (file.names.empty()) {
    file.names = {"localhost"};
  }
  TWOSEAL_TRY_VOID(check_server_names(file.names));
  const auto take = [&](const std::string& flag, server::Listen& listen) -> Result<void> {
    if (const auto given = arguments.find(flag)) {
      TWOSEAL_TRY(listen, parse_listen(*given));
    }
    return {};
  };
  TWOSEAL_TRY_VOID(take("--people-listen", file.people));
  TWOSEAL_TRY_VOID(take("--agents-listen", file.agents));
  TWOSEAL_TRY_VOID(take("--local-listen", file.local));
  return file;
}

Result<Report> run_first(const Arguments& arguments, const Session& session) {
  const ServerDirectory directory{arguments.text("--dir")};
  TWOSEAL_TRY(ServerFile file, settings_from(arguments));
  TWOSEAL_TRY(const OrganisationOrder order, order_from(arguments, session, directory));
  TWOSEAL_TRY(const MadeOrganisation made, make_organisation(order));
  TWOSEAL_TRY_VOID(make_certificates(directory, order.domain, file.names, SystemClock().now()));
  file.org = made.org;
  TWOSEAL_TRY_VOID(
      write_file(directory.settings(), server_yaml(file), Access::owner, Existing::keep));
  for (const std::string& advice : made.advice) {
    session.talk("note  " + advice);
  }
  session.talk("made  " + directory.path +
               " (0700): server.yaml, keys, and org with the documents");
  session.talk("next  take " + directory.key("tls-spare.key") +
               " off this machine; it is for the day when the other one is lost");
  session.talk(
      "next  each signer compares the words, puts the own key file for KEY, and signs; then: "
      "twoseal server init --continue --dir " +
      directory.path);
  Report report;
  report.text = "organisation  " + made.org.text() + "\nwords         " +
                digest_words_text(made.org) + "\ntls pin       " + made.pins[0] +
                "\nspare pin     " + made.pins[1] + "\n\n" +
                tasks_text(made.tasks, order.directory);
  report.fields = {{"org", made.org.text()},
                   {"words", digest_words_text(made.org)},
                   {"directory", directory.path},
                   {"tls_pins", json_list(made.pins)},
                   {"vkey", made.vkey},
                   {"advice", json_list(made.advice)},
                   {"tasks", tasks_json(made.tasks, order.directory)}};
  return report;
}

Result<Report> run_continue(const Arguments& arguments, const Session& session) {
  for (const char* flag : {"--domain", "--people", "--hosts", "--profile", "--policy", "--name"}) {
    if (arguments.has(flag)) {
      return fail(Errc::usage, std::string(flag) + " was decided in the first run");
    }
  }
  const ServerDirectory directory{arguments.text("--dir")};
  TWOSEAL_TRY(const ServerFile file, read_server_file(directory));
  TWOSEAL_TRY(const auto continued,
              continue_organisation({directory.organisation(), directory.keys(), directory.store()},
                                    std::nullopt));
  if (!continued.complete) {
    if (!continued.written) {
      session.talk("next  collect what is missing and run this command again; nothing was written");
    }
    return pending_report(continued, directory.organisation());
  }
  // The tables beside the log are made now, so that nothing is left to the first start.
  TWOSEAL_TRY([[maybe_unused]] const ServerStore store,
              open_sqlite_server_store(directory.store(), OpenMode::existing));
  session.talk("made  " + directory.store() + ": the ledger with its first entries");
  session.talk("next  twoseal server key-backup --dir " + directory.path + " -o FILE");
  session.talk("next  twoseal server run --dir " + directory.path);
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
    {"--dir", "DIR", "the directory of the server: made by the first run", true},
    {"--domain", "NAME", "the organisation's domain; the log is named after it"},
    {"--people", "FILE", "people.yaml: who exists, with which roles and keys; root keys"},
    {"--profile", "NAME", "demo, solo or team"},
    {"--hosts", "FILE", "hosts.yaml; without it hosts join later"},
    {"--policy", "FILE", "policy.yaml; without it the policy that comes with the profile"},
    {"--make-host-keys", "", "make the keys of the hosts; in the profile demo only"},
    {"--name",
     "NAME",
     "a name or address by which people and hosts know the server; localhost when none is given",
     false,
     true},
    {"--people-listen", "ADDRESS:PORT", "where people are answered; 127.0.0.1:8720"},
    {"--agents-listen", "ADDRESS:PORT", "where agents are answered; 0.0.0.0:8721"},
    {"--local-listen", "ADDRESS:PORT", "where this machine asks for health; 127.0.0.1:8722"},
    {"--continue", "", "the second run, when the documents are signed"},
};
constexpr std::string_view kExamples[] = {
    "twoseal server init --dir srv --domain acme.example --people people.yaml --profile team",
    "twoseal server init --continue --dir srv"};
constexpr Exit kExits[] = {Exit::verification_failed,
                           Exit::stale,
                           Exit::pending,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::unavailable,
                           Exit::permission,
                           Exit::configuration};

}  // namespace

const Verb kServerInit = {
    "server init",
    Group::server,
    "make an organisation and the directory of its server",
    "The first run makes the directory: server.yaml, the keys of log, timekeeper, TLS and the "
    "authority for hosts, and the documents without signatures; it lists which commands which "
    "signer runs at home. On a terminal it asks for domain, profile and people when they are not "
    "given.\n\n"
    "With --continue the records in DIR/org/statements are judged. When they suffice the ledger "
    "is opened and they are recorded in it; until then exit 8 says what is missing.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
