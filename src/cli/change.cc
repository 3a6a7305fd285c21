// twoseal change list, show, diff, logs, wait, stop, pause, resume
#include <algorithm>
#include <functional>
#include <thread>

#include "base/encoding.h"
#include "base/limits.h"
#include "cli/client/change_text.h"
#include "cli/client/following.h"
#include "cli/client/lifting.h"
#include "cli/columns.h"
#include "cli/signing_key.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "workflow/change_course.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kWaitDefault = 3'600;
constexpr std::int64_t kStopDefault = 86'400;
constexpr std::int64_t kStopMax = 90 * limits::kDay;
constexpr std::size_t kIdSize = 4;

// --- list, show, logs: the server's word -------------------------------------------------------

std::string who_text(const codec::PlainJson& next) {
  std::vector<std::string> who;
  for (const codec::PlainJson& one : next.at("who").list()) {
    who.push_back(one.text());
  }
  return next.at("what").text() + (who.empty() ? "" : " by " + list_text(who));
}

Json::Object row_fields(const codec::PlainJson& row) {
  return {{"number", row.at("number").text()},
          {"digest", row.at("digest").text()},
          {"state", row.at("state").text()},
          {"title", row.at("title").text()},
          {"kind", row.at("kind").text()},
          {"author", row.at("author").text()},
          {"authored_at", row.at("authored_at").integer()},
          {"hosts", row.at("hosts").integer()},
          {"next", row.at("next").at("what").text()}};
}

// The filters, each a word that the server knows.
Result<Query> list_query(const Arguments& arguments) {
  Query query;
  if (const auto state = arguments.find("--state")) {
    std::string known;
    for (int i = 0; i <= static_cast<int>(ChangeState::stale); ++i) {
      const std::string_view one = text_of(static_cast<ChangeState>(i));
      known += (known.empty() ? "" : ", ") + std::string(one);
      if (one == *state) {
        query["state"] = *state;
      }
    }
    if (query.empty()) {
      return fail(Errc::usage, "--state takes one of " + known + ", not '" + *state + "'");
    }
  }
  if (const auto before = arguments.find("--before")) {
    constexpr std::size_t kDigitsMax = 15;
    const std::string number = before->starts_with("CHG-") ? before->substr(4) : *before;
    if (number.empty() || number.size() > kDigitsMax ||
        number.find_first_not_of("0123456789") != std::string::npos) {
      return fail(Errc::usage, "--before takes the number of a change, not '" + *before + "'");
    }
    query["before"] = number;
  }
  return query;
}

Result<Report> run_list(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const Query query, list_query(arguments));
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, client.api.get("/v1/changes", query));
  Columns columns;
  Json::Array rows;
  for (const codec::PlainJson& row : page.at("changes").list()) {
    columns.add({row.at("number").text(),
                 row.at("state").text(),
                 number_of(row.at("hosts").integer(), "host"),
                 row.at("author").text(),
                 who_text(row.at("next")),
                 row.at("title").text()});
    rows.emplace_back(row_fields(row));
  }
  if (page.at("before").present()) {
    session.talk("next  older ones: twoseal change list --before " +
                 std::to_string(page.at("before").integer()));
  }
  Report report;
  report.text = !rows.empty()               ? columns.text()
                : arguments.has("--before") ? "no older change\n"
                : arguments.has("--state")  ? "no change is " + arguments.text("--state") + "\n"
                                            : "no change yet\n";
  report.fields = {{"changes", std::move(rows)}};
  return report;
}

std::string acts_text(const codec::PlainJson& page) {
  Columns columns;
  for (const char* list : {"acts", "evidence", "withdrawals", "releases", "rollbacks"}) {
    for (const codec::PlainJson& one : page.at(list).list()) {
      const std::string what = one.at("event").present()   ? one.at("event").text()
                               : one.at("phase").present() ? "released " + one.at("phase").text()
                                                           : "rollback asked for";
      columns.add({"  entry " + std::to_string(one.at("index").integer()),
                   utc_text(one.at("at").integer()),
                   what,
                   one.at("by").text(),
                   one.at("withdrawn").boolean() ? "withdrawn" : ""});
    }
  }
  return columns.text();
}

