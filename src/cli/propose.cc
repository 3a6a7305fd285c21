// twoseal plan, twoseal propose
#include <algorithm>

#include "base/limits.h"
#include "base/words.h"
#include "cli/client/change_text.h"
#include "cli/client/conflicts.h"
#include "cli/client/let_go.h"
#include "cli/client/planning.h"
#include "cli/client/rehearsing.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "resources/risks.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kWaitDefault = 60;  // seconds
constexpr std::int64_t kWaitMax = 1'200;

Result<std::chrono::seconds> wait_from(const Arguments& arguments) {
  TWOSEAL_TRY(const std::int64_t seconds, seconds_from(arguments, "--timeout", kWaitDefault));
  return seconds <= kWaitMax
             ? Result<std::chrono::seconds>(std::chrono::seconds(seconds))
             : fail(Errc::usage, "--timeout may be 20 minutes at most: a request lives no longer");
}

// The hosts of a change that are not as it wants them: those of --remainder.
Result<std::optional<std::vector<std::string>>> remainder_of(Client& client,
                                                             const Arguments& arguments,
                                                             const Session& session) {
  const auto name = arguments.find("--remainder");
  if (!name) {
    return std::optional<std::vector<std::string>>();
  }
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, *name));
  std::vector<std::string> left;
  for (const codec::PlainJson& row : page.at("targets").list()) {
    const std::string& state = row.at("state").text();
    if (state == "ok" || state == "nochange") {
      continue;
    }
    if (row.at("retired").boolean()) {
      session.talk("note  left out: " + row.at("name").text() + " is retired");
      continue;
    }
    if (state == "interrupted") {
      session.talk("note  " + row.at("name").text() + " was interrupted by " + *name +
                   " and holds some of it: the plan below starts from that");
    }
    left.push_back(row.at("name").text());
  }
  if (left.empty()) {
    return fail(Errc::usage,
                "no host of " + *name + " is left: each is as it wants it, or is retired");
  }
  return std::optional(std::move(left));
}

// Names of the hosts that the change is narrowed to; nothing when the file's own selector counts.
Result<std::optional<std::vector<std::string>>> narrowed(Client& client,
                                                         const Arguments& arguments,
                                                         const Session& session) {
  const auto rehearse = arguments.find("--rehearse");
  const int ways = int{rehearse.has_value()} + int{arguments.has("--remainder")} +
                   int{arguments.has("--rehearsed")};
  if (ways > 1) {
    return fail(Errc::usage, "only one of --remainder, --rehearse and --rehearsed at a time");
  }
  return rehearse
             ? Result<std::optional<std::vector<std::string>>>(std::vector<std::string>{*rehearse})
             : remainder_of(client, arguments, session);
}

// What both verbs do first.
struct Planned {
  DraftedChange drafted;
  std::optional<GatheredPlan> gathered;  ///< nothing when a person carries the change out
  std::vector<Conflict> conflicts;
  std::vector<std::string> let_go;
};

Result<void> check_rehearsable(const DraftedChange& drafted, const std::string& host) {
  if (!drafted.draft.state) {
    return fail(Errc::usage, "a person carries this change out, so no host can rehearse it");
  }
  return drafted.targets.size() == 1 ? Result<void>()
                                     : fail(Errc::usage, "--rehearse takes one host, not " + host);
}

Result<Planned> plan_change(Client& client, const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const auto wait, wait_from(arguments));
  TWOSEAL_TRY(const auto only, narrowed(client, arguments, session));
  Planned planned;
  TWOSEAL_TRY(planned.drafted, draft_change(client.trust, arguments.text("FILE"), only));
  if (const auto host = arguments.find("--rehearse")) {
    TWOSEAL_TRY_VOID(check_rehearsable(planned.drafted, *host));
    make_rehearsal(planned.drafted.draft, *host);
  }
  for (const std::string& why : planned.drafted.unproven) {
    session.talk("note  not looked at: " + why);
  }
  if (planned.drafted.draft.state) {
    TWOSEAL_TRY(planned.gathered, gather_plan(client, planned.drafted, wait, arguments, session));
    std::vector<std::string> unread;
    TWOSEAL_TRY(planned.conflicts,
                find_conflicts(client, planned.drafted, *planned.gathered, unread));
    for (const std::string& why : unread) {
      session.talk("note  not looked at for conflicts: " + why);
    }
    State state;
    state.resources = *planned.drafted.draft.state;
    TWOSEAL_TRY(planned.let_go, resources_let_go(client.api, planned.gathered->plan, state));
  }
  return planned;
}

