#include "workflow/change_exam.h"

#include <algorithm>
#include <set>

#include "codec/objects.h"

namespace twoseal {
namespace {

void add_host(Bundle& bundle, const Documents& documents, const HostId& host) {
  const HeldHost* held = documents.host(host);
  if (held == nullptr) {
    return;
  }
  HostDocuments& out = bundle.assignments[host];
  const VersionRef& newest = held->versions.back();
  out.versions.emplace(newest.version, Named<Assignment>{newest.digest, *held->assignment});
  out.batch = held->batch->batch;
}

}  // namespace

std::vector<std::optional<HostId>> kinds_of_hosts(const ChangeFacts& facts,
                                                  const Documents& documents) {
  if (!facts.change->targets.hosts) {
    return {std::nullopt};
  }
  std::vector<std::optional<HostId>> hosts;
  std::set<std::pair<Name, Name>> seen;
  for (const TargetHost& target : *facts.change->targets.hosts) {
    const HeldHost* held = documents.host(target.id);
    const std::pair kind = held == nullptr
                               ? std::pair<Name, Name>()
                               : std::pair(held->assignment->env, held->assignment->data_class);
    if (seen.insert(kind).second) {
      hosts.emplace_back(target.id);
    }
  }
  return hosts;
}

ChangeExam::ChangeExam(const ChangeFacts& facts,
                       const Documents& documents,
                       const ChangeMaterial& material,
                       const std::optional<HostId>& host,
                       UnixSeconds now)
    : in_(std::make_unique<Inspection>()), now_(now) {
  Inspection& in = *in_;
  in.anchor = Anchor::log;
  in.inputs.org = documents.org;
  in.inputs.host = host;
  in.inputs.clock = now;
  in.hi = in.lo = now;
  in.roster = documents.roster.get();
  in.keyring = *documents.keyring;
  in.policy = documents.policy != nullptr ? &documents.policy->value : nullptr;
  in.restrictions = documents.restrictions != nullptr ? &documents.restrictions->value : nullptr;
  Bundle& bundle = in.bundle;
  bundle.change = Named<Change>{facts.digest, *facts.change};
  bundle.statements = material.statements;
  bundle.inclusions = material.inclusions;
  bundle.blobs = material.blobs;
  bundle.state.emplace();
  if (host) {
    add_host(bundle, documents, *host);
    const HeldHost* held = documents.host(*host);
    in.assignment = held != nullptr ? held->assignment.get() : nullptr;
  }
  bundle.fresh.emplace();
  bundle.stop_list.emplace();
  bundle.stop_list->value.list = documents.active_stops(now);
  bundle.fresh->value.stops = bundle.stop_list->digest;
  for (const HeldStop& one : documents.stops) {
    if (one.raised && !one.lifted) {
      bundle.stops.emplace(one.digest, one.stop);
    }
  }
  in.change = &bundle.change->value;
  in.core = facts.core;
  for (const auto& [digest, proof] : bundle.inclusions) {
    next_index_ = std::max(next_index_, proof.index + 1);
  }
  in.log.emplace(bundle, in.inputs.org);
  in.judge.emplace(bundle, *in.keyring, *in.log, now, in.findings);
}

void ChangeExam::add(const SignedStatement& source,
                     Event event,
                     const std::optional<Bytes>& object) {
  LedgerEntry entry;
  entry.at = now_;
  entry.by = source.statement.by;
  entry.ev = event;
  entry.obj = source.statement.obj;
  entry.org = in_->inputs.org;
  entry.seq = std::max(next_index_, source.statement.seen.size);
  entry.stmt = source.digest;
  if (event == Event::released && object) {
    if (const auto release = codec::decode<Release>(*object)) {
      entry.phase = release->phase;
      entry.stmts = release->stmts;
      entry.stmts->push_back(source.digest);
      std::sort(entry.stmts->begin(), entry.stmts->end());
    }
  }
  next_index_ = entry.seq + 1;
  in_->bundle.statements.emplace(source.digest, source);
  in_->bundle.inclusions[source.digest] = {codec::encode(entry), entry.seq, {}, 0};
  if (object) {
    in_->bundle.blobs[source.statement.obj] = *object;
  }
}

// What is about the change and its target alone.
void ChangeExam::check_change() {
  Inspection& in = *in_;
  if (in.policy == nullptr || in.restrictions == nullptr) {
    in.refuse(Step::policy, Errc::refuse_p1, "no policy or no restrictions are in force");
  }
  if (in.inputs.host && in.assignment == nullptr) {
    in.refuse(
        Step::assignment, Errc::refuse_h1, in.inputs.host->text() + ": no assignment is in force");
  }
  check_content(in);
  check_target(in);
  derive_effects(in);
}

ExamAnswer ChangeExam::approvals() {
  Inspection& in = *in_;
  check_change();
  // Who released is barred from approving; what a release names does not matter here.
  const Findings before = in.findings;
  check_release(in);
  in.findings = before;
  in.serving = nullptr;
  find_withdrawn(in);
  check_author(in);
  ExamAnswer answer;
  answer.standing = approval_standing(in, in.effects);
  check_approval(in, in.effects, Step::quorum);
  check_halts(in);
  check_resources(in);
  answer.reasons = in.findings.sorted();
  answer.approved = std::none_of(answer.reasons.begin(),
                                 answer.reasons.end(),
                                 [](const Reason& one) { return one.step <= Step::quorum; });
  return answer;
}

std::set<RoleId> ChangeExam::needs() {
  Inspection& in = *in_;
  check_change();
  in.bundle.statements.clear();  // whoever signed what: the roles are the same
  const auto standing = approval_standing(in, in.effects);
  std::set<RoleId> roles;
  for (const auto& [role, n] :
       standing ? standing->question.need : std::map<RoleId, std::int64_t>()) {
    roles.insert(role);
  }
  return roles;
}

std::vector<Reason> ChangeExam::release() {
  Inspection& in = *in_;
  check_change();
  check_release(in);
  find_withdrawn(in);
  check_author(in);
  check_approval(in, in.effects, Step::quorum);
  if (in.policy != nullptr && in.change->min_policy > in.policy->version) {
    in.refuse(Step::rule, Errc::refuse_c3, "the change asks for a newer policy");
  }
  if (in.hi > in.change->window.not_after) {
    in.refuse(Step::use, Errc::refuse_w1, "the window of the change has closed");
  }
  check_halts(in);
  check_resources(in);
  return in.findings.sorted();
}

std::optional<std::string> ChangeExam::problem_of(const Digest& statement) {
  const SignedStatement* source = in_->judge->find(statement);
  return source == nullptr ? std::optional<std::string>("it is not here")
                           : in_->judge->judge(*source).problem;
}

bool ChangeExam::is_serving(const Digest& statement) const {
  return in_->serving != nullptr && in_->serving->judged->source->digest == statement;
}

}  // namespace twoseal
