// Which statements about a change may be recorded now.
#include <algorithm>

#include "codec/objects.h"
#include "policy/criteria.h"
#include "workflow/change_course.h"
#include "workflow/change_exam.h"
#include "workflow/retired_hosts.h"
#include "workflow/taking_back.h"

namespace twoseal {
namespace {

std::unexpected<Error> refusal(Errc code, std::string what) {
  return fail(code, std::move(what));
}

std::unexpected<Error> of_reason(const Reason& reason) {
  return fail(reason.code, reason.text);
}

// A change that is over, or that a newer version replaced, takes no more of these.
Result<void> check_open(const ChangeFacts& facts, UnixSeconds now) {
  if (facts.replaced_by) {
    return refusal(Errc::superseded,
                   "CHG-" + std::to_string(facts.number) + " version " +
                       std::to_string(facts.version) + " is replaced by " +
                       facts.replaced_by->text());
  }
  switch (rough_state(facts, now)) {
    case RoughState::done:
      return refusal(Errc::wrong_state, "the change is done");
    case RoughState::withdrawn:
      return refusal(Errc::wrong_state, "its author withdrew the change");
    default:
      return {};
  }
}

// Whoever may not approve is told so before anything is recorded: it would never count.
Result<void> check_vote(const ChangeFacts& facts,
                        const Documents& documents,
                        const Statement& statement,
                        const std::set<RoleId>* needed,
                        UnixSeconds now) {
  TWOSEAL_TRY_VOID(check_open(facts, now));
  const bool approves = statement.act == Act::approve;
  if (now > facts.change->window.not_after) {
    return refusal(Errc::refuse_w1, "the window of the change has closed");
  }
  const auto& who = facts.change->executor.who;
  if (approves && authors_of(*facts.change).contains(statement.by)) {
    return refusal(Errc::refuse_s3, statement.by.text() + " wrote the change or helped to");
  }
  if (approves && who && std::find(who->begin(), who->end(), statement.by) != who->end()) {
    return refusal(Errc::refuse_s3, statement.by.text() + " carries the change out");
  }
  const bool released =
      std::any_of(facts.releases.begin(), facts.releases.end(), [&](const RecordedRelease& one) {
        return one.act.by == statement.by;
      });
  if (approves && released) {
    return refusal(Errc::refuse_s3, statement.by.text() + " released a phase of the change");
  }
  if (needed == nullptr) {
    return {};  // what is wrong with the change is for its page; the vote is no worse for it
  }
  const bool fits = std::any_of(needed->begin(), needed->end(), [&](const RoleId& role) {
    return (statement.role.empty() || statement.role == role) &&
           documents.keyring->holds(statement.by, role, {statement.at, now, kNotRecorded});
  });
  if (fits) {
    return {};
  }
  return refusal(Errc::refuse_s3,
                 statement.by.text() + " holds none of the roles that the change needs" +
                     (statement.role.empty() ? "" : " as " + statement.role.text()));
}

std::string why_shut(const PhaseCourse& course) {
  if (course.needs_release) {
    return "waits for its release";
  }
  switch (course.gate) {
    case PhaseGate::closed:
      return "its gate is closed";
    case PhaseGate::soaks:
      return "its gate is soaking";
    case PhaseGate::waiting:
      return "its gate is not open yet";
    default:
      return "none of its hosts has it";
  }
}

Result<void> check_phase_order(const ChangeFacts& facts,
                               const Documents& documents,
                               const Release& release,
                               UnixSeconds now) {
  if (!facts.change->phases) {
    return release.phase == whole_phase()
               ? Result<void>()
               : refusal(Errc::refuse_c2, "a change that a person carries out has the phase all");
  }
  const auto& phases = *facts.change->phases;
  const auto courses = phases_of(facts, documents, now);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].name == release.phase) {
      return {};
    }
    // The release itself opens a gate of kind person, once the hosts before it have ended. Who
    // signed off before they took the change back has not seen that.
    const bool stands = courses[i].tally.ok > 0 && courses[i].released;
    const bool opens = phases[i].gate.kind == GateKind::person && i + 1 < phases.size() &&
                       phases[i + 1].name == release.phase && stands;
    const bool is_open = courses[i].gate == PhaseGate::open &&
                         (phases[i].gate.kind == GateKind::automatic || stands);
    if (!is_open && !opens) {
      return fail(
          Errc::refuse_w4,
          "phase " + phases[i].name.text() + " comes before, and " + why_shut(courses[i]),
          "",
          "twoseal change show CHG-" + std::to_string(facts.number) + " says what comes next");
    }
  }
  return refusal(Errc::refuse_c2, "the change has no phase " + release.phase.text());
}

