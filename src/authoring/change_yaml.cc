#include "authoring/change_yaml.h"

#include <algorithm>
#include <map>
#include <set>

#include "authoring/health_yaml.h"
#include "authoring/resource_table.h"
#include "authoring/state_yaml.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/statement.h"
#include "policy/effects.h"

namespace twoseal::authoring {
namespace {

constexpr std::int64_t kSpanMax = 366 * limits::kDay;
constexpr std::int64_t kHostsMax = limits::kListMax;
constexpr std::size_t kTitleMax = 256;
constexpr std::string_view kRollbackHint =
    "say how this change is undone: 'rollback: automatic', or a map with 'kind: state' or 'kind: "
    "procedure'";

Name name_of_word(std::string_view word) {
  return Name::parse(word).value();
}

// A file whose digest the change carries.
Digest read_blob(const Value& file, Files& files, std::vector<Bytes>& blobs) {
  Bytes bytes = files.read(file, limits::kBlobMax);
  const Digest digest = sha256(bytes);
  blobs.push_back(std::move(bytes));
  return digest;
}

class ChangeReader {
 public:
  ChangeReader(const Source& source, const Reader& reader, const Node& root)
      : source_(source), problems_(source.name), files_(reader), root_(root) {}

  Result<ChangeDraft> read() {
    draft_.file = source_.name;
    Table top(Value(root_, problems_, ""));
    const Value change = top.required("change", "it says what, why and how it is undone");
    read_executor(top.optional("executor"));
    if (change.present()) {
      read_head(change);
    }
    read_body(top);
    for (const Value& check : top.optional("health").list(kFew)) {
      change_.health.push_back(read_health(check));
    }
    read_window(top.optional("window"));
    read_deploy(top.optional("deploy"), change);
    read_evidence(top.optional("evidence"));
    for (const Value& digest : top.optional("requires").list(kFew)) {
      change_.requires_changes.push_back(digest.digest());
    }
    auto& needed = change_.requires_changes;
    std::sort(needed.begin(), needed.end());
    needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
    top.finish();
    check_kind(change);
    if (problems_.any()) {
      return std::unexpected(problems_.error());
    }
    return std::move(draft_);
  }

 private:
  void read_head(const Value& value) {
    Table head(value);
    change_.kind = head.optional("type").enumeration(ChangeKind::normal);
    change_.summary = head.required("summary").text(kParagraphs);
    read_title(head.optional("title"), head.map());
    change_.why = head.required("justification", "say why this change is made").text(kParagraphs);
    change_.components = head.required("components", "say which parts of the estate it touches")
                             .ids<ComponentId>(kOneToFew);
    read_contributors(head.optional("contributors"));
    if (const Value rule = head.optional("auto"); rule.present()) {
      change_.auto_rule = rule.id<Name>();
    }
    read_rollback(head.required("rollback", kRollbackHint));
    head.finish();
  }

  // The first line of the summary serves when there is no title.
  void read_title(const Value& title, const Value& head) {
    if (title.present()) {
      change_.title = title.text(kLine);
      return;
    }
    change_.title = change_.summary.substr(0, change_.summary.find('\n'));
    if (change_.title.size() > kTitleMax || (change_.title.empty() && !change_.summary.empty())) {
      head.refuse("title: missing, and the first line of the summary is empty or longer than " +
                  std::to_string(kTitleMax) + " bytes");
    }
  }

  void read_contributors(const Value& value) {
    if (!value.present()) {
      return;
    }
    std::vector<std::string> people;
    for (const Value& item : value.list({1, 4096})) {
      const std::string person = item.text(kLine);
      const auto id = ActorId::parse(person);
      if (!person.empty() && person != "?" && (!id || actor_kind(*id) != ActorKind::person)) {
        item.refuse("must be a person, for example p:amara, or \"?\" for somebody unknown");
      }
      people.push_back(person);
    }
    std::sort(people.begin(), people.end());
    const auto twice = std::adjacent_find(people.begin(), people.end());
    if (twice != people.end() && *twice != "?" && !twice->empty()) {
      value.refuse("'" + *twice + "' stands twice");
    }
    change_.contributors = std::move(people);
  }

