// twoseal host assign, host sign, host retire
#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "cli/client/assigning.h"
#include "cli/client/client.h"
#include "cli/client/host_list.h"
#include "cli/client/joining.h"
#include "cli/join_token.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "model/join_request.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kAssignmentDays = 365;
constexpr std::size_t kKeyFileMax = 64;

// --- the joining host -------------------------------------------------------------------------

// The request came with the token that this person made, or the person typed its code: so these
// are the host's own keys, whatever the server says.
Result<void> vouch(const JoiningHost& joining,
                   const ClientProfile& profile,
                   const Arguments& arguments) {
  if (const auto codes = arguments.all("--code"); !codes.empty()) {
    return std::find(codes.begin(), codes.end(), join_code(joining.bytes)) != codes.end()
               ? Result<void>()
               : fail(Errc::bad_code, "the code of " + joining.request.name + " is another one");
  }
  TWOSEAL_TRY(const auto kept,
              read_state(profile, "tokens/" + joining.request.token.text(), kKeyFileMax));
  if (!kept) {
    return fail(Errc::bad_code,
                "its token was made by somebody else",
                "",
                "type the code that agent join printed on the host: --code CODE");
  }
  TWOSEAL_TRY(const Bytes mk, hex_decode(*kept));
  return equal_constant_time(join_mac(mk, joining.bytes), joining.mac)
             ? Result<void>()
             : fail(Errc::bad_code, "the request does not come with the key of its token");
}

// --- the assignment ---------------------------------------------------------------------------

// What is signed next: what the flags say, and a year from now.
Result<void> renew(const Arguments& arguments,
                   const HostWords& known,
                   UnixSeconds now,
                   Assignment& assignment) {
  TWOSEAL_TRY_VOID(take_host_flags(arguments, known, assignment));
  assignment.expires = now + kAssignmentDays * limits::kDay;
  assignment.nonce = random_bytes(limits::kNonceSize);
  return {};
}

Result<Assignment> first_assignment(const JoiningHost& joining,
                                    const Arguments& arguments,
                                    const HostWords& known,
                                    UnixSeconds now) {
  if (!arguments.has("--env")) {
    return fail(Errc::usage, "--env is required for a host that joins");
  }
  Assignment assignment;
  assignment.host = joining.host;
  assignment.keys = {joining.request.age, joining.request.id, joining.request.tls};
  assignment.name = joining.request.name;
  assignment.org = joining.request.org;
  assignment.version = 1;
  assignment.data_class = Name::parse("internal").value();
  TWOSEAL_TRY_VOID(renew(arguments, known, now, assignment));
  return assignment;
}

Result<Assignment> next_assignment(const Assignment& held,
                                   const Arguments& arguments,
                                   const HostWords& known,
                                   UnixSeconds now) {
  Assignment assignment = held;
  assignment.prev = sha256(codec::encode(held));
  assignment.version = held.version + 1;
  TWOSEAL_TRY_VOID(renew(arguments, known, now, assignment));
  return assignment;
}

std::string line_of(const Assignment& one) {
  std::string text = one.name + "  env=" + one.env.text() + "  class=" + one.data_class.text();
  for (const auto& [key, value] : one.labels) {
    text += "  " + key + "=" + value;
  }
  for (const ComponentId& component : one.components) {
    text += "  component=" + component.text();
  }
  return text + "  " + one.host.text();
}

// What is to be signed about a host from now on, and what was.
struct Assigned {
  Assignment next;
  std::optional<Assignment> held;
};

// What the flags say of the host `name`; `all` takes it in.
Result<Assigned> assign(Client& client,
                        const std::string& name,
                        const Arguments& arguments,
                        const HostWords& known,
                        std::vector<Assignment>& all) {
  const UnixSeconds now = client.trust.now();
  const auto held = std::find_if(all.begin(), all.end(), [&](const Assignment& one) {
    return one.name == name || one.host.text() == name;
  });
  if (held != all.end()) {
    Assigned assigned{{}, *held};
    TWOSEAL_TRY(assigned.next, next_assignment(*held, arguments, known, now));
    *held = assigned.next;
    return assigned;
  }
  TWOSEAL_TRY(const auto joining, find_joining(client.api, name));
  if (!joining) {
    return fail(Errc::not_found,
                "no host is called " + name + ", and none asks to join as that",
                "",
                "twoseal host list --joining shows those that ask");
  }
  TWOSEAL_TRY_VOID(vouch(*joining, client.profile, arguments));
  TWOSEAL_TRY(all.emplace_back(), first_assignment(*joining, arguments, known, now));
  return Assigned{all.back(), std::nullopt};
}

