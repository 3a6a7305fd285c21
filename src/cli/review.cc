// twoseal review, approve, reject, signoff, withdraw
#include <algorithm>
#include <set>

#include "base/words.h"
#include "cli/client/change_json.h"
#include "cli/client/change_text.h"
#include "cli/client/confirming.h"
#include "cli/client/following.h"
#include "cli/client/let_go.h"
#include "cli/columns.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "model/names.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kSeenMax = std::size_t{4} * 1024 * 1024;

// --- what this person has reviewed before -----------------------------------------------------

// One file for each number without version: the digests of the classes that were shown.
std::string seen_file(const KnownChange& known) {
  return "reviewed/" + known.number.substr(0, known.number.find('.'));
}

Result<std::set<Digest>> seen_before(const Client& client, const KnownChange& known) {
  std::set<Digest> seen;
  TWOSEAL_TRY(const auto bytes, read_state(client.profile, seen_file(known), kSeenMax));
  std::string_view rest = bytes ? std::string_view(*bytes) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (const auto digest = Digest::parse(line)) {
      seen.insert(*digest);
    }
  }
  return seen;
}

Result<void> keep_seen(const Client& client, const KnownChange& known) {
  std::string text;
  for (const auto& [digest, steps] : known.classes) {
    text += digest.text() + "\n";
  }
  return write_state(client.profile, seen_file(known), text);
}

// --- what is shown ----------------------------------------------------------------------------

std::string plan_of(const KnownChange& known,
                    const std::vector<std::string>& let_go,
                    const std::set<Digest>& seen) {
  if (!known.facts().plan) {
    return "a person carries this change out: there is no plan of hosts\n";
  }
  return plan_text(
             *known.facts().plan, known.classes, names_of(known.change()), seen, wanted_by(known)) +
         let_go_text(let_go) + way_back_text(known);
}

std::string server_says(const KnownChange& known) {
  std::string who;
  for (const codec::PlainJson& one : known.page.at("next").at("who").list()) {
    who += (who.empty() ? "" : ", ") + one.text();
  }
  return one_line("server says: " + known.page.at("state").text() + "; next " +
                  known.page.at("next").at("what").text() + (who.empty() ? "" : " by " + who)) +
         "\n";
}

Json rehearsals_json(const KnownChange& known) {
  Json::Array list;
  for (const Result<Rehearsal>& one : known.rehearsals) {
    list.emplace_back(one ? Json::Object{{"proven", true},
                                         {"change", one->change.text()},
                                         {"host", one->host.name},
                                         {"applied_in", one->applied_in},
                                         {"undone_in", one->undone_in}}
                          : Json::Object{{"proven", false}, {"why", one.error().what}});
  }
  return list;
}

Json::Object fields_of(const KnownChange& known, const std::vector<std::string>& let_go) {
  Json::Array reasons;
  for (const Reason& reason : known.judged.decision.reasons) {
    reasons.emplace_back(
        Json::Object{{"code", error_info(reason.code).refusal}, {"text", reason.text}});
  }
  Json::Object fields = {{"number", known.number},
                         {"change", known.digest.text()},
                         {"words", digest_words_text(known.digest)},
                         {"title", known.change().title},
                         {"author", known.change().author.text()},
                         {"open", std::move(reasons)},
                         {"server_state", known.page.at("state").text()}};
  for (auto& field : change_fields(known)) {
    fields.push_back(std::move(field));
  }
  fields.emplace_back("rehearsals", rehearsals_json(known));
  fields.emplace_back("retired", json_list(known.retired));
  if (known.facts().plan) {
    fields.emplace_back(
        "classes",
        plan_json(*known.facts().plan, known.classes, names_of(known.change()), wanted_by(known)));
    fields.emplace_back("kept", settled_json(known.classes, wanted_by(known)));
    fields.emplace_back("let_go", json_list(let_go));
  }
  return fields;
}

Result<Report> run_review(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("CHANGE")));
  std::set<Digest> seen;
  if (arguments.has("--since-last")) {
    TWOSEAL_TRY(seen, seen_before(client, known));
  }
  const auto let_go = resources_let_go(client.api, known);
  Report report;
  report.text = change_text(known) + standing_text(known) + "\n" + plan_of(known, let_go, seen) +
                "\n" + server_says(known);
  report.fields = fields_of(known, let_go);
  TWOSEAL_TRY_VOID(keep_seen(client, known));
  session.talk("next  twoseal approve " + known.number + ", or twoseal reject " + known.number +
               " --reason TEXT");
  return report;
}

// --- what is signed ---------------------------------------------------------------------------

