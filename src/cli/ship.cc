// twoseal ship, twoseal rollback
#include <algorithm>
#include <functional>

#include "base/limits.h"
#include "cli/client/change_text.h"
#include "cli/client/following.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kWatchSeconds = 86'400;

// --- watching ---------------------------------------------------------------------------------

using PageTest = std::function<bool(const codec::PlainJson& page)>;

// Whether the change has ended, or needs a person again.
bool has_ended(const codec::PlainJson& page) {
  const std::string& next = page.at("next").at("what").text();
  return is_final(page.at("state").text()) || next == "release" || next == "sign-off";
}

// Whether one of the hosts that were asked to take it back says so of itself; empty: of all.
bool is_any_asked(const codec::PlainJson& page,
                  const std::vector<std::string>& hosts,
                  const char* what) {
  const auto& targets = page.at("targets").list();
  return std::any_of(targets.begin(), targets.end(), [&](const codec::PlainJson& host) {
    const bool asked = hosts.empty() ||
                       std::find(hosts.begin(), hosts.end(), host.at("host").text()) != hosts.end();
    return asked && host.at(what).boolean();
  });
}

// Whether some host that is done with it is not as the change wants it, and could be still.
bool is_one_left(const codec::PlainJson& page) {
  const auto& targets = page.at("targets").list();
  return std::any_of(targets.begin(), targets.end(), [](const codec::PlainJson& host) {
    return host.at("state").text() != "ok" && host.at("state").text() != "nochange" &&
           !host.at("retired").boolean();
  });
}

Exit exit_of_ship(const codec::PlainJson& page) {
  const std::string& state = page.at("state").text();
  return state == "done" && !is_one_left(page)                               ? Exit::done
         : state == "done" || state == "stale"                               ? Exit::stale
         : state == "rejected" || state == "withdrawn" || state == "expired" ? Exit::denied
         : is_final(state)                                                   ? Exit::error
                                                                             : Exit::pending;
}

void advise(const Followed& followed, const std::string& number, const Session& session) {
  const std::string& state = followed.page.at("state").text();
  if (state == "rolled-back" || state == "failed") {
    session.talk("next  twoseal change show " + number + " says why");
  } else if (state == "stale" || (state == "done" && is_one_left(followed.page))) {
    session.talk("next  twoseal propose FILE --remainder " + number +
                 " for the hosts that are not as it wants them");
  } else if (state == "done") {
    session.talk("next  twoseal evidence export --change " + number + " -o " + number +
                 ".evidence");
  } else if (followed.page.at("next").at("what").text() == "release") {
    session.talk("next  twoseal ship " + number + " releases " +
                 followed.page.at("next").at("phase").text());
  } else if (followed.page.at("next").at("what").text() == "sign-off") {
    session.talk("next  " + who_text(followed.page.at("next"), number));
  }
}

void add_course(const codec::PlainJson& page, Report& report) {
  Json::Array hosts;
  for (const codec::PlainJson& host : page.at("targets").list()) {
    hosts.emplace_back(Json::Object{{"name", host.at("name").text()},
                                    {"phase", host.at("phase").text()},
                                    {"state", host.at("state").text()}});
  }
  report.fields.emplace_back("state", page.at("state").text());
  report.fields.emplace_back("hosts", std::move(hosts));
}

// How long something is watched, until when, and what it means.
struct Watch {
  PageTest over;
  std::function<Exit(const codec::PlainJson& page)> exit;
};

Result<Report> watched(Client& client,
                       Report report,
                       const Digest& change,
                       const Watch& watch,
                       const Arguments& arguments,
                       const Session& session) {
  if (!arguments.has("--watch")) {
    return report;
  }
  TWOSEAL_TRY(const std::int64_t seconds, seconds_from(arguments, "--timeout", kWatchSeconds));
  session.talk("watching; Ctrl-C stops watching, not the change");
  TWOSEAL_TRY(const Followed followed,
              follow_change(client.api, change, watch.over, seconds, session));
  const std::string number = followed.page.at("number").text();
  report.text +=
      number + " " + followed.page.at("state").text() + "\n" + course_text(followed.page);
  add_course(followed.page, report);
  report.exit = followed.over ? watch.exit(followed.page) : Exit::pending;
  advise(followed, number, session);
  return report;
}

// --- ship -------------------------------------------------------------------------------------

// The name of the first phase some of whose hosts have not ended; empty.
std::string unfinished_phase(const codec::PlainJson& page) {
  for (const codec::PlainJson& one : page.at("phases").list()) {
    if (one.at("ok").integer() + one.at("failed").integer() + one.at("stale").integer() <
        one.at("hosts").integer()) {
      return one.at("name").text();
    }
  }
  return {};
}

Result<Name> named_phase(const KnownChange& known, const std::string& name) {
  std::string all;
  for (const Phase& phase : known.change().phases.value_or(std::vector<Phase>())) {
    if (phase.name.text() == name) {
      return phase.name;
    }
    all += (all.empty() ? "" : ", ") + phase.name.text();
  }
  return !known.change().phases && name == "all"
             ? Name::parse(name)
             : fail(Errc::usage,
                    known.number + " has no phase '" + name + "'; it has " +
                        (all.empty() ? "all" : all));
}