// The first host of the phase that is assigned; the first one when none is.
std::optional<HostId> host_of_phase(const ChangeFacts& facts,
                                    const Documents& documents,
                                    const Name& phase,
                                    UnixSeconds now) {
  for (const Phase& one : facts.change->phases.value_or(std::vector<Phase>())) {
    if (one.name == phase && !one.hosts.empty()) {
      const auto assigned =
          std::find_if(one.hosts.begin(), one.hosts.end(), [&](const HostId& host) {
            return documents.is_assigned(host, now);
          });
      return assigned != one.hosts.end() ? *assigned : one.hosts.front();
    }
  }
  return std::nullopt;
}

// The newest request that the release must name: hosts that took the change back for it would not
// begin again otherwise. Nobody releases that by oversight, but a further phase follows the first.
std::optional<std::uint64_t> rollback_to_name(const ChangeFacts& facts, const Release& release) {
  const auto& phases = phases_in(*facts.change);
  const auto phase = std::find_if(
      phases.begin(), phases.end(), [&](const Phase& one) { return one.name == release.phase; });
  const bool follows =
      phase != phases.end() &&
      std::any_of(phase->hosts.begin(), phase->hosts.end(), [&](const HostId& host) {
        return waits_for_release(facts, static_cast<std::size_t>(phase - phases.begin()), host);
      });
  std::optional<std::uint64_t> newest;
  for (const RecordedRollback& one : facts.rollbacks) {
    const bool overridden = is_overridden(facts, one);
    const bool counts = follows ? overridden : !overridden && !one.act.withdrawn;
    newest = counts ? std::max(newest.value_or(0), one.act.index) : newest;
  }
  return follows || is_undone(facts) ? newest : std::nullopt;
}

Result<void> check_names_rollback(const ChangeFacts& facts, const Release& release) {
  const auto asked = rollback_to_name(facts, release);
  return asked && (!release.after || std::cmp_less(*release.after, *asked))
             ? fail(Errc::wrong_state,
                    "entry " + std::to_string(*asked) +
                        " asks for it to be taken back, and the release does not name that",
                    "",
                    "twoseal ship CHG-" + std::to_string(facts.number) + " --again names it")
             : Result<void>();
}

// The facts as they would be once the release is recorded.
ChangeFacts facts_with(const ChangeFacts& facts, const Release& release) {
  ChangeFacts with = facts;
  RecordedRelease next{{}, release.phase, release.after};
  next.act.event = Event::released;
  next.act.index = static_cast<std::uint64_t>(kNotRecorded);
  with.releases.push_back(std::move(next));
  return with;
}

// Whether a host that is assigned would begin by the release, or may have begun by an older one; or
// what hosts did already gets a release again, since that of theirs was withdrawn.
bool begins_anywhere(const ChangeFacts& facts,
                     const ChangeFacts& with,
                     const Documents& documents,
                     UnixSeconds now) {
  const auto& phases = phases_in(*with.change);
  const RetiredHosts retired(with, documents, now);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const RecordedRelease* serving = serving_release_of(with, i);
    if (serving == nullptr || std::cmp_not_equal(serving->act.index, kNotRecorded)) {
      continue;
    }
    const bool is_new = serving_release_of(facts, i) == nullptr;
    const auto& hosts = phases[i].hosts;
    if (std::any_of(hosts.begin(), hosts.end(), [&](const HostId& host) {
          return counting_outcome(with, i, host) != nullptr
                     ? is_new
                     : documents.is_assigned(host, now) && newest_request(with, host) == nullptr;
        })) {
      return true;
    }
    if (phases[i].gate.kind == GateKind::automatic &&
        judge_auto_gate(phases[i], tally_of(with, i, retired.discounted()), now) ==
            GateAnswer::undecided) {
      return false;  // and nobody is left who could open it for those behind
    }
  }
  return false;
}

// The same release, naming whatever somebody asked to be taken back.
Release naming_all(const ChangeFacts& facts, const Release& release) {
  Release named = release;
  for (const RecordedRollback& one : facts.rollbacks) {
    named.after = std::max(named.after.value_or(0), static_cast<std::int64_t>(one.act.index));
  }
  return named;
}

std::unexpected<Error> names_too_little(const ChangeFacts& facts, const std::string& what) {
  return fail(Errc::wrong_state,
              what + ", and the release does not name that",
              "",
              "twoseal ship CHG-" + std::to_string(facts.number) + " --again names it");
}