// What the file wants, with the files that it names.
struct DraftedState {
  State state;
  std::map<Digest, Bytes> blobs;
};

DraftedState drafted_state(const Planned& planned) {
  DraftedState drafted;
  drafted.state.resources = planned.drafted.draft.state.value_or(std::vector<Resource>());
  for (const Bytes& blob : planned.drafted.draft.blobs) {
    drafted.blobs.emplace(sha256(blob), blob);
  }
  return drafted;
}

// The plan with what the file wants, also of files that not everybody on a host may read.
std::string whole_plan_text(const Planned& planned) {
  const GatheredPlan& gathered = *planned.gathered;
  const DraftedState wanted = drafted_state(planned);
  return plan_text(gathered.plan,
                   gathered.classes,
                   names_of(planned.drafted.targets),
                   {},
                   {&wanted.state, &wanted.blobs}) +
         let_go_text(planned.let_go);
}

std::string left_out_text(const GatheredPlan& gathered) {
  std::string text;
  for (const std::string& one : gathered.refused) {
    text += "refused  " + one + "\n";
  }
  return text + (gathered.silent.empty() ? "" : "silent   " + list_text(gathered.silent) + "\n");
}

// Of the plan, and of the state that takes the change back, which nobody plans.
std::vector<Name> all_risks(const Planned& planned) {
  std::vector<Name> plan = planned.gathered->risks();
  std::set<Name> all(plan.begin(), plan.end());
  const auto& way_back = planned.drafted.draft.rollback_state;
  for (const Resource& resource : way_back.value_or(std::vector<Resource>())) {
    all.merge(risks_of(resource));
  }
  return {all.begin(), all.end()};
}

std::string summary_of(const Planned& planned) {
  const GatheredPlan& plan = *planned.gathered;
  const std::size_t all = planned.drafted.targets.size();
  std::string text = "planned on " +
                     std::to_string(all - plan.refused.size() - plan.silent.size()) + "/" +
                     std::to_string(all) + " hosts, " + std::to_string(plan.classes.size()) +
                     (plan.classes.size() == 1 ? " class" : " classes");
  for (const Name& risk : all_risks(planned)) {
    text += "   risk " + risk.text();
  }
  return text + "\n" + conflicts_text(planned.conflicts);
}

Json conflicts_json(const std::vector<Conflict>& conflicts) {
  Json::Array list;
  for (const Conflict& one : conflicts) {
    list.emplace_back(Json::Object{{"number", one.number},
                                   {"state", one.state},
                                   {"author", one.author},
                                   {"hosts", json_list(one.hosts)},
                                   {"resources", json_list(one.touched)}});
  }
  return list;
}

Json::Object plan_fields(const Planned& planned) {
  const GatheredPlan& gathered = *planned.gathered;
  const DraftedState wanted = drafted_state(planned);
  std::vector<std::string> risks;
  for (const Name& risk : all_risks(planned)) {
    risks.push_back(risk.text());
  }
  return {
      {"hosts", planned.drafted.targets.size()},
      {"classes", plan_json(gathered.plan, gathered.classes, names_of(planned.drafted.targets))},
      {"kept", settled_json(gathered.classes, {&wanted.state, &wanted.blobs})},
      {"let_go", json_list(planned.let_go)},
      {"risks", json_list(risks)},
      {"conflicts", conflicts_json(planned.conflicts)},
      {"refused", json_list(gathered.refused)},
      {"silent", json_list(gathered.silent)}};
}

Result<Report> run_plan(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const Planned planned, plan_change(client, arguments, session));
  if (!planned.gathered) {
    return fail(Errc::usage, "a person carries this change out, so no host can plan it");
  }
  const GatheredPlan& gathered = *planned.gathered;
  Report report;
  report.text = whole_plan_text(planned) + left_out_text(gathered) + summary_of(planned);
  report.fields = plan_fields(planned);
  report.exit = !gathered.silent.empty()    ? Exit::pending
                : !gathered.refused.empty() ? Exit::denied
                : gathered.changes()        ? Exit::difference
                                            : Exit::done;
  if (!gathered.complete()) {
    const Errc code = gathered.silent.empty() ? Errc::plan_declined : Errc::plan_incomplete;
    session.talk("next  " + std::string(error_info(code).next));
  } else if (gathered.changes()) {
    session.talk("next  twoseal propose " + arguments.text("FILE"));
  }
  return report;
}