// Nobody is signed twice in one list, and a list is of one environment.
Result<void> check_fits(const std::vector<Assigned>& assigned, const Assignment& one) {
  for (const Assigned& other : assigned) {
    if (other.next.host == one.host) {
      return fail(Errc::usage, one.name + " is named twice");
    }
    if (other.next.env != one.env) {
      return fail(Errc::usage,
                  one.name + " is in " + one.env.text() + " and " + other.next.name + " in " +
                      other.next.env.text() + ": one list is of one environment");
    }
  }
  return {};
}

Result<std::vector<Assigned>> assign_all(Client& client,
                                         const Arguments& arguments,
                                         std::vector<Assignment>& all) {
  const HostWords known =
      host_words(client.trust.facts().roster->value, *client.trust.facts().policy, all);
  std::vector<Assigned> assigned;
  for (const std::string& name : arguments.all("NAME")) {
    TWOSEAL_TRY(Assigned one, assign(client, name, arguments, known, all));
    TWOSEAL_TRY_VOID(check_fits(assigned, one.next));
    assigned.push_back(std::move(one));
  }
  return assigned.empty()
             ? Result<std::vector<Assigned>>(fail(Errc::usage, "name at least one host"))
             : std::move(assigned);
}

Json host_json(const Assigned& one) {
  Json::Array changes;
  for (const Difference& difference : host_differences(one.held, one.next)) {
    changes.emplace_back(Json::Object{
        {"field", difference.field}, {"before", difference.before}, {"after", difference.after}});
  }
  return Json::Object{{"host", one.next.host.text()},
                      {"name", one.next.name},
                      {"version", one.next.version},
                      {"changes", std::move(changes)}};
}

Result<Report> run_assign(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  std::vector<std::string> unproven;
  std::vector<Assignment> all = client.trust.assignments(unproven);
  TWOSEAL_TRY(const std::vector<Assigned> assigned, assign_all(client, arguments, all));
  const HostList made = host_list_of(all, assigned.front().next.env, client.profile.org);
  std::string changes = "to be signed:\n";
  for (const Assigned& one : assigned) {
    changes += differences_text(one.next.name, host_differences(one.held, one.next));
  }
  changes.pop_back();
  session.talk(changes);
  TWOSEAL_TRY_VOID(tell_waiting(client, made.batch.env, session));
  TWOSEAL_TRY(const RecordedAt at, sign_host_list(client, made, arguments, session));
  const std::string list = sha256(codec::encode(made.list)).text();
  TWOSEAL_TRY(const bool waits, tell_standing(client, made, list, session));
  Report report;
  Json::Array hosts;
  for (const Assigned& one : assigned) {
    report.text += line_of(one.next) + "\n";
    hosts.emplace_back(host_json(one));
  }
  report.text += "signed by " + client.profile.by.text() + ", entry " + std::to_string(at.index) +
                 "; list " + list + "\n";
  report.fields = {
      {"hosts", std::move(hosts)}, {"list", list}, {"index", at.index}, {"waits", waits}};
  return report;
}

// --- retiring -----------------------------------------------------------------------------------

// The server may only be asked by some roles; what is signed counts without it.
void deny(Client& client, const Assignment& one, const std::string& why, const Session& session) {
  const Json body(Json::Object{{"host", one.host.text()}, {"why", why}});
  const auto denied = client.api.post("/v1/denials", body.text());
  session.talk(denied ? "note  the server refuses every connection of " + one.name + " from now on"
                      : "note  the server refuses " + one.name +
                            " once everybody has signed, and not at once, since " +
                            denied.error().what);
}