// A gate that stays closed: nothing would begin, or be taken back at once.
Result<void> check_gates_after(const ChangeFacts& facts,
                               const Release& release,
                               const Documents& documents,
                               UnixSeconds now) {
  const ChangeFacts with = facts_with(facts, release);
  if (!is_gate_closed(with)) {
    return {};
  }
  if (!is_gate_closed(facts_with(facts, naming_all(facts, release)))) {
    return names_too_little(facts, "hosts took it back since somebody asked");
  }
  TakingBack back = TakingBack::now(facts, documents, now);
  const std::string change = "CHG-" + std::to_string(facts.number);
  if (back.is_any_going_back()) {
    return fail(Errc::wrong_state,
                "hosts of " + change + " are taking it back still",
                "",
                "twoseal change show " + change + " tells when they have");
  }
  const bool torn = std::any_of(with.outcomes.begin(), with.outcomes.end(), [](const auto& one) {
    return one != nullptr && one->outcome == "interrupted";
  });
  return torn ? fail(Errc::wrong_state,
                     "a host of " + change + " could not be taken back wholly",
                     "",
                     "mend what it says in twoseal change show " + change +
                         ", then ask once more: twoseal rollback " + change)
              : fail(Errc::wrong_state,
                     "too many hosts of " + change +
                         " failed: what they took back by themselves no release begins again",
                     "",
                     "see why: twoseal change show " + change +
                         "; then propose it anew, or for the hosts that are left with --remainder");
}

// A release that would let nobody begin is no release, but when it says that what was asked back
// stays as it is.
Result<void> check_begins(const ChangeFacts& facts,
                          const Documents& documents,
                          const Release& release,
                          UnixSeconds now) {
  if (!facts.change->phases) {
    return {};
  }
  const ChangeFacts with = facts_with(facts, release);
  TWOSEAL_TRY_VOID(check_gates_after(facts, release, documents, now));
  const bool is_kept = is_undone(facts) && !is_undone(with);
  if (is_kept || begins_anywhere(facts, with, documents, now)) {
    return {};
  }
  const ChangeFacts again = facts_with(facts, naming_all(facts, release));
  return begins_anywhere(facts, again, documents, now)
             ? names_too_little(facts, "somebody asked hosts of the phase to take it back")
             : fail(Errc::wrong_state,
                    "no host of phase " + release.phase.text() +
                        " would begin: each has ended it, or is retired",
                    "",
                    "hosts that are not as it wants them get it by: twoseal propose FILE "
                    "--remainder CHG-" +
                        std::to_string(facts.number));
}

Result<void> check_release_now(const ChangeFacts& facts,
                               const Documents& documents,
                               const ChangeMaterial& material,
                               const Transition& transition,
                               UnixSeconds now) {
  TWOSEAL_TRY_VOID(check_open(facts, now));
  const Release& release = *transition.release;
  TWOSEAL_TRY_VOID(check_names_rollback(facts, release));
  TWOSEAL_TRY_VOID(check_phase_order(facts, documents, release, now));
  const SignedStatement& source = *transition.source;
  const auto host = host_of_phase(facts, documents, release.phase, now);
  ChangeExam exam(facts, documents, material, host, now);
  exam.add(source, Event::released, codec::encode(release));
  const std::vector<Reason> reasons = exam.release();
  if (const auto problem = exam.problem_of(source.digest)) {
    return refusal(Errc::refuse_s5, source.statement.by.text() + ": " + *problem);
  }
  if (!exam.is_serving(source.digest)) {
    return refusal(Errc::refuse_s5,
                   source.statement.by.text() + " does not hold the role executor");
  }
  return reasons.empty() ? check_begins(facts, documents, *transition.release, now)
                         : of_reason(reasons.front());
}

Result<void> check_withdrawal(const ChangeFacts& facts,
                              const Transition& transition,
                              UnixSeconds now) {
  const Statement& statement = transition.source->statement;
  const bool asks_back =
      transition.withdrawn != nullptr && transition.withdrawn->act == Act::rollback;
  if (rough_state(facts, now) == RoughState::done && !asks_back) {
    return refusal(Errc::wrong_state, "the change is done: what hosts did is taken back otherwise");
  }
  if (transition.withdrawn == nullptr || transition.withdrawn->by != statement.by) {
    return refusal(Errc::nothing_to_sign, "only its own signer takes a statement back");
  }
  const bool twice = std::any_of(facts.withdrawals.begin(),
                                 facts.withdrawals.end(),
                                 [&](const auto& one) { return one.object == statement.obj; });
  return twice ? refusal(Errc::nothing_to_sign, "the statement was taken back before")
               : Result<void>();
}