// The first phase some of whose hosts are not as the change wants them; empty.
std::string phase_to_repeat(const codec::PlainJson& page) {
  for (const codec::PlainJson& host : page.at("targets").list()) {
    const std::string& state = host.at("state").text();
    if (state != "ok" && state != "nochange" && !host.at("retired").boolean()) {
      return host.at("phase").text();  // hosts stand by their phases
    }
  }
  return {};
}

// The named phase, or the one that needs a release, or the first that is not through.
Result<Name> phase_of(const KnownChange& known, const Arguments& arguments) {
  if (const auto named = arguments.find("--phase")) {
    return named_phase(known, *named);
  }
  const std::string& next = known.page.at("next").at("phase").text();
  if (const std::string again = phase_to_repeat(known.page);
      arguments.has("--again") && !again.empty()) {
    return Name::parse(again);
  }
  if (known.page.at("next").at("what").text() == "release" && !next.empty()) {
    return Name::parse(next);
  }
  if (const std::string left = unfinished_phase(known.page); !left.empty()) {
    return Name::parse(left);
  }
  const auto phases = known.change().phases.value_or(std::vector<Phase>());
  return phases.empty() ? Name::parse("all") : phases.front().name;
}

// Whether somebody asked for the change back, so that a release may name that and begin anew; also
// when that was withdrawn since, for what hosts did for it.
bool is_asked_back(const codec::PlainJson& page) {
  return !page.at("rollbacks").list().empty();
}

// Another release of a phase would not open the gate behind it, and of a change that was asked back
// it has to name that.
Result<void> check_needs_release(const KnownChange& known, const Arguments& arguments) {
  const codec::PlainJson& next = known.page.at("next");
  const std::string& state = known.page.at("state").text();
  if ((state == "rolled-back" || state == "failed") && is_asked_back(known.page) &&
      !arguments.has("--again")) {
    return fail(Errc::wrong_state,
                known.number + " is " + state + ", since somebody asked for it to be taken back",
                "",
                "twoseal ship " + known.number + " --again begins anew");
  }
  if (state == "done") {
    return fail(Errc::wrong_state,
                known.number + " is done",
                "",
                is_one_left(known.page)
                    ? "hosts that are not as it wants them get it by: twoseal propose FILE "
                      "--remainder " +
                          known.number
                    : "twoseal change show " + known.number + " shows each host");
  }
  return next.at("what").text() == "sign-off" && !arguments.has("--phase") &&
                 !arguments.has("--again")
             ? fail(Errc::wrong_state,
                    "phase " + next.at("phase").text() + " of " + known.number + " waits for a " +
                        who_text(next, known.number),
                    "",
                    "--phase NAME asks hosts of a phase again that refused")
             : Result<void>();
}

// The newest request to undo the change that a release of this phase overrides: with --again any,
// else one that the release of another phase overrides already.
std::optional<std::int64_t> rollback_index(const KnownChange& known, bool again) {
  std::optional<std::int64_t> newest;
  const auto take = [&](const codec::PlainJson& index) {
    newest = std::max(newest.value_or(0), index.integer());
  };
  for (const codec::PlainJson& one : known.page.at("rollbacks").list()) {
    if (again) {
      take(one.at("index"));
    }
  }
  for (const codec::PlainJson& one : known.page.at("releases").list()) {
    if (one.at("after").present() && !one.at("withdrawn").boolean()) {
      take(one.at("after"));
    }
  }
  return newest;
}

Result<Report> run_ship(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("CHANGE")));
  TWOSEAL_TRY_VOID(check_needs_release(known, arguments));
  if (!known.retired.empty()) {
    session.talk("note  retired: " + list_text(known.retired) +
                 "; a phase behind a gate that waits for them does not begin");
  }
  Release release;
  TWOSEAL_TRY(release.phase, phase_of(known, arguments));
  release.after = rollback_index(known, arguments.has("--again"));
  release.change = known.digest;
  release.nonce = random_bytes(limits::kNonceSize);
  release.org = client.profile.org;
  release.stmts = statements_about(known.facts().bundle, known.files.at("change.json"));
  const Bytes bytes = codec::encode(release);
  Saying saying;
  saying.act = Act::release;
  saying.type = ObjType::release;
  saying.object = sha256(bytes);
  saying.note = arguments.find("--note");
  TWOSEAL_TRY(const RecordedAt at, sign_and_submit(client, saying, {bytes}, arguments, session));
  Report report;
  report.text = "released " + release.phase.text() + " of " + known.number + " by " +
                client.profile.by.text() + ", entry " + std::to_string(at.index) + "; it names " +
                std::to_string(release.stmts.size()) + " statements\n";
  report.fields = {{"number", known.number},
                   {"change", known.digest.text()},
                   {"phase", release.phase.text()},
                   {"statements", release.stmts.size()},
                   {"index", at.index}};
  if (!arguments.has("--watch")) {
    session.talk("next  twoseal change wait " + known.number + " --for done");
  }
  return watched(
      client, std::move(report), known.digest, {has_ended, exit_of_ship}, arguments, session);
}