Result<Report> run_retire(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  const std::string name = arguments.text("NAME");
  std::vector<std::string> unproven;
  std::vector<Assignment> all = client.trust.assignments(unproven);
  const auto held = std::find_if(all.begin(), all.end(), [&](const Assignment& one) {
    return one.name == name || one.host.text() == name;
  });
  if (held == all.end()) {
    return fail(Errc::not_found, "no host is called " + name, "", "twoseal host list shows them");
  }
  TWOSEAL_TRY(*held, next_assignment(*held, Arguments(), {}, client.trust.now()));
  held->expires = client.trust.now();
  const Assignment& retired = *held;
  const HostList made = host_list_of(all, retired.env, client.profile.org);
  TWOSEAL_TRY_VOID(tell_waiting(client, made.batch.env, session));
  TWOSEAL_TRY(const RecordedAt at, sign_host_list(client, made, arguments, session));
  deny(client, retired, arguments.text("--reason"), session);
  const std::string list = sha256(codec::encode(made.list)).text();
  TWOSEAL_TRY(const bool waits, tell_standing(client, made, list, session));
  Report report;
  report.text = retired.name + " ends with version " + std::to_string(retired.version) +
                " of its assignment" +
                (waits ? ", once all who have to have signed it; entry " : "; entry ") +
                std::to_string(at.index) + "; list " + list + "\n";
  report.fields = {{"host", retired.host.text()},
                   {"name", retired.name},
                   {"version", retired.version},
                   {"list", list},
                   {"index", at.index},
                   {"waits", waits}};
  return report;
}

// --- the second signature ---------------------------------------------------------------------

// What a list of assignments holds, each fetched by its digest, so that it cannot be another one.
Result<std::vector<Assignment>> fetch_assignments(ServerApi& api, const BatchList& list) {
  std::vector<Assignment> all;
  for (const Digest& digest : list.assignments) {
    TWOSEAL_TRY(const Bytes bytes, fetch_object(api, digest));
    TWOSEAL_TRY(Assignment one, codec::decode<Assignment>(bytes));
    all.push_back(std::move(one));
  }
  return all;
}

bool has_as_new(const std::vector<Assignment>& held, const Assignment& one) {
  return std::any_of(held.begin(), held.end(), [&](const Assignment& other) {
    return other.host == one.host && other.version >= one.version;
  });
}

// A list of which nothing is newer than what is in force brings nothing.
Result<void> check_not_over(const std::vector<Assignment>& listed,
                            const std::vector<Assignment>& known,
                            const std::vector<Assignment>& ended) {
  const bool brings = std::any_of(listed.begin(), listed.end(), [&](const Assignment& one) {
    return !has_as_new(known, one) && !has_as_new(ended, one);
  });
  return brings ? Result<void>()
                : fail(Errc::nothing_to_sign,
                       "all of the list is in force already, or newer is",
                       "",
                       "twoseal document list shows what waits");
}

// Hosts that are new in the list: their codes are what this person vouches for.
Result<void> check_new_hosts(const std::vector<Assignment>& listed,
                             const std::vector<Assignment>& known,
                             const Arguments& arguments,
                             ServerApi& api) {
  const std::vector<std::string> codes = arguments.all("--code");
  for (const Assignment& one : listed) {
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const Assignment& other) {
      return other.host == one.host && other.keys.id == one.keys.id &&
             other.keys.tls == one.keys.tls;
    });
    if (is_known) {
      continue;
    }
    TWOSEAL_TRY(const auto joining, find_joining(api, one.host.text()));
    const bool typed =
        joining && joining->request.id == one.keys.id && joining->request.tls == one.keys.tls &&
        std::find(codes.begin(), codes.end(), join_code(joining->bytes)) != codes.end();
    if (!typed) {
      return fail(Errc::bad_code,
                  one.name + " is new, and its code was not typed",
                  "",
                  "type the code that agent join printed on " + one.name + ": --code CODE");
    }
  }
  return {};
}

// What the list says otherwise than what is in force, host by host.
std::string listed_differences(const std::vector<Assignment>& listed,
                               const std::vector<Assignment>& known) {
  std::string text = "to be signed:\n";
  for (const Assignment& one : listed) {
    const auto held = std::find_if(known.begin(), known.end(), [&](const Assignment& other) {
      return other.host == one.host;
    });
    const bool same = held != known.end() && held->version >= one.version;
    if (!same) {
      text += differences_text(
          one.name,
          host_differences(held == known.end() ? std::nullopt : std::optional(*held), one));
    }
  }
  text.pop_back();
  return text;
}