Result<void> confirm_change(const KnownChange& known,
                            const std::string& shown,
                            const std::string& act,
                            const Arguments& arguments,
                            const Session& session) {
  return confirm({known.digest, known.number, act, shown}, arguments, session);
}

Result<std::optional<RoleId>> role_from(const Arguments& arguments) {
  const auto text = arguments.find("--role");
  if (!text) {
    return std::optional<RoleId>();
  }
  TWOSEAL_TRY(RoleId role, RoleId::parse(*text));
  return std::optional(std::move(role));
}

// The server would refuse it as well, and so would every host.
Result<void> check_not_own(const KnownChange& known, const ActorId& by) {
  const Change& change = known.change();
  const auto contributors = change.contributors.value_or(std::vector<std::string>());
  const std::string next = "somebody else approves it: twoseal review " + known.number;
  if (change.author == by) {
    return fail(Errc::refuse_s3, by.text() + " wrote " + known.number, "", next);
  }
  return std::find(contributors.begin(), contributors.end(), by.text()) == contributors.end()
             ? Result<void>()
             : fail(Errc::refuse_s3, by.text() + " helped to write " + known.number, "", next);
}

Result<Report> sign_vote(Act act, const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("CHANGE")));
  Saying saying;
  saying.act = act;
  saying.object = known.digest;
  saying.note = arguments.find(act == Act::reject ? "--reason" : "--note");
  TWOSEAL_TRY(saying.role, role_from(arguments));
  if (act == Act::approve) {
    TWOSEAL_TRY_VOID(check_not_own(known, client.profile.by));
    const std::string shown = change_text(known) + standing_text(known) + "\n" +
                              plan_of(known, resources_let_go(client.api, known), {});
    TWOSEAL_TRY_VOID(confirm_change(known, shown, "approve", arguments, session));
  }
  TWOSEAL_TRY(const RecordedAt at, sign_and_submit(client, saying, {}, arguments, session));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, known.digest.text()));
  const std::string done = act == Act::approve ? "approved" : "rejected";
  Report report;
  report.text = done + " " + known.number + " by " + client.profile.by.text() + ", entry " +
                std::to_string(at.index) + "\nserver says: " + page.at("state").text() + "\n";
  report.fields = {{"number", known.number},
                   {"change", known.digest.text()},
                   {"statement", at.statement.text()},
                   {"index", at.index},
                   {"server_state", page.at("state").text()}};
  if (page.at("state").text() == "approved") {
    session.talk("next  twoseal ship " + known.number + ", by an executor");
  }
  return report;
}

Result<Report> run_approve(const Arguments& arguments, const Session& session) {
  return sign_vote(Act::approve, arguments, session);
}

Result<Report> run_reject(const Arguments& arguments, const Session& session) {
  return sign_vote(Act::reject, arguments, session);
}

// --- sign off ---------------------------------------------------------------------------------

// Only owners of what the change declares open a gate of theirs.
Result<void> check_owner(const KnownChange& known, const ActorId& by, UnixSeconds now) {
  const Inspection& facts = known.facts();
  const RoleMoment moment{now, now, static_cast<std::int64_t>(facts.log->point().size)};
  const auto& components = known.change().components;
  const bool owns = std::any_of(components.begin(), components.end(), [&](const ComponentId& one) {
    const auto role = RoleId::parse("owner:" + one.text());
    return role && facts.keyring->holds(by, *role, moment);
  });
  return owns || !known.change().phases
             ? Result<void>()
             : fail(Errc::not_allowed,
                    by.text() + " owns none of the components that " + known.number + " declares");
}

std::string signed_off_hint(const codec::PlainJson& page) {
  const codec::PlainJson& next = page.at("next");
  const std::string& number = page.at("number").text();
  const std::string& what = next.at("what").text();
  return what == "release" ? "next  twoseal ship " + number + " releases " + next.at("phase").text()
         : what == "sign-off" ? "next  " + who_text(next, number)
                              : "";
}

// The phase whose gate an owner will open once its hosts have ended; empty.
std::string owner_gate_ahead(const KnownChange& known) {
  const codec::PlainJson& next = known.page.at("next");
  const auto phases = known.change().phases.value_or(std::vector<Phase>());
  const auto found = std::find_if(phases.begin(), phases.end(), [&](const Phase& one) {
    return one.name.text() == next.at("phase").text() && one.gate.kind == GateKind::owner;
  });
  return next.at("what").text() == "wait" && found != phases.end() ? found->name.text() : "";
}

