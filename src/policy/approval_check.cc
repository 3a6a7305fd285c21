// Steps 11 to 13 and 15: which rules match, who wrote the change, and whether enough people
// approved.
#include <algorithm>

#include "codec/objects.h"
#include "policy/criteria.h"
#include "policy/inspection.h"
#include "policy/quorum.h"
#include "policy/rules.h"

namespace twoseal {
namespace {

constexpr std::string_view kUnknownContributor = "?";

// One person's standing answer to the change.
struct Candidate {
  const Judged* judged = nullptr;
  bool aged = false;
  bool local = false;

  [[nodiscard]] const ActorId& by() const { return judged->statement().by; }
};

// What the quorum is asked; `all` takes statements that do not count as if they did.
enum class Counting { strict, with_aged, with_all };

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

// Digests of statements that their own signers withdrew.
std::set<Digest> withdrawn(Inspection& in) {
  std::set<Digest> list;
  for (const auto& [digest, source] : in.bundle.statements) {
    if (source.statement.act != Act::withdraw || !takes_part(in, digest)) {
      continue;
    }
    const SignedStatement* target = in.judge->find(source.statement.obj);
    if (target != nullptr && target->statement.by == source.statement.by &&
        in.judge->judge(source).valid()) {
      list.insert(source.statement.obj);
    }
  }
  return list;
}

std::set<ActorId> disqualified(const Inspection& in) {
  std::set<ActorId> people = {in.change->author};
  for (const std::string& contributor :
       in.change->contributors.value_or(std::vector<std::string>())) {
    if (contributor != kUnknownContributor) {
      people.insert(ActorId::parse(contributor).value());
    }
  }
  for (const ActorId& person : in.change->executor.who.value_or(std::vector<ActorId>())) {
    people.insert(person);
  }
  for (const ServingRelease& one : in.releases) {
    people.insert(one.judged->statement().by);
  }
  return people;
}

// Whether the signer of `judged` may fill a need of `role`.
bool fits(const Inspection& in, const Judged& judged, const RoleId& role) {
  const Statement& statement = judged.statement();
  return (statement.role.empty() || statement.role == role) &&
         in.keyring->holds(statement.by, role, judged.moment);
}

class Quorum {
 public:
  Quorum(Inspection& in, Requirement requirement)
      : in_(in), requirement_(std::move(requirement)), disqualified_(disqualified(in)) {
    if (requirement_.owner_ack) {
      for (const TargetLabels& target : in_.targets) {
        for (const ComponentId& component : components_of(in_, target)) {
          requirement_.need.emplace(RoleId::parse("owner:" + component.text()).value(), 1);
        }
      }
    }
    collect();
  }

  // The statements that satisfy all needs together, or nothing.
  [[nodiscard]] std::optional<std::vector<const Judged*>> find(Counting counting) const {
    const std::vector<Candidate> people = usable(counting);
    const std::vector<Place> places = places_for(people);
    const Matching matching = match(places, people.size());
    if (matching.filled < places.size()) {
      return std::nullopt;
    }
    std::vector<const Judged*> used;
    std::int64_t local = 0;
    for (const std::size_t index : matching.candidate_of) {
      used.push_back(people[index].judged);
      local += people[index].local ? 1 : 0;
    }
    return local >= requirement_.min_local ? std::optional(used) : std::nullopt;
  }

  // People who hold a needed role and are against the change.
  [[nodiscard]] std::vector<ActorId> opponents() const {
    std::vector<ActorId> list;
    for (const Judged* judged : rejects_) {
      const bool needed =
          std::any_of(requirement_.need.begin(), requirement_.need.end(), [&](const auto& need) {
            return in_.keyring->holds(judged->statement().by, need.first, judged->moment);
          });
      if (needed) {
        list.push_back(judged->statement().by);
      }
    }
    return list;
  }

  // `1 of 2 approvals; needed: security-lead, engineering-lead; counted: p:ann`.
  [[nodiscard]] std::string shortfall() const {
    std::string text = "needed are different people for";
    for (const auto& [role, n] : requirement_.need) {
      text += " " + role.text() + (n > 1 ? " x" + std::to_string(n) : "");
    }
    text += ", " + std::to_string(people_needed()) + " in all";
    if (requirement_.min_local > 0) {
      text += ", " + std::to_string(requirement_.min_local) + " of them with a local key";
    }
    text += "; counting are";
    const auto people = usable(Counting::strict);
    for (const Candidate& one : people) {
      text += " " + one.by().text() + (one.local ? " (local)" : "");
    }
    return text + (people.empty() ? " none" : "");
  }

 private:
  // Per person the newest of approve and reject that is valid and was not withdrawn; and the
  // approvals that are not valid.
  void collect() {
    const std::set<Digest> gone = withdrawn(in_);
    std::map<ActorId, const Judged*> newest;
    for (const Act act : {Act::approve, Act::reject}) {
      for (const Judged* judged : answers(in_, act)) {
        const ActorId& by = judged->statement().by;
        if (gone.contains(judged->source->digest)) {
          in_.findings.note("not counted: " + std::string(name_of(act)) + " by " + by.text() +
                            ": withdrawn");
        } else if (disqualified_.contains(by) && act == Act::approve) {
          in_.findings.note("not counted: approve by " + by.text() +
                            ": is author, contributor or executor of the change");
        } else if (!judged->valid()) {
          invalid_.push_back(judged);
        } else if (const Judged*& held = newest[by]; held == nullptr || newer(*judged, *held)) {
          held = judged;
        }
      }
    }
    for (const auto& [by, judged] : newest) {
      (judged->statement().act == Act::reject ? rejects_ : approves_).push_back(judged);
    }
  }