Result<Report> run_sign(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const Digest digest, Digest::parse(arguments.text("LIST")));
  TWOSEAL_TRY(const Bytes bytes, fetch_object(client.api, digest));
  TWOSEAL_TRY(const BatchList list, codec::decode<BatchList>(bytes));
  TWOSEAL_TRY(const auto listed, fetch_assignments(client.api, list));
  if (listed.empty()) {
    return fail(Errc::nothing_to_sign, "the list is empty");
  }
  std::vector<std::string> unproven;
  const std::vector<Assignment> known = client.trust.assignments(unproven);
  const std::vector<Assignment> ended = client.trust.ended();
  TWOSEAL_TRY_VOID(check_not_over(listed, known, ended));
  TWOSEAL_TRY_VOID(check_not_signed(client, digest.text()));
  std::vector<Assignment> all = known;
  all.insert(all.end(), ended.begin(), ended.end());
  TWOSEAL_TRY_VOID(check_new_hosts(listed, all, arguments, client.api));
  session.talk(listed_differences(listed, all));
  const HostList made = host_list_of(listed, listed.front().env, client.profile.org);
  TWOSEAL_TRY(const RecordedAt at, sign_host_list(client, made, arguments, session));
  Report report;
  for (const Assignment& one : listed) {
    report.text += line_of(one) + "\n";
  }
  TWOSEAL_TRY(const bool waits, tell_standing(client, made, digest.text(), session));
  report.text += "signed by " + client.profile.by.text() + ", entry " + std::to_string(at.index) +
                 (waits ? "; it waits for more\n" : "; in force\n");
  report.fields = {{"index", at.index}, {"hosts", std::uint64_t{listed.size()}}, {"waits", waits}};
  return report;
}

constexpr Operand kAssignOperands[] = {
    {"NAME", "hosts of one environment, by name or id", Occurs::any_number}};
constexpr Operand kRetireOperands[] = {{"NAME", "the host, by name or id"}};
constexpr Operand kSignOperands[] = {{"LIST", "the digest that host assign printed"}};
constexpr Flag kAssignFlags[] = {
    {"--env", "ENV", "its environment: prod, test, dev …; required for a host that joins"},
    {"--data-class", "CLASS", "public, internal, confidential or restricted"},
    {"--label", "KEY=VALUE", "a signed label, once for each; KEY- removes it", false, true},
    {"--group", "NAME", "a group it belongs to, once for each", false, true},
    {"--component", "ID", "a component it runs, once for each", false, true},
    {"--code",
     "CODE",
     "the code that agent join printed, when the token was not yours",
     false,
     true},
    kRoleFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr Flag kSignFlags[] = {
    {"--code", "CODE", "the code of each new host, as agent join printed it", false, true},
    kRoleFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr Flag kRetireFlags[] = {
    {"--reason", "TEXT", "why; kept by the server", true},
    kRoleFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr std::string_view kRetireExamples[] = {
    "twoseal host retire web-01 --reason 'replaced by web-05'"};
constexpr std::string_view kAssignExamples[] = {
    "twoseal host assign web-01 --env prod --label role=web --component ssh",
    "twoseal host assign web-01 --label site-"};
constexpr std::string_view kSignExamples[] = {
    "twoseal host sign sha256:57b5… --code k3mq7a2hzx4n5b6c"};
}  // namespace

const Verb kHostAssign = {
    "host assign",
    Group::hosts,
    "sign what a host is: name, environment, labels, keys",
    "Assigns a host that asks to join, or changes what is signed about one. Only signed labels "
    "count. For a joining host it checks that the request came with the token that you made, or "
    "the "
    "code that you type, so that nobody can put other keys in its place. Where the policy asks for "
    "two people the second one signs with `host sign`.\n\n"
    "Before it signs it tells what changes on each host. Environments are those that the policy "
    "has an "
    "assign rule for, components those of the roster.",
    kAssignOperands,
    kAssignFlags,
    kAssignExamples,
    kClientExits,
    OutputFile::report,
    run_assign,
};

const Verb kHostSign = {
    "host sign",
    Group::hosts,
    "add your signature to assignments that somebody else signed",
    "Fetches the list by its digest, shows every host on it, and signs the same batch. For each "
    "new "
    "host type the code that `agent join` printed there.",
    kSignOperands,
    kSignFlags,
    kSignExamples,
    kClientExits,
    OutputFile::report,
    run_sign,
};

const Verb kHostRetire = {
    "host retire",
    Group::hosts,
    "sign that a host is no longer one",
    "Signs a version of its assignment that is over, so that nothing can be approved for it and it "
    "accepts nothing any more, and asks the server to refuse its connections at once. What was "
    "applied on it stays, and so does what the log says of it. Where the policy asks for two "
    "people "
    "the second one signs with `host sign`.",
    kRetireOperands,
    kRetireFlags,
    kRetireExamples,
    kClientExits,
    OutputFile::report,
    run_retire,
};

}  // namespace twoseal::cli
