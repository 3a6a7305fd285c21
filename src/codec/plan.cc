// Field tables of docs/formats/plan.md and docs/formats/state.md.
#include "model/plan.h"

#include <set>

#include "codec/tables.h"

namespace twoseal::codec {
namespace {

constexpr Count kHosts{1, limits::kListMax};
constexpr Count kArguments{1, 1024};
constexpr Count kToken{32, 32};

}  // namespace

template <class V>
void fields(V& v, Handler& x) {
  v("do", x.action);
  v.text("unit", x.unit, kLine);
}

template <class V>
void fields(V& v, Resource& x) {
  v.text("key", x.key, {1, 4096});
  v("kind", x.kind);
  v.mark("secret", x.secret);
  v.optional("sub", x.sub);
  v.list_if_any("then", x.then, kFew);
  v.wants("want", x.want);
}

template <class V>
void fields(V& v, State& x) {
  v("enforce", x.enforce);
  v("org", x.org);
  v.list("resources", x.resources, {0, 100'000});
  v("scope", x.scope);
  v.constant("type", "state");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, PlanRequest& x) {
  v.set("hosts", x.hosts, kHosts);
  v.base64("nonce", x.nonce, kNonce);
  v("not_after", x.not_after);
  v("org", x.org);
  v("scope", x.scope);
  v("state", x.state);
  v.constant("type", "plan-request");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, PlanAnswer& x) {
  v("at", x.at);
  v.nullable("base", x.base);
  v("class", x.class_digest);
  v("host", x.host);
  v("org", x.org);
  v("request", x.request);
  v.base64("token", x.token, kToken);
  v.constant("type", "plan-answer");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, PlannedHost& x) {
  v.nullable("base", x.base);
  v("id", x.id);
  v.base64("token", x.token, kToken);
}

template <class V>
void fields(V& v, PlannedClass& x) {
  v("class", x.class_digest);
  v.list("hosts", x.hosts, kHosts);
}

template <class V>
void fields(V& v, Plan& x) {
  v.list("classes", x.classes, kHosts);
  v("org", x.org);
  v("state", x.state);
  v.constant("type", "plan");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, Opaque& x) {
  v.list("argv", x.argv, kArguments);
  v.optional_list("undo", x.undo, kArguments);
}

template <class V>
void fields(V& v, PlanStep& x) {
  v("action", x.action);
  v.list_if_any("diff", x.diff, kAny);
  v.set("effects", x.effects, kFew);
  v("kind", x.kind);
  v.optional("opaque", x.opaque);
  v.mark("private", x.hidden);
  v.text("res", x.res, {1, 8192});
  v.set("risks", x.risks, kFew);
}

template <class V>
void fields(V& v, PlanClass& x) {
  v.list("class", x.steps, {0, 100'000});
  v("org", x.org);
  v.constant("type", "plan-class");
  v.constant("v", 1);
}

namespace {

Result<void> check_state(const State& x) {
  std::set<std::string> identities;
  for (const Resource& resource : x.resources) {
    if (!identities.insert(resource.identity()).second) {
      return fail_field("state.resources: '" + resource.identity() + "' stands twice");
    }
  }
  return {};
}

// Classes ascend by digest and hosts by id, so that one plan has one spelling, and no host is in
// two classes, so that "the approved token of this host" is one token.
Result<void> check_plan(const Plan& x) {
  std::set<HostId> hosts;
  const PlannedClass* before = nullptr;
  for (const PlannedClass& one : x.classes) {
    if (before != nullptr && one.class_digest <= before->class_digest) {
      return fail_field("plan.classes: ascend by class");
    }
    before = &one;
    for (std::size_t i = 0; i < one.hosts.size(); ++i) {
      if (i > 0 && one.hosts[i].id <= one.hosts[i - 1].id) {
        return fail_field("plan.classes.hosts: ascend by id");
      }
      if (!hosts.insert(one.hosts[i].id).second) {
        return fail_field("plan.classes.hosts: a host stands in one class only");
      }
    }
  }
  return {};
}

}  // namespace

TWOSEAL_CODEC_CHECKED(State, "state", check_state);
TWOSEAL_CODEC(PlanRequest, "plan-request");
TWOSEAL_CODEC(PlanAnswer, "plan-answer");
TWOSEAL_CODEC_CHECKED(Plan, "plan", check_plan);
TWOSEAL_CODEC(PlanClass, "plan-class");

}  // namespace twoseal::codec