// --- propose ----------------------------------------------------------------------------------

Result<void> check_complete(const GatheredPlan& gathered) {
  if (gathered.complete()) {
    return {};
  }
  if (gathered.silent.empty()) {
    return fail(Errc::plan_declined, list_text(gathered.refused));
  }
  std::string what = list_text(gathered.refused);
  what += (what.empty() ? "" : "; ") + ("no answer from " + list_text(gathered.silent));
  return fail(Errc::plan_incomplete, std::move(what));
}

// What stands between commas, of all --accept-risk.
std::set<std::string, std::less<>> named_risks(const Arguments& arguments) {
  std::set<std::string, std::less<>> named;
  for (const std::string& list : arguments.all("--accept-risk")) {
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t end = std::min(list.find(',', begin), list.size());
      named.insert(list.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return named;
}

// Every risk has to be named by the author; of what is named nothing else is signed.
Result<std::vector<Name>> accepted_risks(const Planned& planned, const Arguments& arguments) {
  const auto accepted = named_risks(arguments);
  const std::vector<Name> risks = all_risks(planned);
  std::string missing;
  for (const Name& risk : risks) {
    if (!accepted.contains(risk.text())) {
      missing += (missing.empty() ? "" : ",") + risk.text();
    }
  }
  return missing.empty()
             ? Result<std::vector<Name>>(risks)
             : fail(Errc::risk_not_accepted,
                    missing,
                    arguments.text("FILE"),
                    "look at the plan, and if you accept that: --accept-risk " + missing);
}

// A risk that was accepted in vain is perhaps another one misspelt.
void note_needless_risks(const Planned& planned,
                         const Arguments& arguments,
                         const Session& session) {
  const auto risks = planned.gathered ? all_risks(planned) : std::vector<Name>();
  for (const std::string& named : named_risks(arguments)) {
    const bool known = std::any_of(
        risks.begin(), risks.end(), [&](const Name& risk) { return risk.text() == named; });
    if (!known) {
      session.talk("note  the plan has no risk '" + named + "'");
    }
  }
}

Result<authoring::CompiledChange> complete(Client& client,
                                           const Planned& planned,
                                           const Arguments& arguments) {
  const Policy& policy = *client.trust.facts().policy;
  authoring::ChangeContext context;
  context.org = client.profile.org;
  context.author = client.profile.by;
  // The time that hosts will believe first: a window from now on is open to them at once.
  context.now = std::min(client.trust.now(), client.trust.facts().bundle.fresh->value.at);
  context.nonce = random_bytes(limits::kNonceSize);
  context.defaults = policy.defaults;
  context.emergency_window = policy.emergency.window;
  context.min_policy = policy.version;
  context.assignments = planned.drafted.assignments;
  if (planned.gathered) {
    TWOSEAL_TRY(context.risks, accepted_risks(planned, arguments));
    context.effects = planned.gathered->effects();
    context.plan = sha256(planned.gathered->bytes);
  }
  return authoring::complete_change(planned.drafted.draft, context);
}

// The state on the one host of a rehearsal, planned once more: after everything it is as it was.
Result<GatheredPlan> plan_again(Client& client,
                                const KnownChange& known,
                                const Arguments& arguments,
                                const Session& session) {
  const auto& hosts = known.change().targets.hosts;
  if (!hosts || hosts->size() != 1) {
    return fail(Errc::not_rehearsed, known.number + " was not for one host alone");
  }
  TWOSEAL_TRY(const auto wait, wait_from(arguments));
  TWOSEAL_TRY(
      const DraftedChange drafted,
      draft_change(
          client.trust, arguments.text("FILE"), std::vector<std::string>{hosts->front().name}));
  TWOSEAL_TRY(GatheredPlan after, gather_plan(client, drafted, wait, arguments, session));
  TWOSEAL_TRY_VOID(check_complete(after));
  return after;
}

// Puts the proof of the rehearsal that --rehearsed names into the draft, where it is signed.
Result<void> add_rehearsal(Client& client,
                           const std::string& name,
                           Planned& planned,
                           const Arguments& arguments,
                           const Session& session) {
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, name));
  TWOSEAL_TRY(const GatheredPlan after, plan_again(client, known, arguments, session));
  TWOSEAL_TRY(Bytes proof, pack_rehearsal(client, known, after));
  authoring::ChangeDraft& draft = planned.drafted.draft;
  EvidenceRef evidence;
  evidence.blob = sha256(proof);
  TWOSEAL_TRY(evidence.by, ActorId::parse(known.change().targets.hosts->front().id.text()));
  TWOSEAL_TRY(evidence.kind, Name::parse(kRehearsalKind));
  draft.change.evidence.push_back(std::move(evidence));
  draft.blobs.push_back(std::move(proof));
  return {};
}

