#include "cli/client/host_list.h"

#include <algorithm>
#include <set>

#include "cli/client/change_text.h"
#include "cli/client/issuing.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "policy/matching.h"

namespace twoseal::cli {
namespace {

std::string roles_text(const AnyNeed& need) {
  std::string text;
  for (const RoleId& role : need.roles) {
    text += (text.empty() ? "" : " or ") + role.text();
  }
  return text;
}

// Who holds one of the roles of `need` now.
std::vector<std::string> holders_of(const Trust& trust, const AnyNeed& need) {
  const Inspection& facts = trust.facts();
  const RoleMoment moment{
      trust.now(), trust.now(), static_cast<std::int64_t>(facts.log->point().size)};
  std::vector<std::string> people;
  for (const Person& person : facts.roster->value.people) {
    if (std::any_of(need.roles.begin(), need.roles.end(), [&](const RoleId& role) {
          return facts.keyring->holds(person.id, role, moment);
        })) {
      people.push_back(person.id.text());
    }
  }
  return people;
}

// The needs of one rule that `signers` do not fill, each place by another person.
std::vector<AnyNeed> unfilled(const Trust& trust,
                              const AssignRule& rule,
                              const std::vector<std::string>& signers) {
  std::vector<Place> places;
  std::vector<const AnyNeed*> needs;
  for (const AnyNeed& need : rule.need) {
    const std::vector<std::string> holders = holders_of(trust, need);
    Place place;
    for (std::size_t i = 0; i < signers.size(); ++i) {
      if (std::find(holders.begin(), holders.end(), signers[i]) != holders.end()) {
        place.push_back(i);
      }
    }
    places.insert(places.end(), static_cast<std::size_t>(need.n), place);
    needs.insert(needs.end(), static_cast<std::size_t>(need.n), &need);
  }
  const Matching found = match(places, signers.size());
  std::vector<AnyNeed> missing;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (found.candidate_of[i] == Matching::kUnfilled) {
      missing.push_back({1, needs[i]->roles});
    }
  }
  return missing;
}

// `an it-manager (p:chen)`: whose signatures are missing still.
std::string missing_text(const Trust& trust,
                         const Name& env,
                         const std::vector<std::string>& signers) {
  std::string text;
  for (const AssignRule& rule : trust.facts().policy->assign) {
    if (std::find(rule.envs.begin(), rule.envs.end(), env) == rule.envs.end()) {
      continue;
    }
    for (const AnyNeed& need : unfilled(trust, rule, signers)) {
      std::vector<std::string> could = holders_of(trust, need);
      std::erase_if(could, [&](const std::string& one) {
        return std::find(signers.begin(), signers.end(), one) != signers.end();
      });
      text += (text.empty() ? "" : ", ") + roles_text(need) + " (" +
              (could.empty() ? "nobody is left" : list_text(could)) + ")";
    }
  }
  return text;
}

// A signature that fills no place of any rule would be recorded and help nobody.
Result<void> check_fills_place(const Trust& trust, const ActorId& by) {
  std::set<std::string> roles;
  for (const AssignRule& rule : trust.facts().policy->assign) {
    for (const AnyNeed& need : rule.need) {
      const auto holders = holders_of(trust, need);
      if (std::find(holders.begin(), holders.end(), by.text()) != holders.end()) {
        return {};
      }
      for (const RoleId& role : need.roles) {
        roles.insert(role.text());
      }
    }
  }
  return fail(Errc::not_allowed,
              by.text() + " holds none of the roles that sign hosts: " +
                  list_text({roles.begin(), roles.end()}));
}

Result<std::optional<WaitingDocument>> waiting_list(ServerApi& api, const std::string& list) {
  TWOSEAL_TRY(const auto waiting, waiting_documents(api));
  for (const WaitingDocument& one : waiting) {
    if (one.digest == list) {
      return std::optional(one);
    }
  }
  return std::optional<WaitingDocument>();
}

}  // namespace

HostList host_list_of(const std::vector<Assignment>& all, const Name& env, const Digest& org) {
  HostList made;
  made.batch.env = env;
  made.batch.org = org;
  made.list.org = org;
  for (const Assignment& one : all) {
    if (one.env == env) {
      made.assignments.push_back(codec::encode(one));
      made.list.assignments.push_back(sha256(made.assignments.back()));
    }
  }
  std::sort(made.list.assignments.begin(), made.list.assignments.end());
  std::vector<Digest> leaves;
  for (const Digest& digest : made.list.assignments) {
    leaves.push_back(leaf_hash(digest.text()));
  }
  made.batch.root = root_of(leaves);
  return made;
}

Result<RecordedAt> sign_host_list(Client& client,
                                  const HostList& made,
                                  const Arguments& arguments,
                                  const Session& session) {
  TWOSEAL_TRY_VOID(check_fills_place(client.trust, client.profile.by));
  const Bytes batch = codec::encode(made.batch);
  Saying saying;
  saying.act = Act::sign;
  saying.type = ObjType::assignments;
  saying.object = sha256(batch);
  if (const auto role = arguments.find("--role")) {
    TWOSEAL_TRY(saying.role, RoleId::parse(*role));
  }
  std::vector<Bytes> objects = made.assignments;
  objects.push_back(batch);
  objects.push_back(codec::encode(made.list));
  return sign_and_submit(client, saying, objects, arguments, session);
}

Result<bool> tell_standing(Client& client,
                           const HostList& made,
                           const std::string& list,
                           const Session& session) {
  TWOSEAL_TRY(const auto waiting, waiting_list(client.api, list));
  if (!waiting) {
    return false;
  }
  const std::string missing = missing_text(client.trust, made.batch.env, waiting->signers);
  session.talk("note  signed by " + list_text(waiting->signers) + ", says the server" +
               (missing.empty() ? "" : "; missing still: " + missing));
  session.talk("next  whoever has to sign as well: twoseal host sign " + list);
  return true;
}

Result<void> check_not_signed(Client& client, const std::string& list) {
  TWOSEAL_TRY(const auto waiting, waiting_list(client.api, list));
  const std::string& by = client.profile.by.text();
  if (!waiting ||
      std::find(waiting->signers.begin(), waiting->signers.end(), by) == waiting->signers.end()) {
    return {};
  }
  TWOSEAL_TRY(const Name env, Name::parse(waiting->env));
  return fail(Errc::nothing_to_sign,
              by + " has signed the list already",
              "",
              "missing still: " + missing_text(client.trust, env, waiting->signers));
}

Result<void> tell_waiting(Client& client, const Name& env, const Session& session) {
  TWOSEAL_TRY(const auto waiting, waiting_documents(client.api));
  for (const WaitingDocument& one : waiting) {
    if (one.type == "assignments" && one.env == env.text()) {
      session.talk("note  hosts of " + env.text() + " wait for signatures already, signed by " +
                   list_text(one.signers) + "; to sign those: twoseal host sign " + one.digest);
    }
  }
  return {};
}

}  // namespace twoseal::cli