  void read_rollback(const Value& value) {
    if (!value.present()) {
      return;
    }
    RollbackPlan& plan = change_.rollback;
    if (value.is_scalar()) {
      static_cast<void>(value.word({"automatic"}));
      plan.auto_on = all_triggers();
      restores_ = true;
      return;
    }
    Table table(value);
    const std::string kind =
        table.required("kind").word({"automatic", "procedure", "state"}, "automatic");
    if (const Value within = table.optional("within"); within.present()) {
      draft_.rollback_within = within.duration(1, kSpanMax, 1);
    }
    restores_ = kind == "automatic";
    if (kind == "procedure") {
      plan.kind = RollbackKind::procedure;
      plan.blob = read_procedure(table);
    } else {
      read_triggers(table.optional("on"));
    }
    if (kind == "state") {
      plan.kind = RollbackKind::state;
      draft_.rollback_state = read_resources(table.required("set"), files_, draft_.blobs);
    }
    table.finish();
  }

  static std::vector<Name> all_triggers() {
    return {name_of_word("deadman"),
            name_of_word("gate"),
            name_of_word("health"),
            name_of_word("verify")};
  }

  void read_triggers(const Value& on) {
    change_.rollback.auto_on = on.present() ? std::vector<Name>() : all_triggers();
    for (const Value& item : on.list({0, 4})) {
      const std::string word = item.word({"deadman", "gate", "health", "verify"});
      const auto name = Name::parse(word);
      auto& triggers = change_.rollback.auto_on;
      if (name && std::find(triggers.begin(), triggers.end(), *name) != triggers.end()) {
        item.refuse("'" + word + "' stands twice");
      } else if (name) {
        triggers.push_back(*name);
      }
    }
    std::sort(change_.rollback.auto_on.begin(), change_.rollback.auto_on.end());
  }

  Digest read_procedure(Table& table) {
    const Value text = table.optional("text");
    const Value file = table.optional("file");
    if (text.present() == file.present()) {
      table.map().refuse("a procedure has either 'text' or 'file'");
      return {};
    }
    if (file.present()) {
      return read_blob(file, files_, draft_.blobs);
    }
    draft_.blobs.push_back(text.text(kParagraphs));
    return sha256(draft_.blobs.back());
  }

  void read_executor(const Value& value) {
    if (!value.present() || (value.is_scalar() && value.word({"agent"}, "agent") == "agent")) {
      return;
    }
    Table table(value);
    Executor& executor = change_.executor;
    if (const Value person = table.optional("person"); person.present()) {
      executor.by = ExecutorBy::person;
      executor.who = person.ids<ActorId>(kOneToFew);
      for (const ActorId& who : *executor.who) {
        if (!who.empty() && actor_kind(who) != ActorKind::person) {
          person.refuse("'" + who.text() + "' is not a person, for example p:amara");
        }
      }
    } else {
      executor.by = ExecutorBy::runner;
      draft_.runner = table.required("runner", "or 'person', or 'executor: agent'").text(kLine);
      executor.workspace = table.required("workspace").id<Name>();
    }
    table.finish();
  }

  // What is changed and where: resources on hosts, or assets by hand.
  void read_body(Table& top) {
    if (change_.executor.by == ExecutorBy::person) {
      read_assets(top.required("assets", "a change by hand names what it touches"));
      return;
    }
    change_.scope = read_scope(top, source_);
    draft_.enforce = top.optional("enforce").enumeration(Enforce::report);
    const Value set = top.required("set", "it lists what is wanted");
    draft_.state = read_resources(set, files_, draft_.blobs);
    check_ways_back(set);
    const Value targets = top.required("targets", "for example 'targets: env=prod role=web'");
    if (targets.present()) {
      draft_.targets_place = targets.place();
      draft_.targets = targets.parsed<std::optional<Selector>>(parse_selector);
    }
    read_rollout(top.optional("rollout"));
  }

