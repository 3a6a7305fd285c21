#include "agent/change_decider.h"

#include <algorithm>

#include "agent/kept_state.h"
#include "agent/link_check.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/plan_request.h"
#include "resources/risks.h"

namespace twoseal {
namespace {

constexpr const char* kStateName = "state.json";

// `refused:S3`, or what a stale host is called.
std::string outcome_of(const Decision& decision) {
  return decision.code == Errc::refuse_c4 || decision.exit == Exit::stale
             ? "stale"
             : "refused:" + std::string(error_info(decision.code).refusal);
}

std::string first_text(const std::vector<Reason>& reasons) {
  return reasons.empty() ? "" : error_code_text(reasons.front().code) + " " + reasons.front().text;
}

// What may become permitted without anybody signing this change anew is no answer yet: the server
// is asked again. A stop or a freeze ends, a window opens, a gate is decided, freshness comes.
bool has_to_wait(const Decision& decision) {
  return decision.answer == Answer::refuse &&
         (decision.exit == Exit::pending || decision.code == Errc::refuse_w5 ||
          decision.code == Errc::refuse_w6);
}

// What makes the plan impossible now, though it was possible when it was approved, is a host that
// changed meanwhile.
std::string outcome_of(const Error& error) {
  const std::string_view code = error_info(error.code).refusal;
  return code.empty() ? "stale" : "refused:" + std::string(code);
}

std::optional<Name> counts_for(const Change& change) {
  if (change.kind == ChangeKind::emergency) {
    return Name::parse("emergency").value();
  }
  return change.auto_rule;
}

std::vector<std::string> identities_of(const State& state) {
  std::vector<std::string> all;
  for (const Resource& resource : state.resources) {
    all.push_back(resource.identity());
  }
  return all;
}

std::string text_of_error(const Error& error) {
  return error_code_text(error.code) + " " + error.what;
}

Result<Bytes> file_of(const Files& files, const std::string& name) {
  const auto found = files.find(name);
  return found != files.end() ? Result<Bytes>(found->second)
                              : Result<Bytes>(fail(Errc::refuse_b1, name + " did not come along"));
}

Result<SignedStatement> record_of(BytesView bytes) {
  TWOSEAL_TRY(SignatureRecord record, codec::decode<SignatureRecord>(bytes, limits::kRecordMax));
  TWOSEAL_TRY(Statement statement,
              codec::decode<Statement>(record.statement, limits::kStatementMax));
  const Digest digest = sha256(record.statement);
  return SignedStatement{digest, std::move(statement), std::move(record)};
}

ChangeVerdict released_by(const Inspection& in, ChangeVerdict verdict) {
  if (verdict.outcome && !in.releases.empty()) {
    verdict.outcome->release = in.releases.back().index;
  }
  return verdict;
}

// Blobs by the digest of their bytes; a name is never believed.
std::map<Digest, Bytes> blobs_in(const Files& files) {
  constexpr std::string_view kBlobs = "blobs/";
  std::map<Digest, Bytes> blobs;
  for (const auto& [path, bytes] : files) {
    if (path.starts_with(kBlobs)) {
      blobs.emplace(sha256(bytes), bytes);
    }
  }
  return blobs;
}

// Nobody has planned the state that takes the change back, so its words are held against the risks
// that were accepted.
Result<Bytes> pack_way_back(const Inspection& in, const PlanInputs& inputs, const System& system) {
  const auto& accepted = in.change->risks;
  for (const Resource& resource : in.undo_state->resources) {
    for (const Name& risk : risks_of(resource)) {
      if (!std::binary_search(accepted.begin(), accepted.end(), risk)) {
        return fail(Errc::refuse_s6,
                    resource.identity() + " of the way back carries the risk " + risk.text() +
                        ", which was not accepted");
      }
    }
  }
  return pack_state(*in.undo_state, inputs, system);
}

}  // namespace

AgentState ChangeDecider::state() const {
  AgentState state = parts_.documents.state();
  const RunMemory& memory = parts_.book.memory();
  state.applied = memory.applied;
  state.counts = memory.counts;
  state.scopes = memory.scopes;
  state.used = memory.used;
  return state;
}

PlanInputs ChangeDecider::plan_inputs(const std::map<Digest, Bytes>& blobs) const {
  PlanInputs inputs;
  if (const Assignment* assignment = parts_.documents.assignment()) {
    inputs.labels = assignment->labels;
  }
  for (const auto& [digest, bytes] : blobs) {
    inputs.blobs.emplace(digest, std::make_shared<const Bytes>(bytes));
  }
  return inputs;
}

Result<ChangeVerdict> ChangeDecider::decide(const Files& files) {
  Files asked = files;
  asked[kStateName] = codec::encode(state());
  const UnixSeconds clock = parts_.system.clock().now();
  const Authorization authorization =
      authorize(asked, parts_.documents.inputs(clock), Anchor::memory);
  const Decision& decision = authorization.decision;
  TWOSEAL_TRY_VOID(parts_.documents.raise_floor(decision.floor));
  ChangeVerdict verdict;
  verdict.reasons = decision.reasons;
  verdict.criteria = decision.criteria;
  verdict.change = decision.change;
  const auto& damage = parts_.book.damage();
  if (decision.answer == Answer::permit && !damage) {
    TWOSEAL_TRY(verdict, admit_plan(asked, authorization, std::move(verdict)));
    return released_by(*authorization.facts, std::move(verdict));
  }
  verdict.wait = has_to_wait(decision);
  if (!verdict.wait && damage) {
    // Over a memory with gaps nothing else that was found can be relied on.
    const std::string text = damage->what + " (" + damage->where + ")";
    verdict.reasons = {{Step::undo, damage->code, Exit::verification_failed, text}};
    verdict.outcome = RunOutcome{
        decision.change, decision.phase, "refused:J1", error_code_text(damage->code) + " " + text};
  } else if (!verdict.wait) {
    verdict.outcome = RunOutcome{
        decision.change, decision.phase, outcome_of(decision), first_text(decision.reasons)};
  }
  return released_by(*authorization.facts, std::move(verdict));
}

Result<ChangeVerdict> ChangeDecider::admit_plan(const Files& asked,
                                                const Authorization& authorization,
                                                ChangeVerdict verdict) {
  const Inspection& in = *authorization.facts;
  const Decision& permitted = authorization.decision;
  verdict.inputs = plan_inputs(in.bundle.blobs);
  const auto stands = check_behind_links(
      in.resources(), *in.change, parts_.documents.state().own_paths, parts_.system.files());
  auto plan = stands ? plan_state(*in.state, parts_.system, verdict.inputs)
                     : Result<HostPlan>(std::unexpected(stands.error()));
  if (!plan) {
    const Error& error = plan.error();
    verdict.outcome =
        RunOutcome{permitted.change, permitted.phase, outcome_of(error), text_of_error(error)};
    return verdict;
  }
  const Digest& org = in.inputs.org;
  const Decision admitted =
      admit(authorization, class_of(*plan, org), token_of(*plan, org, parts_.token_key));
  verdict.reasons = admitted.reasons;
  if (admitted.answer == Answer::refuse) {
    verdict.outcome = RunOutcome{
        permitted.change, permitted.phase, outcome_of(admitted), first_text(admitted.reasons)};
    return verdict;
  }
  RunOrder order;
  order.digest = permitted.change;
  order.change = *in.change;
  order.phase = permitted.phase;
  order.plan = *std::move(plan);
  order.owned = identities_of(*in.state);
  order.counts_for = counts_for(*in.change);
  if (in.undo_state) {
    auto packed = pack_way_back(in, verdict.inputs, parts_.system);
    if (!packed) {
      verdict.outcome = RunOutcome{permitted.change,
                                   permitted.phase,
                                   outcome_of(packed.error()),
                                   text_of_error(packed.error())};
      return verdict;
    }
    order.way_back = *std::move(packed);
  }
  order.objection = [this, asked]() -> std::optional<Objection> {
    const UnixSeconds clock = parts_.system.clock().now();
    const Decision again = authorize(asked, parts_.documents.inputs(clock)).decision;
    if (again.answer == Answer::permit) {
      return std::nullopt;
    }
    const std::string text = again.reasons.empty() ? "" : again.reasons.front().text;
    return Objection{{again.code, text}, has_to_wait(again)};
  };
  verdict.state = in.state;
  verdict.order = std::move(order);
  return verdict;
}

Result<ChangeDecider::PlanReply> ChangeDecider::answer_plan(const Files& files,
                                                            PlanDesk& answered) {
  const UnixSeconds now = parts_.system.clock().now();
  TWOSEAL_TRY(const Bytes request_bytes, file_of(files, "request.json"));
  TWOSEAL_TRY(const Bytes record_bytes, file_of(files, "record.json"));
  TWOSEAL_TRY(const PlanRequest request, codec::decode<PlanRequest>(request_bytes));
  TWOSEAL_TRY(const SignedStatement record, record_of(record_bytes));
  if (parts_.book.damage()) {
    return std::unexpected(*parts_.book.damage());
  }
  if (parts_.documents.facts() == nullptr) {
    return fail(Errc::plan_refused, "this host holds no documents yet");
  }
  const Digest digest = sha256(request_bytes);
  TWOSEAL_TRY_VOID(check_plan_request(*parts_.documents.facts(), digest, request, record, now));
  TWOSEAL_TRY_VOID(answered.check(digest, record.statement.by, now));
  const std::map<Digest, Bytes> blobs = blobs_in(files);
  const auto state_bytes = blobs.find(request.state);
  if (state_bytes == blobs.end()) {
    return fail(Errc::refuse_c1, "the state that the request names did not come along");
  }
  TWOSEAL_TRY(const State state, codec::decode<State>(state_bytes->second));
  const Digest& org = parts_.documents.identity().org;
  if (state.org != org || state.scope != request.scope) {
    return fail(Errc::refuse_c1, "the state is of another organisation or scope");
  }
  TWOSEAL_TRY_VOID(check_planned_state(*parts_.documents.facts(), this->state(), state));
  TWOSEAL_TRY(const HostPlan plan, plan_state(state, parts_.system, plan_inputs(blobs)));
  PlanReply answer;
  answer.plan_class = class_of(plan, org);
  answer.answer.at = now;
  const ScopeState* scope = parts_.book.scope(request.scope);
  answer.answer.base = scope != nullptr ? scope->base : std::nullopt;
  answer.answer.class_digest = sha256(answer.plan_class);
  answer.answer.host = parts_.documents.identity().host;
  answer.answer.org = org;
  answer.answer.request = digest;
  answer.answer.token = token_of(plan, org, parts_.token_key);
  TWOSEAL_TRY_VOID(answered.note(digest, record.statement.by, now));
  return answer;
}

}  // namespace twoseal
