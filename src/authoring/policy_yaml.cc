#include "authoring/policy_yaml.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "codec/objects.h"
#include "model/change.h"
#include "model/names.h"
#include "model/plan.h"

namespace twoseal::authoring {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::int64_t kSpanMax = 10 * 366 * limits::kDay;
constexpr std::int64_t kNeedMax = 16;

const Words& effects() {
  static const Words kEffects = {
      "auth", "data-loss", "firewall", "kernel", "network", "opaque", "package", "reboot", "trust"};
  return kEffects;
}

template <class Enum>
Words names_of() {
  Words words;
  for (const auto& row : enum_names<Enum>()) {
    words.push_back(row.name);
  }
  return words;
}

class PolicyReader {
 public:
  PolicyReader(const Source& source, const PolicyContext& context)
      : problems_(source.name), context_(context) {
    out_.policy = shipped_policy(context.profile, context.now);
    out_.restrictions = {.expires = out_.policy.expires, .issued = context.now};
  }

  Result<CompiledPolicy> read(const Node& root) {
    Table top(Value(root, problems_, ""));
    read_expiry(top);
    read_rules(top.optional("rules"));
    read_auto(top.optional("auto"));
    read_assign(top.optional("assign"));
    read_plan(top.optional("plan"));
    read_emergency(top.optional("emergency"));
    read_defaults(top.optional("defaults"));
    read_lists(top);
    read_freezes(top.optional("freezes"));
    read_exceptions(top.optional("exceptions"));
    top.finish();
    if (problems_.any()) {
      return std::unexpected(problems_.error());
    }
    return std::move(out_);
  }

 private:
  // A new id among those of its list.
  Name read_id(Table& table, std::set<Name>& seen) {
    const Value value = table.required("id");
    const Name id = value.id<Name>();
    if (!id.empty() && !seen.insert(id).second) {
      value.refuse("'" + id.text() + "' stands twice");
    }
    return id;
  }

  std::vector<RoleId> read_roles(const Value& list, Range count) {
    return list.familiar_ids<RoleId>(count, shipped_roles());
  }

  std::vector<Name> read_envs(const Value& list) {
    return list.familiar_ids<Name>(kOneToFew, shipped_envs());
  }

  void read_expiry(Table& top) {
    const std::int64_t usual = default_expiry(context_.profile);
    const std::int64_t span = top.optional("expires").duration(limits::kDay, kSpanMax, usual);
    out_.policy.expires = context_.now + span;
    out_.restrictions.expires = context_.now + span;
    for (AutoRule& rule : out_.policy.auto_rules) {
      rule.expires = std::min(rule.expires, out_.policy.expires);
    }
  }

  Match read_match(const Value& value) {
    Match match;
    if (!value.present()) {
      return match;
    }
    Table table(value);
    if (const Value list = table.optional("component_types"); list.present()) {
      match.component_types = list.words<Name>(kOneToFew, names_of<ComponentType>());
    }
    if (const Value list = table.optional("components"); list.present()) {
      match.components = read_components(list);
    }
    if (const Value list = table.optional("data_classes"); list.present()) {
      match.data_classes = list.ids<Name>(kOneToFew);
    }
    if (const Value list = table.optional("effects"); list.present()) {
      match.effects = list.words<Name>(kOneToFew, effects());
    }
    if (const Value list = table.optional("envs"); list.present()) {
      match.envs = read_envs(list);
    }
    if (const Value list = table.optional("kinds"); list.present()) {
      match.kinds = list.words<Name>(kOneToFew, names_of<ChangeKind>());
    }
    table.finish();
    return match;
  }

  std::vector<ComponentId> read_components(const Value& list) {
    auto components = list.ids<ComponentId>(kOneToFew);
    for (const ComponentId& one : components) {
      if (!one.empty() && context_.roster != nullptr &&
          std::none_of(context_.roster->components.begin(),
                       context_.roster->components.end(),
                       [&](const Component& component) { return component.id == one; })) {
        list.refuse("there is no component '" + one.text() + "' in the roster");
      }
    }
    return components;
  }

  // `[security-lead, engineering-lead]`, or `{security-lead: 2}` where more than one is needed.
  std::vector<Need> read_need(const Value& value) {
    std::vector<Need> needs;
    if (value.is_map()) {
      Table table(value);
      for (const auto& [name, n] : table.members()) {
        const Node key{.kind = NodeKind::scalar, .place = n.place(), .text = name};
        needs.push_back({n.integer(1, kNeedMax, 1),
                         Value(key, problems_, n.path()).familiar_id<RoleId>(shipped_roles())});
      }
    } else {
      for (RoleId& role : read_roles(value, {1, 32})) {
        needs.push_back({1, std::move(role)});
      }
    }
    if (value.is_map() && (needs.empty() || needs.size() > 32)) {
      value.refuse("names 1 to 32 roles");
    }
    std::sort(
        needs.begin(), needs.end(), [](const Need& a, const Need& b) { return a.role < b.role; });
    return needs;
  }

