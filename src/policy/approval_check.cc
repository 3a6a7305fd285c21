// Steps 11 to 13 and 15: which rules match, who wrote the change, and whether enough people
// approved.
#include <algorithm>

#include "codec/objects.h"
#include "policy/approval.h"
#include "policy/criteria.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

constexpr std::string_view kUnknownContributor = "?";

// Whether `digest` takes part: named by the serving release; without one, whatever is in the log.
bool takes_part(const Inspection& in, const Digest& digest) {
  if (in.serving == nullptr) {
    return true;
  }
  const auto& named = in.serving->release.stmts;
  return std::binary_search(named.begin(), named.end(), digest);
}

// Statements about the change by people that take part, judged, valid or not.
std::vector<const Judged*> answers(Inspection& in, Act act) {
  std::vector<const Judged*> list;
  for (const auto& [digest, source] : in.bundle.statements) {
    const Statement& statement = source.statement;
    if (statement.obj == in.change_digest() && statement.obj_type == ObjType::change &&
        statement.act == act && takes_part(in, digest)) {
      list.push_back(&in.judge->judge(source));
    }
  }
  return list;
}

std::set<ActorId> disqualified(const Inspection& in) {
  std::set<ActorId> people = authors_of(*in.change);
  for (const ActorId& person : in.change->executor.who.value_or(std::vector<ActorId>())) {
    people.insert(person);
  }
  for (const ServingRelease& one : in.releases) {
    people.insert(one.judged->statement().by);
  }
  return people;
}

Vote vote_of(const Inspection& in, const Requirement& requirement, const Judged& judged) {
  const Statement& statement = judged.statement();
  Vote vote;
  vote.by = statement.by;
  vote.approves = statement.act == Act::approve;
  vote.role = statement.role;
  vote.at = statement.at;
  vote.digest = judged.source->digest;
  vote.valid = judged.valid();
  vote.aged = in.hi - statement.at > requirement.max_age;
  vote.local = judged.key != nullptr && judged.key->display == Display::local &&
               !(requirement.no_file && judged.key->kind == KeyKind::local_file);
  vote.user_verified = judged.user_verified;
  vote.backup_eligible = judged.backup_eligible;
  for (const auto& [role, n] : requirement.need) {
    if (in.keyring->holds(statement.by, role, judged.moment)) {
      vote.held.insert(role);
    }
  }
  return vote;
}

// In prod no single person decides, and each unknown contributor could be one of the approvers.
std::size_t people_min(const Inspection& in) {
  const auto contributors = in.change->contributors.value_or(std::vector<std::string>());
  const auto unknown = static_cast<std::size_t>(
      std::count(contributors.begin(), contributors.end(), kUnknownContributor));
  return (touches_prod(in) ? std::size_t{2} : std::size_t{1}) + unknown;
}

// With `owner_ack`, one owner of each component is needed besides the roles.
void add_owners(const Inspection& in, Requirement& requirement) {
  for (const TargetLabels& target : in.targets) {
    for (const ComponentId& component : components_of(in, target)) {
      requirement.need.emplace(RoleId::parse("owner:" + component.text()).value(), 1);
    }
  }
}

// What the matching rules ask for, with the owners and the roles of an emergency.
Requirement united(const Inspection& in, const std::set<Name>& effects) {
  Requirement requirement = requirement_of(in, effects);
  if (requirement.owner_ack) {
    add_owners(in, requirement);
  }
  if (in.change->kind == ChangeKind::emergency) {
    // Whoever could approve the emergency can also object to it.
    for (const RoleId& role : in.policy->emergency.roles) {
      requirement.need.emplace(role, 1);
    }
  }
  return requirement;
}

QuorumQuestion question_of(Inspection& in, const Requirement& requirement) {
  QuorumQuestion question;
  question.need = requirement.need;
  question.min_local = requirement.min_local;
  question.need_uv = requirement.need_uv;
  question.no_sync = requirement.no_sync;
  question.people_min = people_min(in);
  question.disqualified = disqualified(in);
  for (const Act act : {Act::approve, Act::reject}) {
    for (const Judged* judged : answers(in, act)) {
      Vote vote = vote_of(in, requirement, *judged);
      vote.withdrawn = in.withdrawn.contains(vote.digest);
      if (vote.withdrawn || (vote.approves && question.disqualified.contains(vote.by))) {
        in.findings.note("not counted: " + std::string(name_of(act)) + " by " + vote.by.text() +
                         (vote.withdrawn ? ": withdrawn"
                                         : ": is author, contributor or executor of the change"));
      }
      question.votes.push_back(std::move(vote));
    }
  }
  return question;
}

void refuse_opponents(Inspection& in, const QuorumAnswer& answer, Step step) {
  for (const ActorId& person : answer.opponents) {
    in.refuse(step, Errc::refuse_s3, person.text() + " rejected the change");
  }
}