// --- rollback ---------------------------------------------------------------------------------

Result<std::optional<std::vector<HostId>>> hosts_from(const KnownChange& known,
                                                      const Arguments& arguments) {
  const std::vector<std::string> named = arguments.all("--host");
  if (named.empty()) {
    return std::optional<std::vector<HostId>>();
  }
  const auto targets = known.change().targets.hosts.value_or(std::vector<TargetHost>());
  std::vector<HostId> hosts;
  for (const std::string& name : named) {
    const auto found = std::find_if(targets.begin(), targets.end(), [&](const TargetHost& one) {
      return one.name == name || one.id.text() == name;
    });
    if (found == targets.end()) {
      return fail(Errc::usage, known.number + " has no host '" + name + "'");
    }
    if (std::find(known.retired.begin(), known.retired.end(), found->name) != known.retired.end()) {
      return fail(Errc::wrong_state,
                  found->name + " is retired: it takes nothing back any more",
                  "",
                  "what stands there is taken away by hand, on the machine");
    }
    hosts.push_back(found->id);
  }
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  return std::optional(std::move(hosts));
}

Result<Report> run_rollback(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("CHANGE")));
  Rollback rollback;
  rollback.change = known.digest;
  TWOSEAL_TRY(rollback.hosts, hosts_from(known, arguments));
  rollback.nonce = random_bytes(limits::kNonceSize);
  rollback.org = client.profile.org;
  const Bytes bytes = codec::encode(rollback);
  Saying saying;
  saying.act = Act::rollback;
  saying.type = ObjType::rollback;
  saying.object = sha256(bytes);
  saying.note = arguments.find("--reason");
  TWOSEAL_TRY(const RecordedAt at, sign_and_submit(client, saying, {bytes}, arguments, session));
  Report report;
  report.text = "asked " +
                (rollback.hosts ? std::to_string(rollback.hosts->size()) +
                                      (rollback.hosts->size() == 1 ? " host" : " hosts")
                                : "every host") +
                " to take back " + known.number + ", entry " + std::to_string(at.index) + "\n";
  report.fields = {{"number", known.number}, {"change", known.digest.text()}, {"index", at.index}};
  std::vector<std::string> hosts;
  for (const HostId& host : rollback.hosts.value_or(std::vector<HostId>())) {
    hosts.push_back(host.text());
  }
  const Watch watch = {
      [hosts](const auto& page) { return !is_any_asked(page, hosts, "going_back"); },
      [hosts](const auto& page) {
        return is_any_asked(page, hosts, "stands") ? Exit::error : Exit::done;
      }};
  return watched(client, std::move(report), known.digest, watch, arguments, session);
}

constexpr Operand kOperands[] = {{"CHANGE", "CHG-42, or its digest"}};
constexpr Flag kWatchFlag = {"--watch", "", "follow it on standard error until it ends"};
constexpr Flag kTimeoutFlag = {"--timeout", "LENGTH", "how long to watch; 24h when left out"};
constexpr Flag kShipFlags[] = {
    {"--phase", "NAME", "the phase; the next one when left out"},
    {"--again", "", "although somebody asked for it to be taken back before"},
    {"--note", "TEXT", "a remark that is signed with it"},
    kWatchFlag,
    kTimeoutFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr Flag kRollbackFlags[] = {
    {"--host", "NAME", "only this host, once for each; all when left out", false, true},
    {"--reason", "TEXT", "why; signed with it"},
    kWatchFlag,
    kTimeoutFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr std::string_view kShipExamples[] = {"twoseal ship CHG-42 --watch"};
constexpr std::string_view kRollbackExamples[] = {
    "twoseal rollback CHG-42 --host web-07 --reason 'log-ins fail'"};

}  // namespace

const Verb kShip = {
    "ship",
    Group::daily,
    "release the next phase of an approved change",
    "Signs, as an executor, a release that names every statement this program has seen and "
    "verified "
    "about the change, so that nothing can be hidden. Where a phase ends by itself, the ones "
    "behind "
    "it follow without another release. Exit 0 when it is done, 1 when it was rolled back or has "
    "failed, 7 when some host was not as it was planned and is left, 8 when --watch ended first or "
    "a person is needed again.",
    kOperands,
    kShipFlags,
    kShipExamples,
    kClientExits,
    OutputFile::report,
    run_ship,
};

const Verb kRollback = {
    "rollback",
    Group::daily,
    "take a change back on its hosts",
    "Signs a request that hosts verify; each puts back what it kept, byte by byte, or applies the "
    "state that the change names for it. It works as long as the change says, and needs no new "
    "approval: the way back was approved with the change. With --watch exit 0 when nothing of it "
    "stands any more on the hosts that were asked, 1 when a host refuses or cannot; ask once more "
    "when what it says is mended.",
    kOperands,
    kRollbackFlags,
    kRollbackExamples,
    kClientExits,
    OutputFile::report,
    run_rollback,
};

}  // namespace twoseal::cli
