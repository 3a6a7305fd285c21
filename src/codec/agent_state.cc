// Field tables of docs/formats/decision-directory.md.
#include "model/agent_state.h"

#include "codec/agent_state_fields.h"

namespace twoseal::codec {

template <class V>
void fields(V& v, OwnKeys& x) {
  v.base64("id", x.id, {32, 1024});
  v("tls", x.tls);
}

template <class V>
void fields(V& v, AgentState& x) {
  v.list("applied", x.applied, kAny);
  v.optional("assignment", x.assignment);
  v.optional("checkpoint", x.checkpoint);
  v.list("counts", x.counts, kAny);
  v.optional("fresh_at", x.fresh_at);
  v.optional("keys", x.keys);
  v("org", x.org);
  v.set("own_paths", x.own_paths, kFew);
  v.optional("policy", x.policy);
  v.optional("restrictions", x.restrictions);
  v.optional("roster", x.roster);
  v.list("scopes", x.scopes, kAny);
  v.constant("type", "agent-state");
  v.list("used", x.used, kAny);
  v.constant("v", 1);
}

template <class V>
void fields(V& v, OwnPlan& x) {
  v("class", x.class_digest);
  v.base64("token", x.token, {32, 32});
}

template <class V>
void fields(V& v, DecisionInputs& x) {
  v("clock", x.clock);
  v("floor", x.floor);
  v.optional("host", x.host);
  v("org", x.org);
  v.optional("own_plan", x.own_plan);
}

template <class V>
void fields(V& v, Expectation& x) {
  v.text("code", x.code, {0, 8});
  v.text("decision", x.decision, kLine);
  v("exit", x.exit);
}

TWOSEAL_CODEC(AgentState, "state");
TWOSEAL_CODEC(DecisionInputs, "inputs");
TWOSEAL_CODEC(Expectation, "expect");

}  // namespace twoseal::codec