// The last line that each host wrote which did not carry it out, of the first ten by name.
Result<std::map<std::string, std::string>> last_lines(ServerApi& api,
                                                      const codec::PlainJson& page) {
  constexpr std::size_t kShown = 10;
  TWOSEAL_TRY(const Digest digest, Digest::parse(page.at("digest").text()));
  std::map<std::string, std::string> lines;
  for (const codec::PlainJson& host : page.at("targets").list()) {
    if (lines.size() >= kShown || !went_wrong(host.at("state").text())) {
      continue;
    }
    TWOSEAL_TRY(std::string line, last_line(api, digest, host.at("host").text()));
    if (!line.empty()) {
      lines[host.at("name").text()] = std::move(line);
    }
  }
  return lines;
}

std::string lines_text(const std::map<std::string, std::string>& lines) {
  Columns columns;
  for (const auto& [host, text] : lines) {
    columns.add({"  " + host, text});
  }
  return columns.text();
}

Result<Report> run_show(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  Report report;
  Columns head;
  head.add({page.at("number").text(), page.at("state").text(), page.at("title").text()});
  head.add({"  author", page.at("author").text()});
  head.add({"  next", who_text(page.at("next"))});
  for (const codec::PlainJson& reason : page.at("reasons").list()) {
    head.add({"  open", reason.at("code").text(), reason.at("text").text()});
  }
  TWOSEAL_TRY(const auto lines, last_lines(client.api, page));
  report.text = head.text();
  report.text += course_text(page) + lines_text(lines) + acts_text(page) +
                 "all of this is the server's word; " + "twoseal review verifies\n";
  report.fields = row_fields(page);
  Json::Array hosts;
  for (const codec::PlainJson& host : page.at("targets").list()) {
    const auto line = lines.find(host.at("name").text());
    hosts.emplace_back(Json::Object{{"host", host.at("host").text()},
                                    {"name", host.at("name").text()},
                                    {"phase", host.at("phase").text()},
                                    {"state", host.at("state").text()},
                                    {"said", line != lines.end() ? line->second : ""}});
  }
  report.fields.emplace_back("targets", std::move(hosts));
  if (!lines.empty()) {
    session.talk("next  all lines: twoseal change logs " + page.at("number").text());
  }
  return report;
}

Result<Report> run_logs(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  TWOSEAL_TRY(const Digest digest, Digest::parse(page.at("digest").text()));
  Query query;
  if (const auto host = arguments.find("--host")) {
    query["host"] = *host;
  }
  TWOSEAL_TRY(const codec::PlainJson log,
              client.api.get("/v1/changes/" + digest.hex() + "/log", query));
  std::map<std::string, std::string> names;
  for (const codec::PlainJson& host : page.at("targets").list()) {
    names[host.at("host").text()] = host.at("name").text();
  }
  Columns columns;
  Json::Array lines;
  for (const codec::PlainJson& line : log.at("lines").list()) {
    const std::string& name = names[line.at("host").text()];
    columns.add({name, utc_text(line.at("at").integer()), line.at("text").text()});
    lines.emplace_back(Json::Object{
        {"host", name}, {"at", line.at("at").integer()}, {"text", line.at("text").text()}});
  }
  if (log.at("more").boolean()) {
    session.talk("next  there are more lines: --host NAME shows those of one host");
  }
  Report report;
  report.text = columns.text();
  report.fields = {{"lines", std::move(lines)}};
  return report;
}

// --- diff: verified ---------------------------------------------------------------------------

Result<Report> run_diff(const Arguments& arguments, const Session& /*session*/) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("CHANGE")));
  if (!known.facts().plan) {
    return fail(Errc::usage, "a person carries this change out: there is no plan of hosts");
  }
  const auto names = names_of(known.change());
  Report report;
  report.text = plan_text(*known.facts().plan, known.classes, names, {}, wanted_by(known));
  report.fields = {{"number", known.number},
                   {"change", known.digest.text()},
                   {"classes", plan_json(*known.facts().plan, known.classes, names)}};
  return report;
}

// --- wait -------------------------------------------------------------------------------------

Result<Report> run_wait(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const std::int64_t seconds, seconds_from(arguments, "--timeout", kWaitDefault));
  const std::string wanted = arguments.text("--for", "done");
  if (wanted != "approved" && !is_final(wanted)) {
    return fail(Errc::usage,
                "--for takes approved, done, rolled-back, failed, rejected, withdrawn, expired or "
                "stale, not '" +
                    wanted + "'");
  }
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  TWOSEAL_TRY(const Digest digest, Digest::parse(page.at("digest").text()));
  const auto reached = [&](const codec::PlainJson& now) {
    return now.at("state").text() == wanted ||
           (wanted == "approved" && now.at("approved").boolean());
  };
  TWOSEAL_TRY(const Followed followed,
              follow_change(
                  client.api,
                  digest,
                  [&](const codec::PlainJson& now) {
                    return reached(now) || is_final(now.at("state").text());
                  },
                  seconds,
                  session));
  const std::string state = followed.page.at("state").text();
  Report report;
  report.text = page.at("number").text() + " " + state + "\n" + course_text(followed.page);
  report.fields = {{"number", page.at("number").text()}, {"state", state}};
  const bool denied = state == "rejected" || state == "withdrawn" || state == "expired";
  report.exit = reached(followed.page) ? Exit::done
                : !followed.over       ? Exit::pending
                : denied               ? Exit::denied
                                       : Exit::error;
  return report;
}