  // Hosts refuse it too (B3), but only when it is approved and released.
  void check_ways_back(const Value& set) {
    const std::vector<Resource>& resources = *draft_.state;
    if (!restores_ || resources.empty()) {
      return;
    }
    const std::vector<Value> items = set.list({1, resources.size()});
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Resource& resource = resources[i];
      if (resource.kind.text() == "command" && !resource.want.contains("undo")) {
        items[i].refuse(
            "'rollback: automatic' knows no way back from a command; name its 'undo', or say "
            "how people undo it: 'rollback: {kind: procedure, text: \"…\"}'");
      }
    }
  }

  void read_assets(const Value& value) {
    std::set<Name> ids;
    auto& assets = change_.targets.assets.emplace();
    for (const Value& item : value.list({1, 4096})) {
      Table table(item);
      TargetAsset asset;
      asset.id = table.required("id").id<Name>();
      asset.name = table.required("name").text(kLine);
      asset.env = table.required("env").id<Name>();
      asset.data_class = table.required("data_class").id<Name>();
      asset.components = table.optional("components").ids<ComponentId>(kFew);
      table.finish();
      if (!asset.id.empty() && !ids.insert(asset.id).second) {
        item.refuse("'" + asset.id.text() + "' stands twice");
      }
      if (asset.id.text().starts_with("h:")) {
        item.refuse("a host with an agent is changed by its agent, not by hand");
      }
      assets.push_back(std::move(asset));
    }
  }

  void read_rollout(const Value& value) {
    if (!value.present()) {
      return;
    }
    Table table(value);
    Wave common{.gate = {.failed_max = 0}, .place = value.place()};
    read_wave_rules(table, common);
    const Value waves = table.optional("waves");
    for (const Value& item : waves.list(kOneToFew)) {
      Wave wave = common;
      wave.place = item.place();
      read_wave(item, wave);
      draft_.waves.push_back(std::move(wave));
    }
    if (!waves.present()) {
      common.hosts.rest = true;
      draft_.waves.push_back(common);
    }
    table.finish();
    check_waves(value);
  }

  // pause, and one of max_failed and gate.
  static void read_wave_rules(Table& table, Wave& wave) {
    wave.soak = table.optional("pause").duration(0, kSpanMax, wave.soak);
    const Value max_failed = table.optional("max_failed");
    const Value gate = table.optional("gate");
    if (max_failed.present() && gate.present()) {
      gate.refuse("stands without max_failed: a gate is opened by results or by people");
    }
    if (max_failed.present()) {
      wave.gate = {.failed_max = max_failed.integer(0, kHostsMax)};
    }
    if (gate.is_map()) {
      Table owner(gate);
      wave.gate = {.kind = GateKind::owner, .n = owner.required("owner").integer(1, 16, 1)};
      owner.finish();
    } else if (gate.present() && gate.word({"owner", "person"}, "person") == "owner") {
      wave.gate = {.kind = GateKind::owner, .n = 1};
    } else if (gate.present()) {
      wave.gate = {.kind = GateKind::person};
    }
  }

  void read_wave(const Value& item, Wave& wave) {
    if (!item.is_map()) {
      wave.hosts = read_wave_hosts(item);
      return;
    }
    Table table(item);
    wave.hosts = read_wave_hosts(table.required("hosts"));
    if (const Value name = table.optional("name"); name.present()) {
      wave.name = name.id<Name>();
    }
    read_wave_rules(table, wave);
    table.finish();
  }

  static WaveHosts read_wave_hosts(const Value& value) {
    WaveHosts hosts;
    if (value.is_list()) {
      hosts.names = value.texts({1, 4096}, {1, 63});
    } else if (value.raw() == "rest") {
      hosts.rest = true;
    } else if (value.present()) {
      hosts.count = value.integer(1, kHostsMax, 1);
    }
    return hosts;
  }

  void check_waves(const Value& value) {
    std::set<Name> names;
    for (std::size_t i = 0; i < draft_.waves.size(); ++i) {
      const Wave& wave = draft_.waves[i];
      if (wave.hosts.rest && i + 1 < draft_.waves.size()) {
        problems_.add(wave.place, "rollout.waves: 'rest' is the last wave");
      }
      if (wave.name && !wave.name->empty() && !names.insert(*wave.name).second) {
        value.refuse("waves: the name '" + wave.name->text() + "' stands twice");
      }
    }
  }