Result<Report> run_signoff(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("CHANGE")));
  const codec::PlainJson& next = known.page.at("next");
  const std::string ahead = owner_gate_ahead(known);
  if (!ahead.empty() && !arguments.has("--anyway")) {
    return fail(Errc::wrong_state,
                "hosts of phase " + ahead + " have not ended yet",
                "",
                "twoseal change wait " + known.number +
                    " tells when they have; --anyway signs off without them");
  }
  if (next.at("what").text() != "sign-off" && ahead.empty()) {
    return fail(Errc::nothing_to_sign,
                "no phase of " + known.number + " waits for a sign-off: it is " +
                    known.page.at("state").text() + ", next " + who_text(next, known.number),
                "",
                "twoseal change show " + known.number + " says what became of each host");
  }
  TWOSEAL_TRY_VOID(check_owner(known, client.profile.by, client.trust.now()));
  const std::string phase = next.at("phase").text();
  const std::string shown = change_text(known) + standing_text(known) + "\nserver says:\n" +
                            course_text(known.page) + "the sign-off is for the gate of phase " +
                            phase + "\n";
  TWOSEAL_TRY_VOID(confirm_change(known, shown, "sign off", arguments, session));
  Saying saying;
  saying.act = Act::signoff;
  saying.object = known.digest;
  saying.note = arguments.find("--note");
  TWOSEAL_TRY(const RecordedAt at, sign_and_submit(client, saying, {}, arguments, session));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, known.digest.text()));
  Report report;
  report.text = "signed off " + phase + " of " + known.number + " by " + client.profile.by.text() +
                ", entry " + std::to_string(at.index) + "\n" + course_text(page) +
                "server says: " + page.at("state").text() + "\n";
  report.fields = {{"number", known.number},
                   {"change", known.digest.text()},
                   {"phase", phase},
                   {"statement", at.statement.text()},
                   {"index", at.index},
                   {"server_state", page.at("state").text()}};
  if (const std::string hint = signed_off_hint(page); !hint.empty()) {
    session.talk(hint);
  }
  return report;
}

// --- withdraw ---------------------------------------------------------------------------------

// What people say about a change and may take back: sign-offs and rollbacks too, which no release
// names.
std::vector<Digest> said_about_it(const KnownChange& known) {
  const Bundle& bundle = known.facts().bundle;
  std::vector<Digest> all = statements_about(bundle, known.files.at("change.json"));
  for (const auto& [digest, one] : bundle.statements) {
    const auto blob = bundle.blobs.find(one.statement.obj);
    const auto rollback = one.statement.act == Act::rollback && blob != bundle.blobs.end()
                              ? codec::decode<Rollback>(blob->second)
                              : Result<Rollback>(fail(Errc::not_found, "no rollback"));
    if ((one.statement.act == Act::signoff && one.statement.obj == known.digest) ||
        (rollback && rollback->change == known.digest)) {
      all.push_back(digest);
    }
  }
  return all;
}

// What this person said last about the change, and has not taken back.
const SignedStatement* newest_own(const KnownChange& known, const ActorId& by) {
  const Bundle& bundle = known.facts().bundle;
  std::set<Digest> taken_back;
  for (const auto& [digest, one] : bundle.statements) {
    if (one.statement.act == Act::withdraw && one.statement.by == by) {
      taken_back.insert(one.statement.obj);
    }
  }
  const SignedStatement* newest = nullptr;
  for (const Digest& digest : said_about_it(known)) {
    const SignedStatement& one = bundle.statements.at(digest);
    if (one.statement.by == by && one.statement.act != Act::withdraw &&
        !taken_back.contains(digest) &&
        (newest == nullptr || one.statement.at >= newest->statement.at)) {
      newest = &one;
    }
  }
  return newest;
}

// What a withdrawal leaves as it is; empty.
std::string withdrawn_note(const KnownChange& known, Act act) {
  const auto& hosts = known.page.at("targets").list();
  const bool went_back = std::any_of(hosts.begin(), hosts.end(), [](const codec::PlainJson& one) {
    return one.at("state").text() == "rolled-back";
  });
  if (act == Act::rollback && went_back) {
    return "hosts that took it back stay so; twoseal ship " + known.number +
           " --again releases it anew";
  }
  // A release names what it had seen, so what it lets begin goes on.
  return known.page.at("releases").list().empty() || is_final(known.page.at("state").text())
             ? ""
             : "phases that were released go on; twoseal change stop " + known.number +
                   " lets no further host begin";
}