  void read_rules(const Value& list) {
    if (!list.present()) {
      return;
    }
    out_.policy.rules.clear();
    std::set<Name> seen;
    for (const Value& item : list.list({1, 1024})) {
      Rule rule;
      Table table(item);
      rule.id = read_id(table, seen);
      rule.match = read_match(table.required("match", "{} matches every change"));
      rule.need = read_need(table.required("need", "for example [security-lead]"));
      rule.max_age = table.optional("max_age").duration(1, kSpanMax, 30 * limits::kDay);
      rule.min_local = table.optional("min_local").integer(0, kNeedMax);
      rule.need_uv = table.optional("need_uv").boolean();
      rule.no_file = table.optional("no_file").boolean();
      rule.no_sync = table.optional("no_sync").boolean();
      rule.owner_ack = table.optional("owner_ack").boolean();
      if (const Value kinds = table.optional("evidence_required"); kinds.present()) {
        rule.evidence_required = kinds.ids<Name>(kOneToFew);
      }
      table.finish();
      out_.policy.rules.push_back(std::move(rule));
    }
  }

  std::vector<EvidenceNeed> read_evidence(const Value& list) {
    std::vector<EvidenceNeed> needs;
    for (const Value& item : list.list(kFew)) {
      EvidenceNeed need;
      Table table(item);
      need.kind = table.required("kind").id<Name>();
      need.by = table.required("by", "services, people or roles").ids<ActorId>(kOneToFew);
      table.finish();
      needs.push_back(std::move(need));
    }
    return needs;
  }

  // A time, or how long from now.
  UnixSeconds read_moment(const Value& value) {
    return value.raw().ends_with('Z') ? value.time() : context_.now + value.duration(1, kSpanMax);
  }

  void read_auto(const Value& list) {
    if (!list.present()) {
      return;
    }
    out_.policy.auto_rules.clear();
    std::set<Name> seen;
    for (const Value& item : list.list(kFew)) {
      AutoRule rule;
      Table table(item);
      rule.id = read_id(table, seen);
      rule.match = read_match(table.required("match", "{} matches every change"));
      rule.envs = read_envs(table.required("envs"));
      rule.only_actions =
          table.required("only_actions").words<Name>(kOneToFew, names_of<StepAction>());
      rule.max_hosts = table.required("max_hosts").integer(1, limits::kListMax, 1);
      rule.phases_required = table.required("phases_required").integer(0, limits::kSmallListMax);
      rule.window = table.required("window").duration(1, kSpanMax, 1);
      rule.per_day = table.required("per_day").integer(1, 1'000'000, 1);
      rule.expires = read_moment(table.required("expires", "a time, or a duration from now"));
      rule.evidence_required = read_evidence(table.required("evidence_required", "[] for none"));
      table.finish();
      out_.policy.auto_rules.push_back(std::move(rule));
    }
  }

  void read_assign(const Value& list) {
    if (!list.present()) {
      return;
    }
    out_.policy.assign.clear();
    for (const Value& item : list.list(kOneToFew)) {
      AssignRule rule;
      Table table(item);
      rule.envs = read_envs(table.required("envs"));
      for (const Value& one : table.required("need").list(kOneToFew)) {
        AnyNeed need;
        Table inner(one);
        need.roles = read_roles(inner.required("roles", "any of them signs"), kOneToFew);
        need.n = inner.optional("n").integer(1, kNeedMax, 1);
        inner.finish();
        rule.need.push_back(std::move(need));
      }
      table.finish();
      out_.policy.assign.push_back(std::move(rule));
    }
  }

  // `{dev: [engineering-lead, executor]}`
  void read_plan(const Value& value) {
    if (!value.present()) {
      return;
    }
    out_.policy.plan.clear();
    Table table(value);
    for (const auto& [env, roles] : table.members()) {
      const Node key{.kind = NodeKind::scalar, .place = roles.place(), .text = env};
      const Name name = Value(key, problems_, roles.path()).familiar_id<Name>(shipped_envs());
      for (RoleId& role : read_roles(roles, kOneToFew)) {
        out_.policy.plan.push_back({name, std::move(role)});
      }
    }
    auto& plan = out_.policy.plan;
    std::sort(plan.begin(), plan.end(), [](const PlanPermission& a, const PlanPermission& b) {
      return std::tie(a.env, a.role) < std::tie(b.env, b.role);
    });
    if (plan.size() > limits::kSmallListMax) {
      value.refuse("names more than 256 pairs of environment and role");
    }
  }

