#include "workflow/change_course.h"

#include <algorithm>

#include "codec/objects.h"
#include "policy/approval.h"
#include "policy/criteria.h"
#include "workflow/change_exam.h"
#include "workflow/retired_hosts.h"
#include "workflow/taking_back.h"

namespace twoseal {
namespace {

constexpr std::array<std::string_view, 14> kStates = {
    "draft",
    "planned",
    "in-review",
    "approved",
    "scheduled",
    "rolling",
    "verifying",
    "done",
    "rejected",
    "withdrawn",
    "expired",
    "rolled-back",
    "failed",
    "stale",
};

bool has_release(const ChangeFacts& facts, const Name& phase) {
  return std::any_of(facts.releases.begin(), facts.releases.end(), [&](const auto& one) {
    return one.phase == phase && !one.act.withdrawn;
  });
}

// Whether the phase has a release, also for the hosts that took the change back meanwhile.
bool is_served(const ChangeFacts& facts, std::size_t number) {
  const auto& hosts = phases_in(*facts.change)[number].hosts;
  return (serving_release_of(facts, number) != nullptr || facts.change->auto_rule.has_value()) &&
         std::none_of(hosts.begin(), hosts.end(), [&](const HostId& host) {
           return waits_for_release(facts, number, host);
         });
}

// When a person was told to carry the change out; 0 for not yet.
std::uint64_t begun_at(const ChangeFacts& facts) {
  std::uint64_t index = 0;
  for (const RecordedRelease& one : facts.releases) {
    if (one.phase == whole_phase() && !one.act.withdrawn) {
      index = std::max(index, one.act.index);
    }
  }
  return index;
}

// Owners who signed off since the release that serves the phase, as hosts count them.
std::int64_t owners_signed(const ChangeFacts& facts,
                           const Documents& documents,
                           std::size_t number) {
  std::set<ActorId> owners;
  const RecordedRelease* serving = serving_release_of(facts, number);
  for (const RecordedAct& act : facts.acts) {
    if (act.event != Event::signed_off || act.withdrawn || serving == nullptr ||
        act.index <= serving->act.index) {
      continue;
    }
    const RoleMoment moment{act.entry_at, act.entry_at, static_cast<std::int64_t>(act.index)};
    const auto& components = facts.change->components;
    const bool owns = std::any_of(components.begin(), components.end(), [&](const auto& one) {
      return documents.keyring != nullptr &&
             documents.keyring->holds(act.by, RoleId::parse("owner:" + one.text()).value(), moment);
    });
    if (owns) {
      owners.insert(act.by);
    }
  }
  return std::ssize(owners);
}

PhaseGate gate_of(GateAnswer answer) {
  switch (answer) {
    case GateAnswer::open:
      return PhaseGate::open;
    case GateAnswer::soaks:
      return PhaseGate::soaks;
    case GateAnswer::closed:
      return PhaseGate::closed;
    default:
      return PhaseGate::waiting;
  }
}

PhaseCourse phase_course(const ChangeFacts& facts,
                         const Documents& documents,
                         std::size_t number,
                         const RetiredHosts& retired,
                         UnixSeconds now) {
  const auto& phases = phases_in(*facts.change);
  const Phase& phase = phases[number];
  PhaseCourse course{.name = phase.name, .hosts = phase.hosts.size()};
  course.released = is_served(facts, number);
  course.needs_release = !course.released;
  course.tally = tally_of(facts, number, retired.discounted());
  if (number >= retired.live_phases()) {
    course.needs_release = false;  // nobody is left who would begin, or wait for its gate
    course.gate = PhaseGate::open;
    return course;
  }
  const bool last = number + 1 == retired.live_phases();
  if (last) {
    // No host waits for this gate, so those that are retired need not keep the change from its end.
    course.tally.stale +=
        std::count_if(phase.hosts.begin(), phase.hosts.end(), [&](const HostId& host) {
          return retired.silent().contains(host);
        });
  }
  const auto answered = course.tally.ok + course.tally.failed + course.tally.stale;
  if (phase.gate.kind == GateKind::automatic) {
    const GateAnswer answer = judge_auto_gate(phase, course.tally, now);
    course.gate = gate_of(answer);
    if (answer == GateAnswer::soaks) {
      course.opens_at = soak_end(phase, course.tally);
    }
  } else if (phase.gate.kind == GateKind::owner) {
    course.sign_offs = owners_signed(facts, documents, number);
    course.gate = course.sign_offs >= *phase.gate.n ? PhaseGate::open : PhaseGate::waiting;
  } else {
    const bool goes_on =
        last ? std::cmp_greater_equal(answered, phase.hosts.size())
             : has_release(facts, phases[number + 1].name) && is_served(facts, number + 1);
    course.gate = goes_on ? PhaseGate::open : PhaseGate::waiting;
  }
  return course;
}

std::vector<PhaseCourse> phases_with(const ChangeFacts& facts,
                                     const Documents& documents,
                                     const RetiredHosts& retired,
                                     UnixSeconds now) {
  std::vector<PhaseCourse> courses;
  for (std::size_t i = 0; i < phases_in(*facts.change).size(); ++i) {
    courses.push_back(phase_course(facts, documents, i, retired, now));
  }
  return courses;
}

bool is_done_by(const ChangeFacts& facts,
                const RetiredHosts& retired,
                const std::vector<PhaseCourse>& phases) {
  if (!facts.change->phases) {
    const std::uint64_t since = begun_at(facts);
    return has_release(facts, whole_phase()) &&
           std::any_of(facts.acts.begin(), facts.acts.end(), [&](const RecordedAct& one) {
             return one.event == Event::signed_off && !one.withdrawn && one.index > since;
           });
  }
  return all_ended(facts, retired.silent()) &&
         std::all_of(phases.begin(), phases.end(), [](const PhaseCourse& one) {
           return one.gate == PhaseGate::open;
         });
}

// Who may not approve, and why.
std::vector<BarredPerson> barred_in(const ChangeFacts& facts) {
  std::vector<BarredPerson> barred;
  const auto add = [&](const ActorId& by, std::string why) {
    const bool known = std::any_of(
        barred.begin(), barred.end(), [&](const BarredPerson& one) { return one.by == by; });
    if (!known) {
      barred.push_back({by, std::move(why)});
    }
  };
  add(facts.change->author, "wrote the change");
  for (const ActorId& one : authors_of(*facts.change)) {
    add(one, "helped to write the change");
  }
  for (const ActorId& one : facts.change->executor.who.value_or(std::vector<ActorId>())) {
    add(one, "carries the change out");
  }
  for (const RecordedRelease& one : facts.releases) {
    add(one.act.by, "released a phase of the change");
  }
  return barred;
}

bool is_barred(const std::vector<BarredPerson>& barred, const ActorId& by) {
  return std::any_of(
      barred.begin(), barred.end(), [&](const BarredPerson& one) { return one.by == by; });
}

// Everybody who holds `role` now.
std::vector<ActorId> holders(const Documents& documents, const RoleId& role, UnixSeconds now) {
  std::vector<ActorId> people;
  for (const Person& person : documents.roster->value.people) {
    if (documents.keyring->holds(person.id, role, {now, now, kNotRecorded})) {
      people.push_back(person.id);
    }
  }
  return people;
}

// Adds what the targets like `host` ask for.
void add_standing(ChangeCourse& course,
                  const ApprovalStanding& standing,
                  const Documents& documents,
                  UnixSeconds now) {
  const QuorumQuestion& question = standing.question;
  course.min_local = std::max(course.min_local, question.min_local);
  course.people_min = std::max(course.people_min, question.people_min);
  for (const auto& [role, n] : question.need) {
    auto found = std::find_if(course.needs.begin(), course.needs.end(), [&](const auto& one) {
      return one.role == role;
    });
    if (found == course.needs.end()) {
      course.needs.push_back({role, n, {}, holders(documents, role, now)});
      found = course.needs.end() - 1;
    }
    found->n = std::max(found->n, n);
    for (const std::size_t index : standing.answer.counting) {
      const Vote& vote = question.votes[index];
      const bool fits = vote.role.empty() ? vote.held.contains(role) : vote.role == role;
      const bool known =
          std::find(found->given.begin(), found->given.end(), vote.by) != found->given.end();
      if (fits && !known) {
        found->given.push_back(vote.by);
      }
    }
    std::erase_if(found->could, [&](const ActorId& by) {
      return is_barred(course.barred, by) ||
             std::find(found->given.begin(), found->given.end(), by) != found->given.end();
    });
  }
  for (const ActorId& one : standing.answer.opponents) {
    if (std::find(course.opponents.begin(), course.opponents.end(), one) ==
        course.opponents.end()) {
      course.opponents.push_back(one);
    }
  }
}

// One lead with a key that is touched or unlocked approves an emergency, whatever the rules ask for
// otherwise; those may object to it still.
void ask_lead_alone(ChangeCourse& course, const EmergencyRule& rule) {
  std::erase_if(course.needs, [&](const NeededRole& need) {
    return std::find(rule.roles.begin(), rule.roles.end(), need.role) == rule.roles.end();
  });
  course.needs_any = true;
  course.min_local = 1;
  course.people_min = 1;
}

// What approvals the change has, over one host of each kind that it targets.
void judge_approvals(ChangeCourse& course,
                     const ChangeFacts& facts,
                     const Documents& documents,
                     const ChangeMaterial& material,
                     UnixSeconds now) {
  bool approved = true;
  for (const auto& host : kinds_of_hosts(facts, documents)) {
    ChangeExam exam(facts, documents, material, host, now);
    const ExamAnswer answer = exam.approvals();
    approved = approved && answer.approved;
    if (answer.standing) {
      add_standing(course, *answer.standing, documents, now);
    }
    for (const Reason& reason : answer.reasons) {
      const bool known =
          std::any_of(course.reasons.begin(), course.reasons.end(), [&](const Reason& one) {
            return one.code == reason.code && one.text == reason.text;
          });
      if (!known) {
        course.reasons.push_back(reason);
      }
    }
  }
  if (facts.change->kind == ChangeKind::emergency && documents.policy != nullptr) {
    ask_lead_alone(course, documents.policy->value.emergency);
  }
  course.approved = approved;
}

// What is said of a host of which nothing counts.
std::string silent_state(const ChangeFacts& facts,
                         const std::vector<PhaseCourse>& phases,
                         std::size_t number,
                         const HostCourse& host) {
  if (host.going_back) {
    return "running";  // as far as anybody but the host knows
  }
  const auto before = phases.begin() + static_cast<std::ptrdiff_t>(number);
  const auto closed = [](const PhaseCourse& one) { return one.gate == PhaseGate::closed; };
  if (std::any_of(phases.begin(), before, closed) || facts.marks.contains(Event::expired) ||
      is_undone(facts) || host.asked_back) {
    return "skipped";
  }
  const bool open = std::all_of(
      phases.begin(), before, [](const auto& one) { return one.gate == PhaseGate::open; });
  return open && phases[number].released ? "running" : "waiting";
}

HostCourse host_course(const ChangeFacts& facts,
                       const std::vector<PhaseCourse>& phases,
                       std::size_t number,
                       const TargetHost& host,
                       const RetiredHosts& retired,
                       TakingBack& back) {
  const HostOutcome* outcome = counting_outcome(facts, number, host.id);
  const RefusedBack* refusal = back.refusal_of(host.id);
  HostCourse course{.id = host.id, .name = host.name, .phase = phases[number].name};
  course.stands = outcome != nullptr && stands(outcome->outcome);
  course.going_back = back.is_going_back(host.id);
  course.asked_back = is_asked_back(facts, host.id);
  course.state = refusal != nullptr                    ? refusal->outcome
                 : retired.silent().contains(host.id)  ? "retired"
                 : retired.unheard().contains(host.id) ? "unheard"
                 : outcome != nullptr                  ? outcome->outcome
                                      : silent_state(facts, phases, number, course);
  return course;
}

void add_hosts(ChangeCourse& course,
               const ChangeFacts& facts,
               const Documents& documents,
               const RetiredHosts& retired,
               UnixSeconds now) {
  const auto& phases = phases_in(*facts.change);
  TakingBack back = TakingBack::now(facts, documents, now);
  for (std::size_t number = 0; number < phases.size(); ++number) {
    for (const HostId& host : phases[number].hosts) {
      if (const auto place = facts.place_of(host)) {
        const TargetHost& target = (*facts.change->targets.hosts)[*place];
        course.hosts.push_back(host_course(facts, course.phases, number, target, retired, back));
        course.hosts.back().retired = !documents.is_assigned(host, now);
      }
    }
  }
}

bool any_outcome_is(const ChangeFacts& facts, std::string_view wanted) {
  return std::any_of(facts.outcomes.begin(), facts.outcomes.end(), [&](const auto& one) {
    return one != nullptr && one->outcome == wanted;
  });
}

// The hosts of a phase.
std::vector<const HostCourse*> hosts_in(const ChangeCourse& course, const Name& phase) {
  std::vector<const HostCourse*> hosts;
  for (const HostCourse& one : course.hosts) {
    if (one.phase == phase) {
      hosts.push_back(&one);
    }
  }
  return hosts;
}

// Whether the host does not begin any more, or nobody knows whether it did.
bool is_gone(const HostCourse& host) {
  return host.state == "retired" || host.state == "unheard" ||
         (host.state == "skipped" && host.asked_back);
}

// Whether somebody asked the host to take the change back, and it does or did not carry it out.
bool is_left_out(const HostCourse& host) {
  return host.asked_back && (is_gone(host) || host.state.starts_with("refused"));
}

// Whether each host of the phase has said how it ended, or says nothing any more.
bool have_ended(const ChangeFacts& facts, const ChangeCourse& course, std::size_t number) {
  const auto hosts = hosts_in(course, course.phases[number].name);
  return std::all_of(hosts.begin(), hosts.end(), [&](const HostCourse* one) {
    return is_gone(*one) || counting_outcome(facts, number, one->id) != nullptr;
  });
}

// Whether each host of a phase is gone.
bool is_empty(const ChangeCourse& course, std::size_t number) {
  const auto hosts = hosts_in(course, course.phases[number].name);
  return std::all_of(
      hosts.begin(), hosts.end(), [](const HostCourse* one) { return is_gone(*one); });
}

// Whether a host keeps the phase from its end: its word counts for no gate any more, it does not
// begin, or it refuses what somebody asked it to take back.
bool lacks_one(const ChangeCourse& course, std::size_t number) {
  const auto hosts = hosts_in(course, course.phases[number].name);
  return std::any_of(hosts.begin(), hosts.end(), [](const HostCourse* one) {
    return one->retired || is_gone(*one) || is_left_out(*one);
  });
}

// Whether nobody will open the gate of the phase, whose hosts have all ended.
bool is_shut_for_good(const ChangeFacts& facts, const ChangeCourse& course, std::size_t number) {
  const PhaseCourse& phase = course.phases[number];
  const GateKind kind = phases_in(*facts.change)[number].gate.kind;
  if (kind == GateKind::automatic) {
    return phase.gate == PhaseGate::waiting || phase.gate == PhaseGate::closed;
  }
  const bool is_last = number + 1 == course.phases.size();
  return phase.tally.ok == 0 || (kind == GateKind::person && phase.gate != PhaseGate::open &&
                                 (is_last || is_empty(course, number + 1)));
}

// Whether the change cannot end well any more since it waits for hosts that are gone, and for no
// other: a gate stays shut, or nobody knows what became of it on one.
bool waits_for_gone(const ChangeFacts& facts, const ChangeCourse& course) {
  bool lost = false;
  bool lacks = false;
  for (std::size_t i = 0; i < course.phases.size(); ++i) {
    const auto hosts = hosts_in(course, course.phases[i].name);
    lacks =
        lacks || lacks_one(course, i) || (i + 1 < course.phases.size() && is_empty(course, i + 1));
    lost = lost || std::any_of(hosts.begin(), hosts.end(), [](const HostCourse* one) {
             return one->state == "unheard" || is_left_out(*one);
           });
    if (!have_ended(facts, course, i)) {
      return false;
    }
    if (lacks && is_shut_for_good(facts, course, i)) {
      return true;
    }
    if (course.phases[i].gate != PhaseGate::open) {
      return false;
    }
  }
  return lost;
}

// A change that is not as it was wanted: taken back where it was, or failed where something of it
// stands or nobody knows.
ChangeState back_or_failed(const ChangeFacts& facts, const ChangeCourse& course) {
  const bool stays =
      std::any_of(facts.outcomes.begin(),
                  facts.outcomes.end(),
                  [](const auto& one) { return one != nullptr && stands(one->outcome); }) ||
      std::any_of(course.hosts.begin(), course.hosts.end(), [](const auto& one) {
        return one.state == "unheard";
      });
  return stays || !(is_undone(facts) || any_outcome_is(facts, "rolled-back"))
             ? ChangeState::failed
             : ChangeState::rolled_back;
}

// What became of a change that went wrong. As long as a host has to take it back, it is under way.
ChangeState lost_state(const ChangeFacts& facts, const ChangeCourse& course) {
  if (std::any_of(course.hosts.begin(), course.hosts.end(), [](const HostCourse& one) {
        return one.going_back;
      })) {
    return ChangeState::rolling;
  }
  const bool touched =
      std::any_of(facts.outcomes.begin(), facts.outcomes.end(), [](const auto& one) {
        return one != nullptr && is_touched(one->outcome);
      });
  if (is_undone(facts) || is_gate_closed(facts) || (touched && is_stuck(facts))) {
    return back_or_failed(facts, course);
  }
  if (!touched && (any_outcome_is(facts, "stale") || any_outcome_is(facts, "refused:C4"))) {
    return ChangeState::stale;
  }
  return is_stuck(facts) ? ChangeState::failed : ChangeState::expired;
}

ChangeState state_of(const ChangeFacts& facts,
                     const RetiredHosts& retired,
                     const ChangeCourse& course,
                     UnixSeconds now) {
  switch (rough_state(facts, now)) {
    case RoughState::done:
      return ChangeState::done;
    case RoughState::withdrawn:
      return ChangeState::withdrawn;
    case RoughState::lost:
      return lost_state(facts, course);
    default:
      break;
  }
  if (is_done_by(facts, retired, course.phases)) {
    return ChangeState::done;
  }
  if (all_ended(facts, retired.silent())) {
    return ChangeState::verifying;
  }
  if (waits_for_gone(facts, course)) {
    return back_or_failed(facts, course);
  }
  if (!facts.releases.empty()) {
    return ChangeState::rolling;
  }
  if (!course.opponents.empty()) {
    return ChangeState::rejected;
  }
  if (!course.approved) {
    return ChangeState::in_review;
  }
  if (facts.change->window.not_before > now) {
    return ChangeState::scheduled;
  }
  return facts.change->auto_rule ? ChangeState::rolling : ChangeState::approved;
}

const RoleId& executor() {
  static const RoleId kRole = RoleId::parse("executor").value();
  return kRole;
}

NextStep approval_step(const ChangeFacts& facts, const ChangeCourse& course) {
  NextStep next{.what = "approve", .until = facts.change->window.not_after};
  for (const NeededRole& need : course.needs) {
    if (std::ssize(need.given) < need.n) {
      next.roles.push_back(need.role);
      next.who.insert(next.who.end(), need.could.begin(), need.could.end());
    }
  }
  std::sort(next.who.begin(), next.who.end());
  next.who.erase(std::unique(next.who.begin(), next.who.end()), next.who.end());
  return next;
}

// The first phase with a host that refused; empty.
Name first_refused(const ChangeFacts& facts, const ChangeCourse& course) {
  for (std::size_t i = 0; i < course.phases.size(); ++i) {
    for (const HostCourse* one : hosts_in(course, course.phases[i].name)) {
      const HostOutcome* outcome = counting_outcome(facts, i, one->id);
      if (outcome != nullptr && outcome->outcome.starts_with("refused") && !one->retired &&
          !one->asked_back && outcome->outcome != "refused:C4") {
        return course.phases[i].name;
      }
    }
  }
  return {};
}

NextStep release_step(const ChangeFacts& facts,
                      const Documents& documents,
                      const Name& phase,
                      UnixSeconds now) {
  return {"release",
          phase,
          {executor()},
          holders(documents, executor(), now),
          facts.change->window.not_after};
}

NextStep owners_step(const ChangeFacts& facts,
                     const Documents& documents,
                     const Name& phase,
                     UnixSeconds now) {
  NextStep next{"sign-off", phase, {}, {}, facts.change->window.not_after};
  for (const ComponentId& component : facts.change->components) {
    next.roles.push_back(RoleId::parse("owner:" + component.text()).value());
    for (const ActorId& by : holders(documents, next.roles.back(), now)) {
      next.who.push_back(by);
    }
  }
  return next;
}

// Whether the phase begins by nothing but a release of its own, which it has not yet.
bool wants_release(const ChangeFacts& facts, const ChangeCourse& course, std::size_t number) {
  const auto& phases = phases_in(*facts.change);
  const PhaseCourse& phase = course.phases[number];
  const bool behind_person = number > 0 && phases[number - 1].gate.kind == GateKind::person;
  return !is_empty(course, number) &&
         (phase.needs_release || (behind_person && !has_release(facts, phase.name)));
}

// The first phase whose hosts have not all ended, or whose gate is not open.
NextStep rolling_step(const ChangeFacts& facts,
                      const Documents& documents,
                      const ChangeCourse& course,
                      UnixSeconds now) {
  const auto& phases = phases_in(*facts.change);
  if (phases.empty()) {
    return has_release(facts, whole_phase())
               ? NextStep{"sign-off", whole_phase(), {}, {}, facts.change->window.not_after}
               : release_step(facts, documents, whole_phase(), now);
  }
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const PhaseCourse& one = course.phases[i];
    if (wants_release(facts, course, i)) {
      return release_step(facts, documents, one.name, now);
    }
    if (one.gate == PhaseGate::open) {
      continue;
    }
    const GateKind kind = phases[i].gate.kind;
    if (kind == GateKind::automatic || !have_ended(facts, course, i)) {
      return {"wait", one.name, {}, {}, one.opens_at};
    }
    if (kind == GateKind::owner) {
      return owners_step(facts, documents, one.name, now);
    }
  }
  // Nothing is ahead: hosts that refused are asked again by another release of their phase.
  const Name left = first_refused(facts, course);
  return left.empty() ? NextStep{"wait", phases.back().name, {}, {}, std::nullopt}
                      : release_step(facts, documents, left, now);
}

// Whether a host that is done with it is not as the change wants it, and could be still.
bool any_left(const ChangeCourse& course) {
  return std::any_of(course.hosts.begin(), course.hosts.end(), [](const HostCourse& one) {
    return !one.retired && one.state != "ok" && one.state != "nochange";
  });
}

NextStep next_of(const ChangeFacts& facts,
                 const Documents& documents,
                 const ChangeCourse& course,
                 UnixSeconds now) {
  switch (course.state) {
    case ChangeState::in_review:
      return approval_step(facts, course);
    case ChangeState::scheduled:
      return {"wait", {}, {}, {}, facts.change->window.not_before};
    case ChangeState::approved:
    case ChangeState::rolling:
    case ChangeState::verifying:
      return rolling_step(facts, documents, course, now);
    case ChangeState::done:
      return any_left(course) ? NextStep{"plan-again", {}, {}, {facts.change->author}, std::nullopt}
                              : NextStep{};
    case ChangeState::stale:
    case ChangeState::expired:
    case ChangeState::failed:
    case ChangeState::rolled_back:
    case ChangeState::rejected:
      return {"plan-again", {}, {}, {facts.change->author}, std::nullopt};
    default:
      return {};
  }
}

}  // namespace

std::string_view text_of(ChangeState state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::vector<PhaseCourse> phases_of(const ChangeFacts& facts,
                                   const Documents& documents,
                                   UnixSeconds now) {
  return phases_with(facts, documents, RetiredHosts(facts, documents, now), now);
}

bool is_done(const ChangeFacts& facts, const Documents& documents, UnixSeconds now) {
  const RetiredHosts retired(facts, documents, now);
  return is_done_by(facts, retired, phases_with(facts, documents, retired, now));
}

ChangeCourse course_of(const ChangeFacts& facts,
                       const Documents& documents,
                       const ChangeMaterial& material,
                       UnixSeconds now) {
  ChangeCourse course;
  course.barred = barred_in(facts);
  const RetiredHosts retired(facts, documents, now);
  course.phases = phases_with(facts, documents, retired, now);
  if (documents.keyring != nullptr) {
    judge_approvals(course, facts, documents, material, now);
  }
  add_hosts(course, facts, documents, retired, now);
  course.state = state_of(facts, retired, course, now);
  if (documents.keyring != nullptr) {
    course.next = next_of(facts, documents, course, now);
  }
  return course;
}

}  // namespace twoseal
