// Field tables of docs/formats/change.md.
#include "model/change.h"

#include <algorithm>
#include <array>
#include <set>

#include "codec/tables.h"
#include "model/names.h"

namespace twoseal::codec {
namespace {

constexpr Count kHosts{1, limits::kListMax};
constexpr Count kArguments{1, 1024};
constexpr std::int64_t kWithinMax = 3600;
constexpr std::int64_t kRollbackMax = 366 * limits::kDay;
constexpr std::string_view kUnknownContributor = "?";

}  // namespace

template <class V>
void fields(V& v, Executor& x) {
  v("by", x.by);
  v.optional("host", x.host);
  v.optional_set("who", x.who, kOneToFew);
  v.optional("workspace", x.workspace);
}

template <class V>
void fields(V& v, HealthCheck& x) {
  v.optional_list("argv", x.argv, kArguments);
  v.optional("expect", x.expect);
  v("kind", x.kind);
  v.optional("name", x.name);
  v.optional("port", x.port);
  v.optional("url", x.url);
  v.integer("within", x.within, 1, kWithinMax);
}

template <class V>
void fields(V& v, Gate& x) {
  v.optional("failed_max", x.failed_max);
  v("kind", x.kind);
  v.optional("n", x.n);
}

template <class V>
void fields(V& v, Phase& x) {
  v("gate", x.gate);
  v.set("hosts", x.hosts, kHosts);
  v("name", x.name);
  v.integer("soak", x.soak, 0, kRollbackMax);
}

template <class V>
void fields(V& v, RollbackPlan& x) {
  v.set("auto_on", x.auto_on, kFew);
  v.optional("blob", x.blob);
  v("kind", x.kind);
  v.optional("state", x.state);
  v.integer("within", x.within, 1, kRollbackMax);
}

template <class V>
void fields(V& v, TargetHost& x) {
  v("id", x.id);
  v.text("name", x.name, kLine);
}

template <class V>
void fields(V& v, TargetAsset& x) {
  v.set("components", x.components, kFew);
  v("data_class", x.data_class);
  v("env", x.env);
  v("id", x.id);
  v.text("name", x.name, kLine);
}

template <class V>
void fields(V& v, Targets& x) {
  v.optional_list("assets", x.assets, kHosts);
  v.optional_list("hosts", x.hosts, kHosts);
  v.optional("where", x.where);
}

template <class V>
void fields(V& v, EvidenceRef& x) {
  v("blob", x.blob);
  v("by", x.by);
  v("kind", x.kind);
}

template <class V>
void fields(V& v, Scan& x) {
  v.optional("report", x.report);
  v("status", x.status);
}

template <class V>
void fields(V& v, Deploy& x) {
  v.text("action", x.action, kLine);
  v.text("branch", x.branch, kLine);
  v.text("build", x.build, kLine);
  v.text("env", x.env, kLine);
  v.text("job", x.job, kLine);
  v.list("links", x.links, kOneToFew);
  v("scan", x.scan);
}

template <class V>
void fields(V& v, SecretRef& x) {
  v("ct", x.ct);
  v("id", x.id);
  v("name", x.name);
  v("version", x.version);
}

template <class V>
void fields(V& v, Window& x) {
  v("not_after", x.not_after);
  v("not_before", x.not_before);
}

template <class V>
void fields(V& v, Change& x) {
  v.optional("apply", x.apply);
  v("author", x.author);
  v.optional("auto", x.auto_rule);
  v.set("components", x.components, kOneToFew);
  v.optional_list("contributors", x.contributors, {1, 4096});
  v.optional("deploy", x.deploy);
  v.set("effects", x.effects, kFew);
  v.list("evidence", x.evidence, kFew);
  v("executor", x.executor);
  v.list("health", x.health, kFew);
  v("kind", x.kind);
  v("min_policy", x.min_policy);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v.optional_list("phases", x.phases, kOneToFew);
  v.optional("plan", x.plan);
  v.set("requires", x.requires_changes, kFew);
  v.set("risks", x.risks, kFew);
  v("rollback", x.rollback);
  v.optional("scope", x.scope);
  v.list("secrets", x.secrets, kFew);
  v.text("summary", x.summary, kParagraphs);
  v("targets", x.targets);
  v.text("title", x.title, kLine);
  v.constant("type", "change");
  v("use", x.use);
  v.constant("v", 1);
  v.text("why", x.why, kParagraphs);
  v("window", x.window);
}

template <class V>
void fields(V& v, Release& x) {
  v.optional("after", x.after);
  v("change", x.change);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v("phase", x.phase);
  v.set("stmts", x.stmts, {0, 500});
  v.constant("type", "release");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, Rollback& x) {
  v("change", x.change);
  v.optional_set("hosts", x.hosts, kHosts);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v.constant("type", "rollback");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, Evidence& x) {
  v("blob", x.blob);
  v("kind", x.kind);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v("subject", x.subject);
  v.text("tool", x.tool, kLine);
  v.constant("type", "evidence");
  v.constant("v", 1);
  v("verdict", x.verdict);
}

template <class V>
void fields(V& v, Criterion& x) {
  v("holds", x.holds);
  v.text("limit", x.limit, {0, 1024});
  v.text("name", x.name, kLine);
  v.text("value", x.value, {0, 1024});
}

template <class V>
void fields(V& v, HostResult& x) {
  v("at", x.at);
  v.optional_list("auto", x.criteria, kOneToFew);
  v("change", x.change);
  v("host", x.host);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v.text("outcome", x.outcome, kLine);
  v("phase", x.phase);
  v.optional("rollback", x.rollback);
  v.constant("type", "result");
  v.constant("v", 1);
}

namespace {

Result<void> check_executor(const Change& x) {
  const bool person = x.executor.by == ExecutorBy::person;
  const bool runner = x.executor.by == ExecutorBy::runner;
  if (x.executor.who.has_value() != person) {
    return fail_field("change.executor.who: stands when a person carries the change out");
  }
  if (x.executor.host.has_value() != runner || x.executor.workspace.has_value() != runner) {
    return fail_field("change.executor: host and workspace stand when a runner carries it out");
  }
  if (x.apply.has_value() == person || x.plan.has_value() == person ||
      x.scope.has_value() == person || x.phases.has_value() == person) {
    return fail_field("change: apply, phases, plan and scope stand unless a person carries it out");
  }
  const int targets = static_cast<int>(x.targets.assets.has_value()) +
                      static_cast<int>(x.targets.hosts.has_value()) +
                      static_cast<int>(x.targets.where.has_value());
  if (targets != 1 || (x.targets.assets.has_value() && !person) ||
      (x.targets.hosts.has_value() && person)) {
    return fail_field("change.targets: is hosts, or assets when a person carries the change out");
  }
  return {};
}

// Where a host may ask for its own health: over HTTP, and not at the addresses where clouds hand
// out credentials (link-local: RFC 3927, RFC 4291 section 2.5.6).
bool is_health_url(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (url.starts_with(scheme)) {
      url.remove_prefix(scheme.size());
      const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
      return !authority.empty() && authority.find('@') == std::string_view::npos &&
             !authority.starts_with("169.254.") && !authority.starts_with("[fe80") &&
             !authority.starts_with("[FE80") && !authority.starts_with("metadata");
    }
  }
  return false;
}

Result<void> check_health(const HealthCheck& x) {
  if (x.url && !is_health_url(*x.url)) {
    return fail_field(
        "change.health.url: is http or https at a host that is neither link-local nor metadata");
  }
  const bool shape = x.argv.has_value() == (x.kind == HealthKind::command) &&
                     x.expect.has_value() == (x.kind == HealthKind::http) &&
                     x.url.has_value() == (x.kind == HealthKind::http) &&
                     x.name.has_value() == (x.kind == HealthKind::service) &&
                     x.port.has_value() == (x.kind == HealthKind::tcp);
  const bool range = x.port.value_or(1) >= 1 && x.port.value_or(1) <= 65535 &&
                     x.expect.value_or(200) >= 100 && x.expect.value_or(200) <= 599;
  return shape && range ? Result<void>{}
                        : fail_field("change.health: a check has the fields of its kind");
}

Result<void> check_rollback(const RollbackPlan& x) {
  static const std::set<std::string_view> kTriggers = {"deadman", "gate", "health", "verify"};
  const bool procedure = x.kind == RollbackKind::procedure;
  if (x.blob.has_value() != procedure || x.state.has_value() != (x.kind == RollbackKind::state)) {
    return fail_field("change.rollback: a procedure has a blob, a state has a state");
  }
  const bool known = std::all_of(x.auto_on.begin(), x.auto_on.end(), [](const Name& trigger) {
    return kTriggers.contains(trigger.text());
  });
  if (!known || (procedure && !x.auto_on.empty())) {
    return fail_field(
        "change.rollback.auto_on: is among deadman, gate, health, verify; empty for a procedure");
  }
  return {};
}

// `?` may stand more than once, each for one person whom nobody can name.
Result<void> check_contributors(const std::vector<std::string>& people) {
  for (std::size_t i = 0; i < people.size(); ++i) {
    const bool unknown = people[i] == kUnknownContributor;
    const auto id = ActorId::parse(people[i]);
    if (!unknown && (!id || actor_kind(*id) != ActorKind::person)) {
      return fail_field("change.contributors: are people, or ? for somebody unknown");
    }
    if (i > 0 && (unknown ? people[i] < people[i - 1] : people[i] <= people[i - 1])) {
      return fail_field("change.contributors: ascend, and only ? stands more than once");
    }
  }
  return {};
}

Result<void> check_hosts_and_phases(const Change& x) {
  if (!x.targets.hosts) {
    return {};
  }
  std::set<HostId> hosts;
  for (const TargetHost& host : *x.targets.hosts) {
    if (!hosts.empty() && host.id <= *hosts.rbegin()) {
      return fail_field("change.targets.hosts: ascend by id");
    }
    if (!is_host_name(host.name)) {
      return fail_field("change.targets.hosts: a name is made of DNS labels");
    }
    hosts.insert(host.id);
  }
  std::set<Name> names;
  for (const Phase& phase : *x.phases) {
    const bool automatic = phase.gate.kind == GateKind::automatic;
    const bool owner = phase.gate.kind == GateKind::owner;
    if (!names.insert(phase.name).second || phase.gate.failed_max.has_value() != automatic ||
        phase.gate.n.has_value() != owner || phase.gate.n.value_or(1) < 1) {
      return fail_field("change.phases: names differ; a gate has the fields of its kind");
    }
  }
  return {};
}

Result<void> check_change(const Change& x) {
  if (!std::all_of(x.effects.begin(), x.effects.end(), [](const Name& effect) {
        return is_effect(effect.text());
      })) {
    return fail_field("change.effects: one is not known");
  }
  TWOSEAL_TRY_VOID(check_executor(x));
  for (const HealthCheck& health : x.health) {
    TWOSEAL_TRY_VOID(check_health(health));
  }
  TWOSEAL_TRY_VOID(check_rollback(x.rollback));
  TWOSEAL_TRY_VOID(check_hosts_and_phases(x));
  if (x.contributors) {
    TWOSEAL_TRY_VOID(check_contributors(*x.contributors));
  }
  const ActorKind author = actor_kind(x.author);
  if (author != ActorKind::person && author != ActorKind::service) {
    return fail_field("change.author: is a person or a service");
  }
  if (author == ActorKind::service && !x.contributors) {
    return fail_field("change.contributors: is required when a service is the author");
  }
  if (x.deploy.has_value() != (x.kind == ChangeKind::deploy)) {
    return fail_field("change.deploy: stands in changes of kind deploy and only there");
  }
  if (x.window.not_after <= x.window.not_before ||
      (x.use == Use::once && x.window.not_after - x.window.not_before > limits::kOnceWindowMax)) {
    return fail_field("change.window: must end after it begins, at most 30 days later");
  }
  return {};
}

Result<void> check_result(const HostResult& x) {
  constexpr std::array<std::string_view, 6> kOutcomes = {
      "failed", "interrupted", "nochange", "ok", "rolled-back", "stale"};
  constexpr std::string_view kRefused = "refused:";
  const std::string_view code =
      x.outcome.starts_with(kRefused) ? std::string_view(x.outcome).substr(kRefused.size()) : "";
  // find_error() also knows numbers; an outcome has one spelling, the refusal code itself.
  const ErrorInfo* row = code.empty() ? nullptr : find_error(code);
  const bool refused = row != nullptr && row->refusal == code;
  const bool known = std::find(kOutcomes.begin(), kOutcomes.end(), x.outcome) != kOutcomes.end();
  if (!refused && !known) {
    return fail_field("result.outcome: is not known");
  }
  return x.rollback && x.outcome != "rolled-back" && x.outcome != "interrupted"
             ? fail_field("result.rollback: belongs to rolled-back and interrupted alone")
             : Result<void>{};
}

}  // namespace

TWOSEAL_CODEC_CHECKED(Change, "change", check_change);
TWOSEAL_CODEC(Release, "release");
TWOSEAL_CODEC(Rollback, "rollback");
TWOSEAL_CODEC(Evidence, "evidence");
TWOSEAL_CODEC_CHECKED(HostResult, "result", check_result);

}  // namespace twoseal::codec