  void read_emergency(const Value& value) {
    if (!value.present()) {
      return;
    }
    EmergencyRule& rule = out_.policy.emergency;
    Table table(value);
    rule.max_hosts = table.optional("max_hosts").integer(0, limits::kListMax, rule.max_hosts);
    rule.per_day = table.optional("per_day").integer(0, 1'000, rule.per_day);
    rule.window = table.optional("window").duration(0, limits::kDay, rule.window);
    if (const Value roles = table.optional("roles"); roles.present()) {
      rule.roles = read_roles(roles, kFew);
    }
    if (const Value natures = table.optional("natures"); natures.present()) {
      read_natures(natures);
    }
    table.finish();
  }

  void read_natures(const Value& value) {
    auto& natures = out_.policy.emergency.natures;
    natures.clear();
    Table table(value);
    for (const auto& [name, roles] : table.members()) {
      const Node key{.kind = NodeKind::scalar, .place = roles.place(), .text = name};
      natures.push_back(
          {Value(key, problems_, roles.path()).id<Name>(), read_roles(roles, kOneToFew)});
    }
    std::sort(natures.begin(), natures.end(), [](const Nature& a, const Nature& b) {
      return a.nature < b.nature;
    });
    if (natures.size() > limits::kSmallListMax) {
      value.refuse("has more than 256 natures");
    }
  }

  void read_defaults(const Value& value) {
    if (!value.present()) {
      return;
    }
    Defaults& defaults = out_.policy.defaults;
    Table table(value);
    defaults.rollback_within =
        table.optional("rollback_within").duration(1, 366 * limits::kDay, defaults.rollback_within);
    defaults.window = table.optional("window").duration(1, limits::kOnceWindowMax, defaults.window);
    table.finish();
  }

  std::vector<Digest> read_digests(const Value& list, Range count) {
    std::vector<Digest> digests;
    for (const Value& item : list.list(count)) {
      digests.push_back(item.digest());
    }
    std::sort(digests.begin(), digests.end());
    digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
    return digests;
  }

  void read_lists(Table& top) {
    if (const Value list = top.optional("no_auto_rollback"); list.present()) {
      out_.policy.no_auto_rollback = list.ids<Name>(kFew);
    }
    out_.policy.noise = read_digests(top.optional("noise"), {0, 4096});
    out_.policy.releases = read_digests(top.optional("releases"), kFew);
  }

  void read_freezes(const Value& list) {
    std::set<Name> seen;
    for (const Value& item : list.list({0, 1024})) {
      Freeze freeze;
      Table table(item);
      freeze.id = read_id(table, seen);
      freeze.envs = read_envs(table.required("envs"));
      freeze.from = table.required("from").time();
      freeze.to = table.required("to").time();
      freeze.emergency = table.optional("emergency").boolean();
      if (const Value scope = table.optional("scope"); scope.present()) {
        freeze.scope = scope.id<ScopeId>();
      }
      table.finish();
      if (freeze.to <= freeze.from && freeze.to != 0) {
        item.refuse("must end after it begins");
      }
      out_.restrictions.freezes.push_back(std::move(freeze));
    }
  }

  void read_exceptions(const Value& list) {
    std::set<Name> seen;
    for (const Value& item : list.list({0, 4096})) {
      Exception exception;
      Table table(item);
      exception.id = read_id(table, seen);
      exception.rule = table.required("rule").text(kLine);
      exception.asset = table.required("asset").text(kLine);
      exception.until = table.required("until").time();
      exception.why = table.required("why").text(kParagraphs);
      table.finish();
      out_.restrictions.exceptions.push_back(std::move(exception));
    }
  }

  Problems problems_;
  const PolicyContext& context_;
  CompiledPolicy out_;
};

// Puts the documents into their chains and writes the bytes.
void finish(const PolicyContext& context, CompiledPolicy& out) {
  out.policy.nonce = context.policy.nonce;
  out.policy.org = context.org;
  out.policy.prev = context.policy.prev;
  out.policy.version = context.policy.version;
  out.restrictions.nonce = context.restrictions.nonce;
  out.restrictions.org = context.org;
  out.restrictions.prev = context.restrictions.prev;
  out.restrictions.version = context.restrictions.version;
  out.policy_bytes = codec::encode(out.policy);
  out.restrictions_bytes = codec::encode(out.restrictions);
}

}  // namespace

Result<CompiledPolicy> compile_policy(const Source& source, const PolicyContext& context) {
  TWOSEAL_TRY(const Node root, parse_yaml(source.text, source.name));
  TWOSEAL_TRY(CompiledPolicy out, PolicyReader(source, context).read(root));
  finish(context, out);
  if (const auto read = codec::decode<Policy>(out.policy_bytes); !read) {
    return fail(Errc::bad_yaml, read.error().what, place_text(source.name, {}));
  }
  if (const auto read = codec::decode<Restrictions>(out.restrictions_bytes); !read) {
    return fail(Errc::bad_yaml, read.error().what, place_text(source.name, {}));
  }
  return out;
}

CompiledPolicy compile_shipped_policy(const PolicyContext& context) {
  CompiledPolicy out;
  out.policy = shipped_policy(context.profile, context.now);
  out.restrictions = {.expires = out.policy.expires, .issued = context.now};
  finish(context, out);
  return out;
}

}  // namespace twoseal::authoring