// What approvers will see of it, and refuse to believe otherwise.
Result<std::string> check_rehearsal(Client& client, const Change& change, BytesView proof) {
  std::vector<std::string> unproven;
  const auto assignments = client.trust.assignments(unproven);
  const auto& keyring = *client.trust.facts().keyring;
  TWOSEAL_TRY(
      const Rehearsal rehearsal,
      verify_rehearsal(proof, {change.org, *change.apply, change.rollback, keyring, assignments}));
  return "rehearsed " + rehearsal_text(rehearsal) + "\n";
}

Result<RecordedAt> hand_in(Client& client,
                           const Planned& planned,
                           const authoring::CompiledChange& change,
                           const Arguments& arguments,
                           const Session& session) {
  for (const Bytes& blob : change.blobs) {
    TWOSEAL_TRY_VOID(client.api.put_blob(blob));
  }
  std::vector<Bytes> objects = {change.bytes};
  for (const auto* state : {&change.state, &change.rollback_state}) {
    if (*state) {
      objects.push_back(**state);
    }
  }
  if (planned.gathered) {
    objects.push_back(planned.gathered->bytes);
    for (const auto& [digest, bytes] : planned.gathered->class_bytes) {
      objects.push_back(bytes);
    }
  }
  Saying saying;
  saying.act = Act::author;
  saying.type = ObjType::change;
  saying.object = sha256(change.bytes);
  saying.note = arguments.find("--note");
  return sign_and_submit(client, saying, objects, arguments, session);
}

// `security-lead (amara, bo) + engineering-lead (chen)`.
std::string needs_text(const codec::PlainJson& page) {
  const char* either = page.at("needs_any").boolean() ? " or " : " + ";
  std::string text;
  for (const codec::PlainJson& need : page.at("needs").list()) {
    std::vector<std::string> could;
    for (const codec::PlainJson& one : need.at("could").list()) {
      could.push_back(one.text());
    }
    text += (text.empty() ? "" : either) + need.at("role").text() +
            (could.empty() ? " (nobody can)" : " (" + list_text(could) + ")");
  }
  return text;
}

// Whether hosts begin with it without anybody else: nobody has to approve or release it.
bool begins_by_itself(const Change& change, const codec::PlainJson& page) {
  return change.auto_rule && page.at("approved").boolean();
}

// What comes after a proposal.
std::string next_of(const Arguments& arguments,
                    const Change& change,
                    const codec::PlainJson& page) {
  const std::string number = page.at("number").text();
  if (begins_by_itself(change, page)) {
    return "next  twoseal change wait " + number + " --for done";
  }
  return arguments.has("--rehearse")
             ? "next  once " + number + " is approved: twoseal ship " + number +
                   ", twoseal rollback " + number + ", then twoseal propose " +
                   arguments.text("FILE") + " --rehearsed " + number
             : "next  twoseal review " + number + ", by those who approve it";
}

