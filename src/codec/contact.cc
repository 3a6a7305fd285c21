// Field tables of docs/formats/agent-protocol.md.
#include "model/contact.h"

#include "codec/tables.h"

namespace twoseal::codec {
namespace {

constexpr Count kMac{32, 32};
constexpr Count kRequest{1, 16'384};
constexpr std::int64_t kWaitMax = 300;

}  // namespace

template <class V>
void fields(V& v, Contact& x) {
  v.text("agent", x.agent, kLine);
  v.optional("assignment", x.assignment);
  v.text("boot", x.boot, kLine);
  v("checkpoint", x.checkpoint);
  v.integer("counter", x.counter, 0, kTimeMax);
  v.optional("looks_on", x.looks_on);
  v("org", x.org);
  v.optional("policy", x.policy);
  v.optional("restrictions", x.restrictions);
  v.optional("roster", x.roster);
  v.constant("type", "contact");
  v.constant("v", 1);
  v.integer("wait", x.wait, 0, kWaitMax);
}

template <class V>
void fields(V& v, Work& x) {
  v("digest", x.digest);
  v("kind", x.kind);
}

template <class V>
void fields(V& v, WorkList& x) {
  v("org", x.org);
  v.constant("type", "work");
  v.constant("v", 1);
  v.list("work", x.work, kFew);
}

template <class V>
void fields(V& v, PlanRefusal& x) {
  v.text("code", x.code, kLine);
  v("org", x.org);
  v("request", x.request);
  v.constant("type", "plan-refusal");
  v.constant("v", 1);
  v.text("what", x.what, {1, 1024});
}

template <class V>
void fields(V& v, JoinSubmission& x) {
  v.base64("mac", x.mac, kMac);
  v.base64("request", x.request, kRequest);
  v.constant("type", "join");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, JoinStanding& x) {
  v.optional("certificate", x.certificate);
  v("org", x.org);
  v.constant("type", "join-standing");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, RunLogLine& x) {
  v("at", x.at);
  v.text("text", x.text, {1, 4096});
}

template <class V>
void fields(V& v, RunLog& x) {
  v("change", x.change);
  v.list("lines", x.lines, kOneToFew);
  v("org", x.org);
  v.constant("type", "run-log");
  v.constant("v", 1);
}

TWOSEAL_CODEC(Contact, "contact");
TWOSEAL_CODEC(WorkList, "work");
TWOSEAL_CODEC(PlanRefusal, "plan-refusal");
TWOSEAL_CODEC(JoinSubmission, "join");
TWOSEAL_CODEC(JoinStanding, "join-standing");
TWOSEAL_CODEC(RunLog, "run-log");

}  // namespace twoseal::codec