  void read_window(const Value& value) {
    if (!value.present()) {
      return;
    }
    WindowDraft& window = draft_.window;
    window.place = value.place();
    Table table(value);
    if (const Value from = table.optional("from"); from.present()) {
      window.not_before = from.time();
    }
    const Value to = table.optional("to");
    const Value length = table.optional("for");
    if (to.present() && length.present()) {
      length.refuse("stands without 'to'");
    }
    if (to.present()) {
      window.not_after = to.time();
    }
    if (length.present()) {
      window.length = length.duration(1, limits::kOnceWindowMax, 1);
    }
    table.finish();
  }

  void read_deploy(const Value& value, const Value& change) {
    const bool is_deploy = change_.kind == ChangeKind::deploy;
    if (is_deploy && !value.present() && change.present()) {
      change.refuse("type deploy needs 'deploy' with job, build, action, branch, env, links, scan");
    }
    if (!value.present()) {
      return;
    }
    if (!is_deploy) {
      value.refuse("stands in changes of type deploy only");
    }
    Table table(value);
    Deploy& deploy = change_.deploy.emplace();
    deploy.job = table.required("job").text(kLine);
    deploy.build = table.required("build").text(kLine);
    deploy.action = table.required("action").text(kLine);
    deploy.branch = table.required("branch").text(kLine);
    deploy.env = table.required("env").text(kLine);
    deploy.links = table.required("links").texts(kOneToFew, {1, 2048});
    const Value scan_value = table.required("scan");
    if (scan_value.present()) {
      Table scan(scan_value);
      deploy.scan.status = scan.required("status").id<Name>();
      if (const Value report = scan.optional("report"); report.present()) {
        deploy.scan.report = read_named_blob(report);
      }
      scan.finish();
    }
    table.finish();
  }

  // A digest of something that is stored already, or a file.
  Digest read_named_blob(const Value& value) {
    return value.raw().starts_with("sha256:") ? value.digest()
                                              : read_blob(value, files_, draft_.blobs);
  }

  void read_evidence(const Value& value) {
    for (const Value& item : value.list(kFew)) {
      Table table(item);
      EvidenceRef evidence;
      evidence.kind = table.required("kind").id<Name>();
      evidence.by = table.required("by").id<ActorId>();
      const ActorKind by = actor_kind(evidence.by);
      if (!evidence.by.empty() && by != ActorKind::person && by != ActorKind::service) {
        item.refuse("by: is a person or a service, for example s:ci");
      }
      if (const Value blob = table.required("blob", "a file, or sha256: and its digest");
          blob.present()) {
        evidence.blob = read_named_blob(blob);
      }
      table.finish();
      change_.evidence.push_back(std::move(evidence));
    }
  }

  void check_kind(const Value& change) {
    if (!change.present()) {
      return;
    }
    const bool restore = change_.rollback.kind == RollbackKind::restore;
    if (change_.kind == ChangeKind::emergency && change_.rollback.kind == RollbackKind::state) {
      change.refuse("rollback: an emergency is undone automatically or by a procedure");
    }
    const bool has_command =
        std::any_of(change_.health.begin(), change_.health.end(), [](const HealthCheck& check) {
          return check.kind == HealthKind::command;
        });
    if (change_.auto_rule && (!restore || has_command)) {
      change.refuse("auto: needs 'rollback: automatic' and no health check by command");
    }
    if (change_.executor.by == ExecutorBy::person &&
        change_.rollback.kind != RollbackKind::procedure) {
      change.refuse("rollback: what people do by hand is undone by a procedure");
    }
  }