// --- stop, pause, resume ----------------------------------------------------------------------

// Who raises a stop thinks of lifting it again.
Result<void> warn_of_key(Client& client, const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const KeyFile key, open_key_file(arguments.text("--key", client.profile.key)));
  const Inspection& facts = client.trust.facts();
  if (lifts_with(facts, client.profile.by, key.pub.id())) {
    return {};
  }
  std::vector<std::string> others;
  for (const ActorId& one : lifters(facts, client.trust.now())) {
    if (one != client.profile.by) {
      others.push_back(one.text());
    }
  }
  session.talk(
      "note  this key cannot lift it again: that takes one that asks its owner for each "
      "signature; " +
      (others.size() < 2 ? "it holds until it ends by itself"
                         : "two of these could: " + list_text(others)));
  return {};
}

Result<Report> raise_stop(StopEffect effect, const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const std::int64_t seconds, seconds_from(arguments, "--duration", kStopDefault));
  if (seconds == 0 || seconds > kStopMax) {
    return fail(Errc::usage, "--duration is from one second to 90 days: a stop ends by itself");
  }
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  Stop stop;
  stop.by = client.profile.by;
  stop.effect = effect;
  stop.from = client.trust.now();
  TWOSEAL_TRY(stop.id, Name::parse("stop-" + hex_encode(random_bytes(kIdSize))));
  stop.nonce = random_bytes(limits::kNonceSize);
  stop.org = client.profile.org;
  TWOSEAL_TRY(stop.target.change, Digest::parse(page.at("digest").text()));
  stop.to = stop.from + seconds;
  const Bytes bytes = codec::encode(stop);
  Saying saying;
  saying.act = Act::sign;
  saying.type = ObjType::stop;
  saying.object = sha256(bytes);
  saying.note = arguments.find("--reason");
  TWOSEAL_TRY_VOID(warn_of_key(client, arguments, session));
  TWOSEAL_TRY(const RecordedAt at, sign_and_submit(client, saying, {bytes}, arguments, session));
  const std::string number = page.at("number").text();
  session.talk("next  twoseal change resume " + number + ", or twoseal rollback " + number);
  Report report;
  report.text = std::string(effect == StopEffect::stop ? "stopped " : "paused ") + number +
                " until " + utc_text(stop.to) + ", entry " + std::to_string(at.index) +
                "; no host begins with it until then\n";
  report.fields = {
      {"number", number}, {"stop", saying.object.text()}, {"until", stop.to}, {"index", at.index}};
  return report;
}

Result<Report> run_stop(const Arguments& arguments, const Session& session) {
  return raise_stop(StopEffect::stop, arguments, session);
}

Result<Report> run_pause(const Arguments& arguments, const Session& session) {
  return raise_stop(StopEffect::pause, arguments, session);
}

// --- resume -----------------------------------------------------------------------------------

using Stops = std::map<Digest, Stop>;

// The stops of `change` that hold it back, as the verified documents have them.
Stops stops_of(Client& client, const Digest& change) {
  Stops active;
  for (const auto& [digest, stop] : client.trust.facts().bundle.stops) {
    if (stop.target.change == change && stop.to >= client.trust.now() &&
        !lift_standing(client.trust.facts(), digest, client.trust.now()).lifted) {
      active.emplace(digest, stop);
    }
  }
  return active;
}

// Documents are a little behind the log: asks for them again until `holds`, or for 20 seconds.
Result<Client> client_when(Client client,
                           const Arguments& arguments,
                           const std::function<bool(Client& client)>& holds) {
  constexpr int kTries = 20;
  for (int i = 0; i < kTries && !holds(client); ++i) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    TWOSEAL_TRY(client, open_client(arguments));
  }
  return client;
}