Result<Report> run_withdraw(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("CHANGE")));
  const SignedStatement* own = newest_own(known, client.profile.by);
  if (own == nullptr) {
    return fail(
        Errc::nothing_to_sign,
        client.profile.by.text() + " has said nothing about " + known.number + " that stands");
  }
  Saying saying;
  saying.act = Act::withdraw;
  saying.type = ObjType::statement;
  saying.object = own->digest;
  saying.note = arguments.find("--reason");
  TWOSEAL_TRY(const RecordedAt at, sign_and_submit(client, saying, {}, arguments, session));
  const std::string what(enum_name(own->statement.act));
  Report report;
  report.text = "withdrew the statement " + what + " of " + client.profile.by.text() + " about " +
                known.number + ", entry " + std::to_string(at.index) + "\n";
  report.fields = {{"number", known.number},
                   {"withdrawn", own->digest.text()},
                   {"act", what},
                   {"index", at.index}};
  if (const std::string note = withdrawn_note(known, own->statement.act); !note.empty()) {
    session.talk("note  " + note);
  }
  return report;
}

constexpr Operand kOperands[] = {{"CHANGE", "CHG-42, or its digest"}};
constexpr Flag kReasonFlag = {"--reason", "TEXT", "why; signed with it"};
constexpr Flag kReviewFlags[] = {
    {"--since-last", "", "leave out the steps that you have been shown before"}, kProfileFlag};
constexpr Flag kApproveFlags[] = {
    kWordsFlag,
    {"--note", "TEXT", "a remark that is signed with it"},
    kRoleFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr Flag kRejectFlags[] = {
    {"--reason", "TEXT", "why; signed with it", true},
    kRoleFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr Flag kSignoffFlags[] = {
    {"--words", "WORDS", "the twelve words of the change, as review showed them"},
    {"--anyway", "", "also while hosts of the phase have not ended, such as one that is away"},
    {"--note", "TEXT", "a remark that is signed with it"},
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr Flag kWithdrawFlags[] = {kReasonFlag, kKeyFlag, kPassphraseFlag, kProfileFlag};
constexpr std::string_view kReviewExamples[] = {"twoseal review CHG-42",
                                                "twoseal review CHG-42 --since-last"};
constexpr std::string_view kApproveExamples[] = {"twoseal approve CHG-42"};
constexpr std::string_view kRejectExamples[] = {
    "twoseal reject CHG-42 --reason 'the window is that of the audit'"};
constexpr std::string_view kSignoffExamples[] = {"twoseal signoff CHG-42"};
constexpr std::string_view kWithdrawExamples[] = {"twoseal withdraw CHG-42"};

}  // namespace

const Verb kReview = {
    "review",
    Group::daily,
    "show a change that this program verified",
    "Fetches the change and all that was signed about it, verifies signatures, proofs and digests "
    "from the organisation's digest on, and shows what hosts would do, step by step. What cannot "
    "be "
    "verified is not shown: exit 6. A line that begins with `server says` is its word alone.",
    kOperands,
    kReviewFlags,
    kReviewExamples,
    kClientExits,
    OutputFile::report,
    run_review,
};

const Verb kApprove = {
    "approve",
    Group::daily,
    "sign a change after having seen it",
    "Verifies the change as review does, shows it on the terminal and asks for its first words, so "
    "that nobody signs something else than was read. Elsewhere --words says which content is "
    "meant. "
    "Authors, contributors and executors of a change cannot approve it. --yes does not exist here.",
    kOperands,
    kApproveFlags,
    kApproveExamples,
    kClientExits,
    OutputFile::report,
    run_approve,
};

const Verb kReject = {
    "reject",
    Group::daily,
    "refuse a change, with the reason",
    "Signs the refusal. A change that somebody in a role its rules ask for has rejected does not "
    "run; its author proposes the next version.",
    kOperands,
    kRejectFlags,
    kRejectExamples,
    kClientExits,
    OutputFile::report,
    run_reject,
};

const Verb kSignoff = {
    "signoff",
    Group::daily,
    "open the gate behind a phase, as an owner",
    "Where a phase of a change has a gate of kind owner, the next one waits until as many owners "
    "of "
    "its components as the gate says have signed off what the hosts before did. Verifies the "
    "change "
    "as approve does, shows how far it has come, and asks for its first words. What was signed off "
    "before the phase was released does not count.",
    kOperands,
    kSignoffFlags,
    kSignoffExamples,
    kClientExits,
    OutputFile::report,
    run_signoff,
};

const Verb kWithdraw = {
    "withdraw",
    Group::daily,
    "take back what you said last about a change",
    "An author takes back the change, an approver the approval, whoever rejected the rejection, an "
    "executor the release. It does not undo what hosts have done: that is twoseal rollback.",
    kOperands,
    kWithdrawFlags,
    kWithdrawExamples,
    kClientExits,
    OutputFile::report,
    run_withdraw,
};

}  // namespace twoseal::cli
