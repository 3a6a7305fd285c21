// twoseal change stop, pause, resume
#include <algorithm>
#include <functional>
#include <thread>

#include "base/encoding.h"
#include "base/limits.h"
#include "cli/client/change_text.h"
#include "cli/client/following.h"
#include "cli/client/lifting.h"
#include "cli/signing_key.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "policy/halts.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kStopDefault = 86'400;
constexpr std::size_t kIdSize = 4;

// --- stop and pause -----------------------------------------------------------------------------

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
      (others.size() < kLiftsNeeded ? "it holds until it ends by itself"
                                    : "two of these could: " + list_text(others)));
  return {};
}

Result<Report> raise_stop(StopEffect effect, const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const std::int64_t seconds, seconds_from(arguments, "--duration", kStopDefault));
  if (seconds == 0 || seconds > limits::kStopMax) {
    return fail(Errc::usage, "--duration is from one second to 30 days: a stop ends by itself");
  }
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  const std::string& state = page.at("state").text();
  if (is_final(state)) {
    return fail(Errc::wrong_state,
                page.at("number").text() + " is " + state + ": no host begins with it any more",
                "",
                state == "done" ? "twoseal rollback " + page.at("number").text() + " takes it back"
                                : "twoseal change show " + page.at("number").text());
  }
  if (!may_raise(client.trust.facts(), client.profile.by, client.trust.now())) {
    return fail(Errc::not_allowed,
                client.profile.by.text() +
                    " holds no role, or only roles that look on: no host would heed the stop");
  }
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

// Documents are a little behind the log: asks for them again until `holds`, or for 20 seconds. A
// server that does not answer meanwhile takes nothing back that was signed.
Client client_when(Client client,
                   const Arguments& arguments,
                   const std::function<bool(Client& client)>& holds) {
  constexpr int kTries = 20;
  for (int i = 0; i < kTries && !holds(client); ++i) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (auto newer = open_client(arguments)) {
      client = *std::move(newer);
    }
  }
  return client;
}

// How many stops hold the change back, as the server says.
std::int64_t stops_said(const codec::PlainJson& page) {
  const auto& reasons = page.at("reasons").list();
  return std::count_if(reasons.begin(), reasons.end(), [](const codec::PlainJson& one) {
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
    standing.lifted = stop.by == client.profile.by || standing.by.size() >= kLiftsNeeded;
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
                               " of " + std::to_string(kLiftsNeeded) +
                               " needed; missing: " + lifters_text(standing, stop.by) + "\n";
}

Result<Report> run_resume(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  TWOSEAL_TRY(const Digest change, Digest::parse(page.at("digest").text()));
  constexpr int kTriesForMore = 4;
  int tries = 0;
  client = client_when(std::move(client), arguments, [&](Client& one) {
    // Stops of a scope or of everybody are said as well, and are none of these.
    return std::ssize(stops_of(one, change)) >= stops_said(page) || ++tries > kTriesForMore;
  });
  const Stops stops = stops_of(client, change);
  if (stops.empty()) {
    return fail(Errc::nothing_to_sign, "no stop of " + page.at("number").text() + " is active");
  }
  std::map<Digest, std::optional<std::int64_t>> signed_at;
  for (const auto& [digest, stop] : stops) {
    TWOSEAL_TRY(signed_at[digest], lift(client, digest, arguments, session));
    if (signed_at[digest]) {
      session.talk("signed  the lift of " + stop.id.text() + ", entry " +
                   std::to_string(*signed_at[digest]));
    }
  }
  client = client_when(std::move(client), arguments, [&](Client& one) {
    return std::all_of(
        stops.begin(), stops.end(), [&](const auto& stop) { return shows_lift(one, stop.first); });
  });
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
constexpr Flag kStopFlags[] = {
    {"--duration", "LENGTH", "for how long, at most 30d; 24h when left out"},
    kReasonFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag};
constexpr Flag kResumeFlags[] = {kReasonFlag, kKeyFlag, kPassphraseFlag, kProfileFlag};
constexpr std::string_view kStopExamples[] = {"twoseal change stop CHG-42 --reason 'log-ins fail'"};
constexpr std::string_view kPauseExamples[] = {"twoseal change pause CHG-42 --duration 2h"};
constexpr std::string_view kResumeExamples[] = {"twoseal change resume CHG-42"};

}  // namespace

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
