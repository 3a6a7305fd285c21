#include "cli/client/host_list.h"

#include <algorithm>

#include "cli/client/change_text.h"
#include "cli/client/issuing.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"

namespace twoseal::cli {
namespace {

// `1 of it-manager or devops-lead, 1 of security`: whose signatures a list of `env` takes.
std::string signers_needed(const Policy& policy, const Name& env) {
  std::string text;
  for (const AssignRule& rule : policy.assign) {
    if (std::find(rule.envs.begin(), rule.envs.end(), env) == rule.envs.end()) {
      continue;
    }
    for (const AnyNeed& need : rule.need) {
      std::string roles;
      for (const RoleId& role : need.roles) {
        roles += (roles.empty() ? "" : " or ") + role.text();
      }
      text += (text.empty() ? "" : ", ") + std::to_string(need.n) + " of " + roles;
    }
  }
  return text;
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
  session.talk("note  hosts of " + made.batch.env.text() + " are signed by " +
               signers_needed(*client.trust.facts().policy, made.batch.env) +
               ", each another person; so far by " + list_text(waiting->signers) +
               ", says the server");
  session.talk("next  whoever has to sign as well: twoseal host sign " + list);
  return true;
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
