// Step 6: what the host is called and labelled, proven by batch, freshness and signatures.
#include <algorithm>

#include "ledger/merkle.h"
#include "policy/chain.h"
#include "policy/inspection.h"
#include "policy/matching.h"

namespace twoseal {
namespace {

std::unexpected<Error> refuse(const HostId& host, std::string what) {
  return fail(Errc::refuse_h1, host.text() + ": " + std::move(what));
}

bool verifies(const MemberProof& proof, BytesView leaf, const Digest& root) {
  return verify_inclusion(leaf_hash(leaf),
                          static_cast<std::uint64_t>(proof.index),
                          static_cast<std::uint64_t>(proof.size),
                          proof.path,
                          root)
      .has_value();
}

// Whether the signer of `judged` may fill a need of any of `roles`.
bool fits(const Inspection& in, const Judged& judged, const std::vector<RoleId>& roles) {
  const Statement& statement = judged.statement();
  if (!statement.role.empty()) {
    return std::binary_search(roles.begin(), roles.end(), statement.role);
  }
  return std::any_of(roles.begin(), roles.end(), [&](const RoleId& role) {
    return in.keyring->holds(statement.by, role, judged.moment);
  });
}

// Whether the signers satisfy the needs of `rule` with different people.
bool satisfies(const Inspection& in,
               const AssignRule& rule,
               const std::vector<const Judged*>& signatures) {
  std::map<ActorId, std::size_t> people;
  for (const Judged* judged : signatures) {
    people.emplace(judged->statement().by, people.size());
  }
  std::vector<Place> places;
  for (const AnyNeed& need : rule.need) {
    Place place;
    for (const Judged* judged : signatures) {
      if (fits(in, *judged, need.roles)) {
        place.push_back(people.at(judged->statement().by));
      }
    }
    places.insert(places.end(), static_cast<std::size_t>(need.n), place);
  }
  return match(places, people.size()).filled == places.size();
}

// The environments of all versions from the remembered (else the previous) one to the newest. All
// of them must be here: each may ask for more signatures.
Result<std::set<Name>> environments(const HostId& host,
                                    const Versions<Assignment>& versions,
                                    const std::optional<VersionRef>& remembered) {
  const std::int64_t newest = versions.rbegin()->first;
  const std::int64_t first =
      remembered ? remembered->version : std::max<std::int64_t>(newest - 1, 1);
  if (!versions.contains(first)) {
    return refuse(host, "assignment " + std::to_string(first) + ", the one before, is not here");
  }
  std::set<Name> envs;
  for (const auto& [number, named] : versions) {
    if (number >= first) {
      envs.insert(named.value.env);
    }
  }
  return envs;
}

Result<void> check_content(const Inspection& in, const HostId& host, const Assignment& assignment) {
  const auto key = PublicKey::parse_ssh(assignment.keys.id);
  if (!key || key->type() != KeyType::ssh_ed25519 || "h:" + key->id().text() != host.text()) {
    return refuse(host, "its id is not that of the identity key in its assignment");
  }
  if (in.hi >= assignment.expires) {
    return refuse(host, "its assignment expired at " + std::to_string(assignment.expires));
  }
  return {};
}

Result<void> check_proofs(const Inspection& in,
                          const HostId& host,
                          const HostDocuments& documents,
                          const Named<Assignment>& newest) {
  const bool proven = in.anchor == Anchor::log || (documents.batch_proof && documents.root_proof);
  if (!documents.batch || !proven) {
    return refuse(host, "its batch, or a proof, is missing");
  }
  if (documents.batch->value.env != newest.value.env) {
    return refuse(host, "its environment is not that of its batch");
  }
  if (in.anchor == Anchor::log) {
    return {};
  }
  if (!verifies(*documents.batch_proof, newest.digest.text(), documents.batch->value.root)) {
    return refuse(host, "its assignment is not in the signed batch");
  }
  const std::string line =
      host.text() + " " + std::to_string(newest.value.version) + " " + newest.digest.text() + "\n";
  if (!in.bundle.fresh ||
      !verifies(*documents.root_proof, line, in.bundle.fresh->value.assignments_root)) {
    return refuse(host, "its assignment is not the current one");
  }
  return {};
}

Result<void> check_signatures(Inspection& in,
                              const HostId& host,
                              const Named<Batch>& batch,
                              const std::set<Name>& envs) {
  const auto signatures = in.judge->valid(batch.digest, ObjType::assignments, Act::sign);
  std::set<Name> covered;
  for (const AssignRule& rule : in.policy->assign) {
    const bool applies = std::any_of(
        rule.envs.begin(), rule.envs.end(), [&](const Name& env) { return envs.contains(env); });
    if (!applies) {
      continue;
    }
    covered.insert(rule.envs.begin(), rule.envs.end());
    if (!satisfies(in, rule, signatures)) {
      return refuse(host, "its batch lacks signatures that the policy asks for");
    }
  }
  const bool all =
      std::all_of(envs.begin(), envs.end(), [&](const Name& env) { return covered.contains(env); });
  return all ? Result<void>{}
             : refuse(host, "no rule of the policy says who signs its environment");
}

}  // namespace

Result<const Assignment*> proven_assignment(Inspection& in,
                                            const HostId& host,
                                            const std::optional<VersionRef>& remembered) {
  const auto found = in.bundle.assignments.find(host);
  if (found == in.bundle.assignments.end()) {
    return refuse(host, "there is no assignment");
  }
  const HostDocuments& documents = found->second;
  const ChainFault fault = walk_chain(documents.versions, remembered);
  if (fault != ChainFault::none) {
    return refuse(host, "assignments: " + std::string(text_of(fault)));
  }
  const Named<Assignment>& newest = documents.versions.rbegin()->second;
  TWOSEAL_TRY_VOID(check_content(in, host, newest.value));
  TWOSEAL_TRY_VOID(check_proofs(in, host, documents, newest));
  TWOSEAL_TRY(const std::set<Name> envs, environments(host, documents.versions, remembered));
  TWOSEAL_TRY_VOID(check_signatures(in, host, *documents.batch, envs));
  return &newest.value;
}

void check_assignment(Inspection& in) {
  if (!in.inputs.host || in.policy == nullptr) {
    return;
  }
  const auto& state = in.bundle.state;
  const auto remembered = state && in.assignment_memory ? state->assignment : std::nullopt;
  const auto assignment = proven_assignment(in, *in.inputs.host, remembered);
  if (!assignment) {
    in.refuse(Step::assignment, Errc::refuse_h1, assignment.error().what);
    return;
  }
  in.assignment = *assignment;
  const HostKeys& keys = in.assignment->keys;
  if (state && state->keys && (state->keys->id != keys.id || state->keys->tls != keys.tls)) {
    in.refuse(Step::assignment,
              Errc::refuse_h2,
              in.inputs.host->text() + ": the assignment names other keys than this host holds");
  }
}

}  // namespace twoseal