void check_quorum(Inspection& in, const Requirement& requirement, Step step) {
  const QuorumQuestion question = question_of(in, requirement);
  const QuorumAnswer answer = decide_quorum(question);
  refuse_opponents(in, answer, step);
  if (answer.outcome == QuorumOutcome::met) {
    for (const std::size_t index : answer.used) {
      in.counted.push_back(&in.judge->judge(*in.judge->find(question.votes[index].digest)));
    }
    return;
  }
  // With a rejection the quorum would not hold either if the approvals in question counted.
  if (answer.opponents.empty() && answer.outcome == QuorumOutcome::short_by_age) {
    in.findings.refuse(Step::approvals,
                       Errc::refuse_s2,
                       Exit::denied,
                       "an approval is older than " + std::to_string(requirement.max_age) + " s");
  } else if (answer.opponents.empty() && answer.outcome == QuorumOutcome::short_by_validity) {
    in.refuse(Step::approvals, Errc::refuse_s2, "an approval that is needed is not valid");
  }
  in.refuse(step, Errc::refuse_s3, shortfall_text(question, answer));
}

// Whether somebody who neither wrote nor helped to write the change attested `kind` with verdict
// pass.
void check_evidence(Inspection& in, const Requirement& requirement, Step step) {
  for (const Name& kind : requirement.evidence) {
    if (!has_evidence(in, kind, nullptr)) {
      in.refuse(step, Errc::refuse_s3, "evidence of kind " + kind.text() + " is missing");
    }
  }
}

void check_substitute(Inspection& in, const Requirement& requirement, Step step) {
  refuse_opponents(in, decide_quorum(question_of(in, requirement)), step);
  if (step == Step::quorum && in.change->kind == ChangeKind::emergency) {
    check_emergency(in);
  }
  if (step == Step::quorum && in.change->auto_rule) {
    check_auto(in);
  }
}

}  // namespace

std::set<ActorId> authors_of(const Change& change) {
  std::set<ActorId> people = {change.author};
  for (const std::string& contributor : change.contributors.value_or(std::vector<std::string>())) {
    if (contributor != kUnknownContributor) {
      people.insert(ActorId::parse(contributor).value());
    }
  }
  return people;
}

bool counts_for_release(const Inspection& in, const Digest& statement) {
  return takes_part(in, statement);
}

std::vector<const Judged*> standing_approvals(Inspection& in) {
  const auto rank = [](const Judged* judged) {
    return std::pair(judged->statement().at, judged->source->digest);
  };
  std::map<ActorId, const Judged*> last;
  for (const Act act : {Act::approve, Act::reject}) {
    for (const Judged* judged : answers(in, act)) {
      if (judged->valid() && !in.withdrawn.contains(judged->source->digest)) {
        const Judged*& held = last.emplace(judged->statement().by, judged).first->second;
        held = rank(judged) > rank(held) ? judged : held;
      }
    }
  }
  const std::set<ActorId> people = disqualified(in);
  std::vector<const Judged*> list;
  for (const auto& [by, judged] : last) {
    if (judged->statement().act == Act::approve && !people.contains(by)) {
      list.push_back(judged);
    }
  }
  return list;
}

void find_withdrawn(Inspection& in) {
  for (const auto& [digest, source] : in.bundle.statements) {
    const SignedStatement* target =
        source.statement.act == Act::withdraw ? in.judge->find(source.statement.obj) : nullptr;
    // Releases do not name sign-offs, so they need not name what takes them back.
    const bool counts = target != nullptr && target->statement.by == source.statement.by &&
                        (target->statement.act == Act::signoff || takes_part(in, digest));
    if (counts && in.judge->judge(source).valid()) {
      in.withdrawn.insert(source.statement.obj);
    }
  }
}

void check_author(Inspection& in) {
  const Statement* statement = nullptr;
  for (const Judged* judged : answers(in, Act::author)) {
    if (judged->valid() && judged->statement().by == in.change->author &&
        !in.withdrawn.contains(judged->source->digest)) {
      statement = &judged->statement();
      in.counted.push_back(judged);
    }
  }
  if (statement == nullptr) {
    in.refuse(Step::author,
              Errc::refuse_s1,
              "there is no valid signature by the author, " + in.change->author.text());
  }
}

std::optional<ApprovalStanding> approval_standing(Inspection& in, const std::set<Name>& effects) {
  if (in.policy == nullptr || in.targets.empty()) {
    return std::nullopt;
  }
  ApprovalStanding standing;
  standing.requirement = united(in, effects);
  standing.question = question_of(in, standing.requirement);
  standing.answer = decide_quorum(standing.question);
  return standing;
}

void check_approval(Inspection& in, const std::set<Name>& effects, Step step) {
  if (in.policy == nullptr || in.targets.empty()) {
    return;
  }
  const Requirement requirement = united(in, effects);
  const bool emergency = in.change->kind == ChangeKind::emergency;
  if (!emergency && requirement.rules.empty()) {
    // Step 11 for admit() too, which never comes here: more effects only match more rules.
    in.refuse(Step::rule,
              Errc::refuse_c3,
              "no approval rule of policy " + std::to_string(in.policy->version) + " matches");
    return;
  }
  in.rules = requirement.rules;
  if (emergency || in.change->auto_rule) {
    check_substitute(in, requirement, step);
    return;
  }
  check_quorum(in, requirement, step);
  check_evidence(in, requirement, step);
}

}  // namespace twoseal