Result<Report> run_propose(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(Planned planned, plan_change(client, arguments, session));
  note_needless_risks(planned, arguments, session);
  Report report;
  if (planned.gathered) {
    TWOSEAL_TRY_VOID(check_complete(*planned.gathered));
    report.text = whole_plan_text(planned) + summary_of(planned);
    report.fields = plan_fields(planned);
    if (!planned.gathered->changes() && !arguments.has("--anyway")) {
      session.talk("next  nothing to do; --anyway proposes it all the same, to be looked after");
      report.text += "every host is as wanted; nothing was proposed\n";
      return report;
    }
  }
  const auto rehearsed = arguments.find("--rehearsed");
  if (rehearsed) {
    TWOSEAL_TRY_VOID(add_rehearsal(client, *rehearsed, planned, arguments, session));
  }
  TWOSEAL_TRY(const authoring::CompiledChange change, complete(client, planned, arguments));
  if (rehearsed) {
    TWOSEAL_TRY(const std::string text,
                check_rehearsal(client, change.change, planned.drafted.draft.blobs.back()));
    report.text += text;
  }
  const Digest digest = sha256(change.bytes);
  TWOSEAL_TRY(const RecordedAt at, hand_in(client, planned, change, arguments, session));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, digest.text()));
  report.text +=
      at.number + " " + page.at("state").text() + "   words " + digest_words_text(digest) + "\n";
  const std::string needs =
      begins_by_itself(change.change, page) ? std::string() : needs_text(page);
  if (begins_by_itself(change.change, page)) {
    report.text += "server says: it needs no approval by rule " + change.change.auto_rule->text() +
                   ", and begins by itself\n";
  }
  report.text += needs.empty() ? "" : "server says: needs " + needs + "\n";
  report.fields.emplace_back("change", digest.text());
  report.fields.emplace_back("number", at.number);
  report.fields.emplace_back("words", digest_words_text(digest));
  report.fields.emplace_back("index", at.index);
  session.talk(next_of(arguments, change.change, page));
  return report;
}

constexpr Operand kOperands[] = {{"FILE", "the change, as docs/formats/change-yaml.md says"}};
constexpr Flag kTimeoutFlag = {
    "--timeout", "LENGTH", "how long to wait for hosts, at most 20m; 60s when left out"};
constexpr Flag kRemainderFlag = {
    "--remainder", "CHANGE", "only for hosts of CHANGE that are not as it wants them"};
constexpr Flag kPlanFlags[] = {
    kTimeoutFlag, kRemainderFlag, kKeyFlag, kPassphraseFlag, kProfileFlag};
constexpr Flag kProposeFlags[] = {
    {"--accept-risk",
     "NAME[,NAME]",
     "a risk of the plan that you accept, by its name",
     false,
     true},
    {"--anyway", "", "propose although every host is as wanted"},
    {"--note", "TEXT", "a remark that is signed with it"},
    {"--rehearse",
     "HOST",
     "only on HOST, to be carried out there and taken back before the real one"},
    {"--rehearsed", "CHANGE", "with the proof that CHANGE was its rehearsal, signed with it"},
    kTimeoutFlag,
    kRemainderFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr std::string_view kPlanExamples[] = {"twoseal plan changes/ssh.yaml"};
constexpr std::string_view kProposeExamples[] = {
    "twoseal propose changes/ssh.yaml --accept-risk lose-ssh",
    "twoseal propose changes/ssh.yaml --remainder CHG-42",
    "twoseal propose changes/ssh.yaml --rehearse stage-01",
    "twoseal propose changes/ssh.yaml --rehearsed CHG-43"};

}  // namespace

const Verb kPlan = {
    "plan",
    Group::daily,
    "ask hosts what a change would change",
    "Resolves the targets by signed assignments, asks each host, and verifies each answer by the "
    "host's own key. Hosts only read: nothing is changed and nothing of the plan is executed. "
    "Hosts that would do the same are one class. Exit 2 when something would change, 8 when not "
    "every host has answered.",
    kOperands,
    kPlanFlags,
    kPlanExamples,
    kClientExits,
    OutputFile::report,
    run_plan,
};

const Verb kPropose = {
    "propose",
    Group::daily,
    "plan a change and open it for review",
    "Plans as twoseal plan does, and signs the change as its author with exactly the plan that was "
    "shown. Every risk of the plan has to be accepted by its name. A change whose scope the author "
    "has proposed before, without success, becomes its next version, and approvals of the older "
    "one are void. --rehearse opens a change of its own for one host, with the same state and the "
    "same way back; --rehearsed holds what that host signed against the new change: it has applied "
    "the state and taken it back, and plans it again with the same token, so that no byte is left "
    "different. Otherwise nothing is proposed.",
    kOperands,
    kProposeFlags,
    kProposeExamples,
    kClientExits,
    OutputFile::report,
    run_propose,
};

}  // namespace twoseal::cli
