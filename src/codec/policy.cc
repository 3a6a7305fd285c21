// Field tables of docs/formats/policy.md.
#include "model/policy.h"

#include <algorithm>
#include <set>

#include "codec/tables.h"
#include "model/change.h"
#include "model/names.h"
#include "model/roster.h"

namespace twoseal::codec {
namespace {

constexpr std::int64_t kNeedMax = 16;
constexpr std::int64_t kEmergencyWindowMax = 4 * 3600;
constexpr std::int64_t kSpanMax = limits::kDay * 366 * 10;

}  // namespace

template <class V>
void fields(V& v, Need& x) {
  v.integer("n", x.n, 1, kNeedMax);
  v("role", x.role);
}

template <class V>
void fields(V& v, AnyNeed& x) {
  v.integer("n", x.n, 1, kNeedMax);
  v.set("roles", x.roles, kOneToFew);
}

template <class V>
void fields(V& v, Match& x) {
  v.optional_set("component_types", x.component_types, kOneToFew);
  v.optional_set("components", x.components, kOneToFew);
  v.optional_set("data_classes", x.data_classes, kOneToFew);
  v.optional_set("effects", x.effects, kOneToFew);
  v.optional_set("envs", x.envs, kOneToFew);
  v.optional_set("kinds", x.kinds, kOneToFew);
}

template <class V>
void fields(V& v, Rule& x) {
  v.optional_set("evidence_required", x.evidence_required, kOneToFew);
  v("id", x.id);
  v("match", x.match);
  v.integer("max_age", x.max_age, 1, kSpanMax);
  v.integer("min_local", x.min_local, 0, kNeedMax);
  v.list("need", x.need, {1, 32});
  v("need_uv", x.need_uv);
  v("no_file", x.no_file);
  v("no_sync", x.no_sync);
  v("owner_ack", x.owner_ack);
}

template <class V>
void fields(V& v, EvidenceNeed& x) {
  v.set("by", x.by, kOneToFew);
  v("kind", x.kind);
}

template <class V>
void fields(V& v, AutoRule& x) {
  v.set("envs", x.envs, kOneToFew);
  v.list("evidence_required", x.evidence_required, kFew);
  v("expires", x.expires);
  v("id", x.id);
  v("match", x.match);
  v("max_hosts", x.max_hosts);
  v.set("only_actions", x.only_actions, kOneToFew);
  v("per_day", x.per_day);
  v("phases_required", x.phases_required);
  v.integer("window", x.window, 1, kSpanMax);
}

template <class V>
void fields(V& v, AssignRule& x) {
  v.set("envs", x.envs, kOneToFew);
  v.list("need", x.need, kOneToFew);
}

template <class V>
void fields(V& v, Nature& x) {
  v("nature", x.nature);
  v.set("roles", x.roles, kFew);
}

template <class V>
void fields(V& v, EmergencyRule& x) {
  v("max_hosts", x.max_hosts);
  v.list("natures", x.natures, kFew);
  v("per_day", x.per_day);
  v.set("roles", x.roles, kFew);
  v.integer("window", x.window, 0, kEmergencyWindowMax);
}

template <class V>
void fields(V& v, PlanPermission& x) {
  v("env", x.env);
  v("role", x.role);
}

template <class V>
void fields(V& v, Defaults& x) {
  v.integer("rollback_within", x.rollback_within, 0, kSpanMax);
  v.integer("window", x.window, 1, limits::kOnceWindowMax);
}

template <class V>
void fields(V& v, Policy& x) {
  v.list("assign", x.assign, kOneToFew);
  v.list("auto", x.auto_rules, kFew);
  v("defaults", x.defaults);
  v("emergency", x.emergency);
  v("expires", x.expires);
  v("issued", x.issued);
  v.set("no_auto_rollback", x.no_auto_rollback, kFew);
  v.set("noise", x.noise, {0, 4096});
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v.list("plan", x.plan, kFew);
  v.optional("prev", x.prev);
  v.set("releases", x.releases, kFew);
  v.list("rules", x.rules, {1, 1024});
  v.constant("type", "policy");
  v.constant("v", 1);
  v.integer("version", x.version, 1, kTimeMax);
}

template <class V>
void fields(V& v, Freeze& x) {
  v("emergency", x.emergency);
  v.set("envs", x.envs, kOneToFew);
  v("from", x.from);
  v("id", x.id);
  v.optional("scope", x.scope);
  v("to", x.to);
}

template <class V>
void fields(V& v, Exception& x) {
  v.text("asset", x.asset, kLine);
  v("id", x.id);
  v.text("rule", x.rule, kLine);
  v("until", x.until);
  v.text("why", x.why, kParagraphs);
}

template <class V>
void fields(V& v, Restrictions& x) {
  v.list("exceptions", x.exceptions, {0, 4096});
  v("expires", x.expires);
  v.list("freezes", x.freezes, {0, 1024});
  v("issued", x.issued);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v.optional("prev", x.prev);
  v.constant("type", "restrictions");
  v.constant("v", 1);
  v.integer("version", x.version, 1, kTimeMax);
}

namespace {

// A word that is not known would make a rule that never matches, and the approvals that it asks for
// would be missing without a sign.
Result<void> check_words(const std::optional<std::vector<Name>>& words,
                         std::string_view what,
                         bool (*known)(std::string_view)) {
  for (const Name& word : words.value_or(std::vector<Name>())) {
    if (!known(word.text())) {
      return fail_field("policy: '" + word.text() + "' is no " + std::string(what));
    }
  }
  return {};
}

Result<void> check_match(const Match& match) {
  TWOSEAL_TRY_VOID(check_words(match.kinds, "kind of change", [](std::string_view word) {
    return enum_value<ChangeKind>(word).has_value();
  }));
  TWOSEAL_TRY_VOID(
      check_words(match.component_types, "type of component", [](std::string_view word) {
        return enum_value<ComponentType>(word).has_value();
      }));
  return check_words(match.effects, "effect", is_effect);
}

// A reader who finds one of two rules of a name must not take it for the other.
Result<void> check_names(const Policy& x) {
  std::set<Name> names;
  for (const AutoRule& rule : x.auto_rules) {
    if (!names.insert(rule.id).second) {
      return fail_field("policy.auto: two rules are called " + rule.id.text());
    }
  }
  return {};
}

Result<void> check_policy(const Policy& x) {
  TWOSEAL_TRY_VOID(check_names(x));
  for (const Rule& rule : x.rules) {
    TWOSEAL_TRY_VOID(check_match(rule.match));
  }
  for (const AutoRule& rule : x.auto_rules) {
    TWOSEAL_TRY_VOID(check_match(rule.match));
    TWOSEAL_TRY_VOID(check_words(rule.only_actions, "action", [](std::string_view word) {
      return enum_value<StepAction>(word).has_value();
    }));
  }
  if (x.prev.has_value() != (x.version > 1)) {
    return fail_field("policy.prev: stands in every version but the first");
  }
  return {};
}

Result<void> check_restrictions(const Restrictions& x) {
  if (x.prev.has_value() != (x.version > 1)) {
    return fail_field("restrictions.prev: stands in every version but the first");
  }
  return {};
}

}  // namespace

TWOSEAL_CODEC_CHECKED(Policy, "policy", check_policy);
TWOSEAL_CODEC_CHECKED(Restrictions, "restrictions", check_restrictions);

}  // namespace twoseal::codec