Result<void> check_result(const ChangeFacts& facts, const HostResult& result) {
  if (!facts.place_of(result.host)) {
    return refusal(Errc::refuse_c2, result.host.text() + " is not among the targets");
  }
  for (const Phase& phase : facts.change->phases.value_or(std::vector<Phase>())) {
    const bool here =
        std::find(phase.hosts.begin(), phase.hosts.end(), result.host) != phase.hosts.end();
    if (here && phase.name != result.phase) {
      return refusal(Errc::refuse_c2,
                     result.host.text() + " is in phase " + phase.name.text() + ", not in " +
                         result.phase.text());
    }
  }
  return {};
}

// A rollback needs somebody who may ask for it, and something that can be undone.
Result<void> check_rollback(const ChangeFacts& facts,
                            const Documents& documents,
                            const Statement& statement,
                            UnixSeconds now) {
  if (facts.releases.empty() && !facts.change->auto_rule) {
    return refusal(Errc::wrong_state, "nothing of the change has begun");
  }
  const RoleMoment moment{statement.at, now, kNotRecorded};
  const auto holds = [&](const RoleId& role) {
    return (statement.role.empty() || statement.role == role) &&
           documents.keyring->holds(statement.by, role, moment);
  };
  bool may = holds(RoleId::parse("executor").value());
  for (const Rule& rule :
       documents.policy != nullptr ? documents.policy->value.rules : std::vector<Rule>()) {
    for (const Need& need : rule.need) {
      may = may || holds(need.role);
    }
  }
  return may ? Result<void>()
             : refusal(Errc::refuse_s5,
                       statement.by.text() + " is neither executor nor holds a needed role");
}

// Of a change that went back everywhere nothing is left to take back.
Result<void> check_takes_back(const ChangeFacts& facts,
                              const Documents& documents,
                              const Transition& transition,
                              UnixSeconds now) {
  if (!is_undone(facts) || !transition.rollback) {
    return {};
  }
  ChangeFacts with = facts;
  RecordedRollback next{{}, transition.rollback->hosts};
  next.act.index = static_cast<std::uint64_t>(kNotRecorded);
  next.act.entry_at = now;
  with.rollbacks.push_back(std::move(next));
  TakingBack back = TakingBack::now(with, documents, now);
  return back.is_any_going_back()
             ? Result<void>()
             : fail(Errc::nothing_to_sign,
                    "nothing of it stands on a host that could take it back",
                    "",
                    "twoseal change show CHG-" + std::to_string(facts.number) + " shows each host");
}

Result<void> check_sign_off(const ChangeFacts& facts, UnixSeconds now) {
  TWOSEAL_TRY_VOID(check_open(facts, now));
  return facts.releases.empty() && !facts.change->auto_rule
             ? refusal(Errc::nothing_to_sign, "no phase of the change was released")
             : Result<void>();
}

}  // namespace

std::optional<std::set<RoleId>> needed_roles(const ChangeFacts& facts,
                                             const Documents& documents,
                                             const ChangeMaterial& material,
                                             UnixSeconds now) {
  std::set<RoleId> roles;
  for (const auto& host : kinds_of_hosts(facts, documents)) {
    ChangeExam exam(facts, documents, material, host, now);
    const auto need = exam.needs();
    if (need.empty()) {
      return std::nullopt;
    }
    roles.insert(need.begin(), need.end());
  }
  return roles;
}

bool has_expired(const ChangeFacts& facts, UnixSeconds now) {
  const RoughState state = rough_state(facts, now);
  return now > facts.change->window.not_after && !all_ended(facts) && !facts.replaced_by &&
         state != RoughState::done && state != RoughState::withdrawn;
}

Result<void> check_transition(const ChangeFacts& facts,
                              const Documents& documents,
                              const ChangeMaterial& material,
                              const Transition& transition,
                              UnixSeconds now) {
  const Statement& statement = transition.source->statement;
  switch (statement.act) {
    case Act::approve:
    case Act::reject:
      return check_vote(facts, documents, statement, transition.needed, now);
    case Act::signoff:
      return check_sign_off(facts, now);
    case Act::release:
      return check_release_now(facts, documents, material, transition, now);
    case Act::rollback:
      TWOSEAL_TRY_VOID(check_rollback(facts, documents, statement, now));
      return check_takes_back(facts, documents, transition, now);
    case Act::withdraw:
      return check_withdrawal(facts, transition, now);
    case Act::sign:
      return transition.result ? check_result(facts, *transition.result) : Result<void>();
    default:
      return {};
  }
}

}  // namespace twoseal
