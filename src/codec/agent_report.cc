// Field tables of docs/formats/report.md.
#include "model/agent_report.h"

#include "codec/tables.h"

namespace twoseal::codec {

template <class V>
void fields(V& v, DriftedResource& x) {
  v.list_if_any("diff", x.diff, kFew);
  v.mark("private", x.hidden);
  v.text("res", x.res, {1, 8192});
}

template <class V>
void fields(V& v, ScopeReport& x) {
  v("change", x.change);
  v.list("drift", x.drift, {0, 1000});
  v("more", x.more);
  v("scope", x.scope);
  v("state", x.state);
}

template <class V>
void fields(V& v, AgentReport& x) {
  v("at", x.at);
  v.text("boot", x.boot, {1, 64});
  v.integer("counter", x.counter, 1, limits::kIntegerMax);
  v("host", x.host);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v.list("scopes", x.scopes, kFew);
  v.constant("type", "report");
  v.constant("v", 1);
}

namespace {

Result<void> check_scope(const ScopeReport& x) {
  if (x.drift.empty() != (x.state == ScopeCondition::ok) || (x.drift.empty() && x.more != 0)) {
    return fail_field("report.scopes.drift: is empty when the scope is ok, and only then");
  }
  for (std::size_t i = 0; i < x.drift.size(); ++i) {
    if (i > 0 && x.drift[i].res <= x.drift[i - 1].res) {
      return fail_field("report.scopes.drift: ascends by res");
    }
    if (x.drift[i].hidden && !x.drift[i].diff.empty()) {
      return fail_field("report.scopes.drift: what is private has no diff");
    }
  }
  return {};
}

// One report has one spelling, and a scope is in one state.
Result<void> check_report(const AgentReport& x) {
  for (std::size_t i = 0; i < x.scopes.size(); ++i) {
    if (i > 0 && x.scopes[i].scope <= x.scopes[i - 1].scope) {
      return fail_field("report.scopes: ascend by scope");
    }
    TWOSEAL_TRY_VOID(check_scope(x.scopes[i]));
  }
  return {};
}

}  // namespace

TWOSEAL_CODEC_CHECKED(AgentReport, "report", check_report);

}  // namespace twoseal::codec