  const Source& source_;
  Problems problems_;
  Files files_;
  const Node& root_;
  ChangeDraft draft_;
  Change& change_ = draft_.change;
  bool restores_ = false;  ///< the rollback is there, and of the kind restore
};

// --- completion -------------------------------------------------------------------------------

std::unexpected<Error> refuse(const ChangeDraft& draft, Place place, std::string what) {
  return fail(Errc::bad_yaml, std::move(what), place_text(draft.file, place));
}

// Gives every target its wave. Counts take hosts by name, in ascending order.
class Rollout {
 public:
  Rollout(const ChangeDraft& draft, const std::vector<TargetHost>& targets) : draft_(draft) {
    for (const TargetHost& host : targets) {
      left_.emplace(host.name, host.id);
    }
  }

  Result<std::vector<Phase>> phases() {
    TWOSEAL_TRY_VOID(take_named());
    std::vector<Phase> phases;
    std::set<Name> names;
    for (std::size_t i = 0; i < draft_.waves.size(); ++i) {
      const Wave& wave = draft_.waves[i];
      Phase phase{.gate = wave.gate, .hosts = std::move(named_[i]), .soak = wave.soak};
      const std::size_t wanted =
          wave.hosts.rest ? left_.size() : static_cast<std::size_t>(wave.hosts.count.value_or(0));
      for (std::size_t n = 0; n < wanted && !left_.empty(); ++n) {
        phase.hosts.push_back(left_.begin()->second);
        left_.erase(left_.begin());
      }
      if (phase.hosts.empty()) {
        continue;
      }
      phase.name = wave.name.value_or(name_of_word("wave-" + std::to_string(i + 1)));
      if (!names.insert(phase.name).second) {
        return refuse(draft_, wave.place, "the wave name '" + phase.name.text() + "' stands twice");
      }
      std::sort(phase.hosts.begin(), phase.hosts.end());
      phases.push_back(std::move(phase));
    }
    if (!left_.empty()) {
      return refuse(draft_,
                    draft_.waves.back().place,
                    (left_.size() == 1 ? left_.begin()->first + " is in no wave"
                                       : std::to_string(left_.size()) + " hosts are in no wave, " +
                                             left_.begin()->first + " among them") +
                        "; let the last wave be 'rest'");
    }
    return phases;
  }

 private:
  // Named hosts first, so that a count before them does not take them.
  Result<void> take_named() {
    named_.resize(draft_.waves.size());
    for (std::size_t i = 0; i < draft_.waves.size(); ++i) {
      const Wave& wave = draft_.waves[i];
      for (const std::string& name : wave.hosts.names) {
        const auto host = left_.find(name);
        if (host == left_.end()) {
          return refuse(
              draft_, wave.place, "'" + name + "' is not among the targets, or is in two waves");
        }
        named_[i].push_back(host->second);
        left_.erase(host);
      }
    }
    return {};
  }