// Whether the server says that a stop holds the change back.
bool is_held(const codec::PlainJson& page) {
  const auto& reasons = page.at("reasons").list();
  return std::any_of(reasons.begin(), reasons.end(), [](const codec::PlainJson& one) {
    return one.at("code").text() == error_info(Errc::refuse_w5).refusal;
  });
}

// Whether the documents have what this person just signed.
bool shows_lift(Client& client, const Digest& digest) {
  const LiftStanding standing = lift_standing(client.trust.facts(), digest, client.trust.now());
  return standing.lifted ||
         std::find(standing.by.begin(), standing.by.end(), client.profile.by) != standing.by.end();
}

// Signs what would count and was not signed yet.
Result<std::optional<std::int64_t>> lift(Client& client,
                                         const Digest& digest,
                                         const Arguments& arguments,
                                         const Session& session) {
  const ActorId& by = client.profile.by;
  if (shows_lift(client, digest)) {
    return std::optional<std::int64_t>();
  }
  TWOSEAL_TRY(const KeyFile key, open_key_file(arguments.text("--key", client.profile.key)));
  if (!lifts_with(client.trust.facts(), by, key.pub.id())) {
    return fail(Errc::key_rule,
                "a lift counts from keys that ask their owner for each signature, and this is none",
                key.path,
                "ask one who has such a key: " +
                    lifters_text(lift_standing(client.trust.facts(), digest, client.trust.now()),
                                 client.trust.facts().bundle.stops.at(digest).by));
  }
  Saying saying;
  saying.act = Act::lift;
  saying.type = ObjType::stop;
  saying.object = digest;
  saying.note = arguments.find("--reason");
  TWOSEAL_TRY(const RecordedAt at, sign_and_submit(client, saying, {}, arguments, session));
  return std::optional(at.index);
}

// As it is with this person's lift, should the documents still lack it.
LiftStanding standing_after(Client& client, const Digest& digest, const Stop& stop) {
  LiftStanding standing = lift_standing(client.trust.facts(), digest, client.trust.now());
  if (!shows_lift(client, digest)) {
    standing.by.push_back(client.profile.by);
    std::erase(standing.could, client.profile.by);
    standing.lifted = stop.by == client.profile.by || standing.by.size() >= 2;
  }
  return standing;
}

// `lifted stop-1 of p:leo, entry 107`, or who else is needed.
std::string lift_text(const Stop& stop,
                      const LiftStanding& standing,
                      const std::optional<std::int64_t>& index) {
  const std::string what =
      stop.id.text() + " of " + stop.by.text() + (index ? ", entry " + std::to_string(*index) : "");
  return standing.lifted ? "lifted " + what + "\n"
                         : "signed to lift " + what + ": " + std::to_string(standing.by.size()) +
                               " of 2 needed; missing: " + lifters_text(standing, stop.by) + "\n";
}

Result<Report> run_resume(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  TWOSEAL_TRY(const Digest change, Digest::parse(page.at("digest").text()));
  TWOSEAL_TRY(client, client_when(std::move(client), arguments, [&](Client& one) {
                return !is_held(page) || !stops_of(one, change).empty();
              }));
  const Stops stops = stops_of(client, change);
  if (stops.empty()) {
    return fail(Errc::nothing_to_sign, "no stop of " + page.at("number").text() + " is active");
  }
  std::map<Digest, std::optional<std::int64_t>> signed_at;
  for (const auto& [digest, stop] : stops) {
    TWOSEAL_TRY(signed_at[digest], lift(client, digest, arguments, session));
  }
  TWOSEAL_TRY(client, client_when(std::move(client), arguments, [&](Client& one) {
                return std::all_of(stops.begin(), stops.end(), [&](const auto& stop) {
                  return shows_lift(one, stop.first);
                });
              }));
  Report report;
  std::int64_t lifted = 0;
  for (const auto& [digest, stop] : stops) {
    const LiftStanding standing = standing_after(client, digest, stop);
    report.text += lift_text(stop, standing, signed_at[digest]);
    lifted += standing.lifted ? 1 : 0;
  }
  const auto open = static_cast<std::int64_t>(stops.size()) - lifted;
  report.exit = open == 0 ? Exit::done : Exit::pending;
  report.fields = {{"number", page.at("number").text()}, {"lifted", lifted}, {"open", open}};
  return report;
}

constexpr Operand kOperands[] = {{"CHANGE", "CHG-42, or its digest"}};
constexpr Flag kReasonFlag = {"--reason", "TEXT", "why; signed with it"};
constexpr Flag kListFlags[] = {{"--state", "STATE", "in-review, approved, rolling, done …"},
                               {"--before", "N", "changes older than CHG-N"},
                               kProfileFlag};