  static bool newer(const Judged& a, const Judged& b) {
    return std::pair(a.statement().at, a.source->digest) >
           std::pair(b.statement().at, b.source->digest);
  }

  [[nodiscard]] Candidate candidate(const Judged* judged) const {
    const OwnedKey* key = judged->key;
    const bool local = key != nullptr && key->display == Display::local &&
                       !(requirement_.no_file && key->kind == KeyKind::local_file);
    return {judged, in_.hi - judged->statement().at > requirement_.max_age, local};
  }

  // Candidates, local ones first, then by person.
  [[nodiscard]] std::vector<Candidate> usable(Counting counting) const {
    std::vector<Candidate> people;
    std::set<ActorId> taken;
    for (const Judged* judged : approves_) {
      const Candidate one = candidate(judged);
      const bool strict_flags = (!requirement_.need_uv || judged->user_verified) &&
                                (!requirement_.no_sync || !judged->backup_eligible);
      if (strict_flags && (counting != Counting::strict || !one.aged) &&
          taken.insert(one.by()).second) {
        people.push_back(one);
      }
    }
    for (const Judged* judged : counting == Counting::with_all ? invalid_ : kNobody) {
      if (judged->statement().act == Act::approve && taken.insert(judged->statement().by).second) {
        people.push_back(candidate(judged));
        people.back().local = true;
      }
    }
    std::stable_sort(people.begin(), people.end(), [](const Candidate& a, const Candidate& b) {
      return std::tuple(!a.local, a.by()) < std::tuple(!b.local, b.by());
    });
    return people;
  }

  // In prod no single person decides, and each unknown contributor could be one of the approvers.
  [[nodiscard]] std::size_t people_needed() const {
    std::size_t places = 0;
    for (const auto& [role, n] : requirement_.need) {
      places += static_cast<std::size_t>(n);
    }
    const auto contributors = in_.change->contributors.value_or(std::vector<std::string>());
    const auto unknown = static_cast<std::size_t>(
        std::count(contributors.begin(), contributors.end(), kUnknownContributor));
    return std::max(places, (touches_prod(in_) ? std::size_t{2} : std::size_t{1}) + unknown);
  }

  [[nodiscard]] std::vector<Place> places_for(const std::vector<Candidate>& people) const {
    std::vector<Place> places;
    Place any;
    for (std::size_t i = 0; i < people.size(); ++i) {
      const bool useful =
          std::any_of(requirement_.need.begin(), requirement_.need.end(), [&](const auto& need) {
            return fits(in_, *people[i].judged, need.first);
          });
      if (useful) {
        any.push_back(i);
      }
    }
    for (const auto& [role, n] : requirement_.need) {
      Place place;
      for (std::size_t i = 0; i < people.size(); ++i) {
        if (fits(in_, *people[i].judged, role)) {
          place.push_back(i);
        }
      }
      places.insert(places.end(), static_cast<std::size_t>(n), place);
    }
    places.resize(std::max(places.size(), people_needed()), any);
    return places;
  }

  inline static const std::vector<const Judged*> kNobody;

  Inspection& in_;
  Requirement requirement_;
  std::set<ActorId> disqualified_;
  std::vector<const Judged*> approves_;
  std::vector<const Judged*> rejects_;
  std::vector<const Judged*> invalid_;
};

void refuse_opponents(Inspection& in, const Quorum& quorum, Step step) {
  for (const ActorId& person : quorum.opponents()) {
    in.refuse(step, Errc::refuse_s3, person.text() + " rejected the change");
  }
}

void check_quorum(Inspection& in, const Requirement& requirement, Step step) {
  const Quorum quorum(in, requirement);
  refuse_opponents(in, quorum, step);
  if (const auto used = quorum.find(Counting::strict)) {
    in.counted.insert(in.counted.end(), used->begin(), used->end());
    return;
  }
  if (quorum.find(Counting::with_aged)) {
    in.findings.refuse(Step::approvals,
                       Errc::refuse_s2,
                       Exit::denied,
                       "an approval is older than " + std::to_string(requirement.max_age) + " s");
  } else if (quorum.find(Counting::with_all)) {
    in.refuse(Step::approvals, Errc::refuse_s2, "an approval that is needed is not valid");
  }
  in.refuse(step, Errc::refuse_s3, quorum.shortfall());
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
  const Quorum quorum(in, requirement);
  refuse_opponents(in, quorum, step);
  if (step == Step::quorum) {
    in.change->kind == ChangeKind::emergency ? check_emergency(in) : check_auto(in);
  }
}

}  // namespace

bool counts_for_release(const Inspection& in, const Digest& statement) {
  return takes_part(in, statement);
}

bool wrote_or_ran(const Inspection& in, const ActorId& person) {
  return disqualified(in).contains(person);
}

std::vector<const Judged*> standing_approvals(Inspection& in) {
  const std::set<Digest> gone = withdrawn(in);
  std::vector<const Judged*> list;
  for (const Judged* judged : answers(in, Act::approve)) {
    if (judged->valid() && !gone.contains(judged->source->digest) &&
        !wrote_or_ran(in, judged->statement().by)) {
      list.push_back(judged);
    }
  }
  return list;
}

void check_author(Inspection& in) {
  const Statement* statement = nullptr;
  for (const Judged* judged : answers(in, Act::author)) {
    if (judged->valid() && judged->statement().by == in.change->author) {
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

void check_approval(Inspection& in, const std::set<Name>& effects, Step step) {
  if (in.policy == nullptr || in.targets.empty()) {
    return;
  }
  const Requirement requirement = requirement_of(in, effects);
  const bool emergency = in.change->kind == ChangeKind::emergency;
  if (!emergency && requirement.rules.empty()) {
    in.refuse(step == Step::quorum ? Step::rule : step,
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