  const ChangeDraft& draft_;
  std::map<std::string, HostId> left_;
  std::vector<std::vector<HostId>> named_;
};

Result<Window> complete_window(const ChangeDraft& draft, const ChangeContext& context) {
  const WindowDraft& window = draft.window;
  const bool emergency = draft.change.kind == ChangeKind::emergency;
  const std::int64_t usual = emergency ? std::min(context.defaults.window, context.emergency_window)
                                       : context.defaults.window;
  Window out;
  out.not_before = window.not_before.value_or(context.now);
  out.not_after = window.not_after.value_or(out.not_before + window.length.value_or(usual));
  if (out.not_after <= out.not_before || out.not_after - out.not_before > limits::kOnceWindowMax) {
    return refuse(draft, window.place, "window: must end after it begins, at most 30 days later");
  }
  if (out.not_after <= context.now) {
    return refuse(draft, window.place, "window: lies in the past");
  }
  return out;
}

Result<void> complete_targets(const ChangeDraft& draft,
                              const ChangeContext& context,
                              Change& change) {
  TWOSEAL_TRY(auto hosts, resolve_targets(draft, context.assignments));
  if (draft.runner) {
    const bool only_runner = hosts.size() == 1 && hosts.front().name == *draft.runner;
    if (!only_runner) {
      return refuse(draft,
                    draft.targets_place,
                    "targets: a change by a runner has the runner '" + *draft.runner +
                        "' as its only target");
    }
    change.executor.host = hosts.front().id;
  }
  if (draft.waves.empty()) {
    Phase all{.gate = {.failed_max = 0}, .name = name_of_word("all")};
    for (const TargetHost& host : hosts) {
      all.hosts.push_back(host.id);
    }
    change.phases = {std::move(all)};
  } else {
    TWOSEAL_TRY(change.phases, Rollout(draft, hosts).phases());
  }
  change.targets.hosts = std::move(hosts);
  return {};
}

Bytes encode_state(const ChangeDraft& draft,
                   const std::vector<Resource>& resources,
                   const Digest& org) {
  return codec::encode(State{
      .enforce = draft.enforce, .org = org, .resources = resources, .scope = *draft.change.scope});
}

std::vector<Name> declared_effects(const ChangeDraft& draft, const ChangeContext& context) {
  std::set<Name> effects(context.effects.begin(), context.effects.end());
  for (const auto& resources : {draft.state, draft.rollback_state}) {
    for (const Resource& resource : resources.value_or(std::vector<Resource>())) {
      effects.merge(effects_of(resource));
    }
  }
  return {effects.begin(), effects.end()};
}

Result<void> complete_state(const ChangeDraft& draft,
                            const ChangeContext& context,
                            CompiledChange& out) {
  out.state = state_bytes(draft, context.org);
  out.change.apply = sha256(*out.state);
  out.change.plan = context.plan;
  if (!context.plan) {
    return refuse(draft, {}, "the plan is missing; hosts are asked for it before a change is made");
  }
  if (draft.rollback_state) {
    out.rollback_state = encode_state(draft, *draft.rollback_state, context.org);
    out.change.rollback.state = sha256(*out.rollback_state);
  }
  return complete_targets(draft, context, out.change);
}

}  // namespace

Result<ChangeDraft> read_change(const Source& source, const Reader& reader) {
  TWOSEAL_TRY(const Node root, parse_yaml(source.text, source.name));
  return ChangeReader(source, reader, root).read();
}

std::optional<Bytes> state_bytes(const ChangeDraft& draft, const Digest& org) {
  return draft.state ? std::optional(encode_state(draft, *draft.state, org)) : std::nullopt;
}

Result<std::vector<TargetHost>> resolve_targets(const ChangeDraft& draft,
                                                std::span<const Assignment> assignments) {
  if (!draft.targets) {
    return std::vector<TargetHost>();
  }
  auto hosts = select_hosts(*draft.targets, assignments);
  return hosts ? std::move(hosts)
               : refuse(draft, draft.targets_place, "targets: " + hosts.error().what);
}

Result<CompiledChange> complete_change(const ChangeDraft& draft, const ChangeContext& context) {
  CompiledChange out{.change = draft.change, .blobs = draft.blobs};
  Change& change = out.change;
  change.org = context.org;
  change.author = context.author;
  change.nonce = context.nonce;
  change.min_policy = context.min_policy;
  change.risks = context.risks;
  std::sort(change.risks.begin(), change.risks.end());
  change.risks.erase(std::unique(change.risks.begin(), change.risks.end()), change.risks.end());
  change.effects = declared_effects(draft, context);
  change.rollback.within = draft.rollback_within.value_or(context.defaults.rollback_within);
  TWOSEAL_TRY(change.window, complete_window(draft, context));
  if (draft.state) {
    TWOSEAL_TRY_VOID(complete_state(draft, context, out));
  }
  out.bytes = codec::encode(change);
  // What was written is read back, so that nothing is signed that no verifier would take.
  if (const auto read = codec::decode<Change>(out.bytes); !read) {
    return refuse(draft, {}, read.error().what);
  }
  for (const auto* state : {&out.state, &out.rollback_state}) {
    if (*state) {
      if (const auto read = codec::decode<State>(**state); !read) {
        return refuse(draft, {}, read.error().what);
      }
    }
  }
  return out;
}

Result<CompiledChange> compile_change(const Source& source,
                                      const Reader& reader,
                                      const ChangeContext& context) {
  TWOSEAL_TRY(const ChangeDraft draft, read_change(source, reader));
  return complete_change(draft, context);
}

}  // namespace twoseal::authoring