constexpr Flag kPlainFlags[] = {kProfileFlag};
constexpr Flag kLogsFlags[] = {{"--host", "NAME", "of one host", false, true}, kProfileFlag};
constexpr Flag kWaitFlags[] = {
    {"--for", "STATE", "approved, or a state that ends it; done when left out"},
    {"--timeout", "LENGTH", "how long; 1h when left out"},
    kProfileFlag};
constexpr Flag kStopFlags[] = {
    {"--duration", "LENGTH", "for how long, at most 90d; 24h when left out"},
    kReasonFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag};
constexpr Flag kResumeFlags[] = {kReasonFlag, kKeyFlag, kPassphraseFlag, kProfileFlag};
constexpr std::string_view kListExamples[] = {"twoseal change list --state in-review"};
constexpr std::string_view kShowExamples[] = {"twoseal change show CHG-42"};
constexpr std::string_view kDiffExamples[] = {"twoseal change diff CHG-42"};
constexpr std::string_view kLogsExamples[] = {"twoseal change logs CHG-42 --host web-07"};
constexpr std::string_view kWaitExamples[] = {
    "twoseal change wait CHG-42 --for approved --timeout 8h"};
constexpr std::string_view kStopExamples[] = {"twoseal change stop CHG-42 --reason 'log-ins fail'"};
constexpr std::string_view kPauseExamples[] = {"twoseal change pause CHG-42 --duration 2h"};
constexpr std::string_view kResumeExamples[] = {"twoseal change resume CHG-42"};

}  // namespace

const Verb kChangeList = {
    "change list",
    Group::daily,
    "list changes, newest first",
    "Number, state, author and what comes next, as the server says it.",
    {},
    kListFlags,
    kListExamples,
    kClientExits,
    OutputFile::report,
    run_list,
};

const Verb kChangeShow = {
    "change show",
    Group::daily,
    "show where a change stands",
    "State, phases, hosts and who signed what when, as the server says it. twoseal review shows "
    "the "
    "content, verified.",
    kOperands,
    kPlainFlags,
    kShowExamples,
    kClientExits,
    OutputFile::report,
    run_show,
};

const Verb kChangeDiff = {
    "change diff",
    Group::daily,
    "show what a change does on each class of hosts",
    "The plan that the change names, fetched and verified: every step with the values before and "
    "after.",
    kOperands,
    kPlainFlags,
    kDiffExamples,
    kClientExits,
    OutputFile::report,
    run_diff,
};

const Verb kChangeLogs = {
    "change logs",
    Group::daily,
    "show what hosts did with a change, line by line",
    "The lines that each host sent while it carried the change out or took it back.",
    kOperands,
    kLogsFlags,
    kLogsExamples,
    kClientExits,
    OutputFile::report,
    run_logs,
};

const Verb kChangeWait = {
    "change wait",
    Group::daily,
    "wait until a change is approved or has ended",
    "For scripts. Exit 0 when the state is reached, 5 when it was rejected, withdrawn or expired, "
    "1 "
    "when it ended otherwise, 8 when it is still pending after --timeout.",
    kOperands,
    kWaitFlags,
    kWaitExamples,
    kClientExits,
    OutputFile::report,
    run_wait,
};

const Verb kChangeStop = {
    "change stop",
    Group::daily,
    "let no further host begin with a change",
    "Signs a stop, which ends by itself. Hosts that have begun carry on: they end wholly new or "
    "wholly old. What was applied stays; twoseal rollback takes it back.",
    kOperands,
    kStopFlags,
    kStopExamples,
    kClientExits,
    OutputFile::report,
    run_stop,
};

const Verb kChangePause = {
    "change pause",
    Group::daily,
    "the same as stop, meant to be resumed",
    "Signs a stop with the effect pause: hosts treat both alike, people read that it goes on.",
    kOperands,
    kStopFlags,
    kPauseExamples,
    kClientExits,
    OutputFile::report,
    run_pause,
};

const Verb kChangeResume = {
    "change resume",
    Group::daily,
    "lift the stops of a change",
    "Signs a lift of each stop that is active. It counts when it comes from whoever raised the "
    "stop, "
    "or from two others who could have, with keys that ask for consent on their own machine. Until "
    "then it says who is missing: exit 8.",
    kOperands,
    kResumeFlags,
    kResumeExamples,
    kClientExits,
    OutputFile::report,
    run_resume,
};

}  // namespace twoseal::cli
