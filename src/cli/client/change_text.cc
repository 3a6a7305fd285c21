#include "cli/client/change_text.h"

#include <algorithm>

#include "base/shell_text.h"
#include "base/words.h"
#include "cli/client/wants.h"
#include "cli/columns.h"
#include "cli/time_text.h"
#include "model/names.h"
#include "resources/risks.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kHostsListed = 100;

template <class Ids>
std::string ids_text(const Ids& ids) {
  std::string text;
  for (const auto& id : ids) {
    text += (text.empty() ? "" : ", ") + id.text();
  }
  return text;
}

// `A`, `B` … `Z`, `AA`.
std::string class_name(std::size_t place) {
  constexpr std::size_t kLetters = 26;
  std::string name;
  for (std::size_t rest = place + 1; rest > 0; rest = (rest - 1) / kLetters) {
    name.insert(name.begin(), static_cast<char>('A' + (rest - 1) % kLetters));
  }
  return name;
}

std::vector<std::string> host_names(const PlannedClass& one,
                                    const std::map<HostId, std::string>& names) {
  std::vector<std::string> list;
  for (const PlannedHost& host : one.hosts) {
    const auto found = names.find(host.id);
    list.push_back(found != names.end() ? found->second : host.id.text());
  }
  std::sort(list.begin(), list.end());
  return list;
}

std::string wanted_text(const PlanStep& step, const Wanted& wanted) {
  const std::string text = wants_text(wanted_of(step, wanted));
  return text.empty() ? text : "    wanted by the change:\n" + text;
}

std::string step_text(const PlanStep& step, const Wanted& wanted) {
  std::string text = "  " + std::string(enum_name(step.action)) + "  " + one_line(step.res);
  text += step.risks.empty() ? "" : "   risk " + ids_text(step.risks);
  text += step.effects.empty() ? "" : "   effect " + ids_text(step.effects);
  text += step.hidden ? "   what the host has is not shown: not everybody there may read it" : "";
  text += "\n" + wanted_text(step, wanted);
  for (const DiffLine& line : step.diff) {
    text += line.node.empty() ? "" : "    " + one_line(line.node) + "\n";
    text += line.old_value ? marked(*line.old_value, "-") : "";
    text += line.new_value ? marked(*line.new_value, "+") : "";
  }
  if (step.opaque) {
    text += "    runs  " + shell_text(step.opaque->argv) + "\n    undo  " +
            (step.opaque->undo ? shell_text(*step.opaque->undo) : "none: it cannot be undone") +
            "\n";
  }
  return text;
}

std::string rollback_text(const RollbackPlan& rollback) {
  const std::string on = ids_text(rollback.auto_on);
  return std::string(enum_name(rollback.kind)) + ", within " + length_text(rollback.within) +
         (on.empty() ? "; only when somebody asks" : "; by itself on " + on);
}

std::string health_text(const HealthCheck& check) {
  std::string text(enum_name(check.kind));
  text += check.port ? " " + std::to_string(*check.port) : "";
  text += check.url ? " " + *check.url : "";
  text += check.expect ? " = " + std::to_string(*check.expect) : "";
  text += check.name ? " " + *check.name : "";
  text += check.argv ? " " + shell_text(*check.argv) : "";
  return text + ", within " + length_text(check.within);
}

std::string gate_text(const Phase& phase) {
  std::string text;
  switch (phase.gate.kind) {
    case GateKind::automatic:
      text = "at most " + std::to_string(phase.gate.failed_max.value_or(0)) + " failed";
      break;
    case GateKind::owner:
      text = phase.gate.n.value_or(1) == 1
                 ? "then an owner signs off"
                 : "then " + std::to_string(*phase.gate.n) + " owners sign off";
      break;
    case GateKind::person:
      text = "then a person releases the next";
      break;
  }
  return text + (phase.soak > 0 ? ", soaks " + length_text(phase.soak) : "");
}

std::string phases_text(const Change& change, const std::map<HostId, std::string>& names) {
  std::string text;
  for (const Phase& phase : change.phases.value_or(std::vector<Phase>())) {
    std::vector<std::string> hosts;
    for (const HostId& host : phase.hosts) {
      const auto found = names.find(host);
      hosts.push_back(found != names.end() ? found->second : host.text());
    }
    std::sort(hosts.begin(), hosts.end());
    text += "  phase     " + phase.name.text() + "  " + count_text(std::ssize(hosts), "host") +
            "  " + list_text(hosts, kHostsListed) + "  (" + gate_text(phase) + ")\n";
  }
  return text;
}

// Text of several lines goes on below its first, indented, so that it cannot pose as another field.
std::string line(const std::string& name, const std::string& value) {
  constexpr std::size_t kName = 10;
  if (value.empty()) {
    return {};
  }
  std::string text = "  " + name + std::string(kName - std::min(kName, name.size()), ' ');
  for (const char c : value) {
    text += c == '\n' ? "\n" + std::string(kName + 2, ' ') : std::string(1, c);
  }
  return text + "\n";
}

std::string deploy_text(const Deploy& deploy) {
  std::string text = deploy.action + " " + deploy.job + " build " + deploy.build + " of " +
                     deploy.branch + " to " + deploy.env + "; scan " + deploy.scan.status.text();
  for (const std::string& link : deploy.links) {
    text += "\n" + link;
  }
  return text;
}

std::string executor_text(const Executor& executor) {
  switch (executor.by) {
    case ExecutorBy::agent:
      return {};
    case ExecutorBy::person:
      return "a person: " + ids_text(executor.who.value_or(std::vector<ActorId>()));
    case ExecutorBy::runner:
      break;
  }
  return "a runner" + (executor.host ? " on " + executor.host->text() : "") +
         (executor.workspace ? " in " + executor.workspace->text() : "");
}

// What is signed with it besides and is not usual; nothing of it stays out of sight.
std::string terms_text(const KnownChange& known) {
  const Change& change = known.change();
  const auto& state = known.facts().state;
  std::string text = line("by", executor_text(change.executor));
  text += line("enforce",
               state && state->enforce == Enforce::repair
                   ? "repair: hosts put back by themselves what drifts from it"
                   : "");
  text += line("use", change.use == Use::standing ? "standing: hosts may apply it again" : "");
  text += line("auto", change.auto_rule ? "no approval, by rule " + change.auto_rule->text() : "");
  text += line("requires", ids_text(change.requires_changes));
  for (const EvidenceRef& one : change.evidence) {
    text += line("evidence", one.kind.text() + " by " + one.by.text() + "  " + one.blob.text());
  }
  text += line("deploy", change.deploy ? deploy_text(*change.deploy) : "");
  for (const SecretRef& one : change.secrets) {
    text += line("secret", one.name.text() + " version " + std::to_string(one.version));
  }
  return text;
}

std::string targets_text(const Change& change) {
  std::vector<std::string> list;
  for (const TargetHost& host : change.targets.hosts.value_or(std::vector<TargetHost>())) {
    list.push_back(host.name);
  }
  for (const TargetAsset& asset : change.targets.assets.value_or(std::vector<TargetAsset>())) {
    list.push_back(asset.name);
  }
  std::sort(list.begin(), list.end());
  return count_text(std::ssize(list), change.targets.assets ? "asset" : "host") + ": " +
         list_text(list, kHostsListed);
}

Json step_json(const PlanStep& step, const Wanted& wanted) {
  Json::Array diff;
  for (const DiffLine& line : step.diff) {
    Json::Object fields = {{"node", line.node}};
    if (line.old_value) {
      fields.emplace_back("old", *line.old_value);
    }
    if (line.new_value) {
      fields.emplace_back("new", *line.new_value);
    }
    diff.emplace_back(std::move(fields));
  }
  Json::Object fields = {{"action", enum_name(step.action)},
                         {"resource", step.res},
                         {"private", step.hidden},
                         {"risks", ids_text(step.risks)},
                         {"effects", ids_text(step.effects)},
                         {"diff", std::move(diff)}};
  if (step.opaque) {
    fields.emplace_back("argv", json_list(step.opaque->argv));
    if (step.opaque->undo) {
      fields.emplace_back("undo", json_list(*step.opaque->undo));
    }
  }
  Json::Object wants = wants_json(wanted_of(step, wanted));
  if (!wants.empty()) {
    fields.emplace_back("wanted", std::move(wants));
  }
  return fields;
}

// Names of `found` that `accepted` does not have.
std::string not_among(const std::set<Name>& found, const std::vector<Name>& accepted) {
  std::vector<Name> missing;
  std::set_difference(
      found.begin(), found.end(), accepted.begin(), accepted.end(), std::back_inserter(missing));
  return ids_text(missing);
}

}  // namespace

std::string count_text(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string list_text(const std::vector<std::string>& items, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), most); ++i) {
    text += (i == 0 ? "" : ", ") + items[i];
  }
  return items.size() > most ? text + " … and " + std::to_string(items.size() - most) + " more"
                             : text;
}

std::map<HostId, std::string> names_of(const std::vector<TargetHost>& targets) {
  std::map<HostId, std::string> names;
  for (const TargetHost& one : targets) {
    names[one.id] = one.name;
  }
  return names;
}

std::map<HostId, std::string> names_of(const Change& change) {
  return names_of(change.targets.hosts.value_or(std::vector<TargetHost>()));
}

std::vector<PlannedClass> ordered_classes(const Plan& plan) {
  std::vector<PlannedClass> ordered = plan.classes;
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return a.hosts.size() > b.hosts.size();
  });
  return ordered;
}

Wanted wanted_by(const KnownChange& known) {
  const Inspection& facts = known.facts();
  return {facts.state ? &*facts.state : nullptr, &facts.bundle.blobs};
}

std::string plan_text(const Plan& plan,
                      const std::map<Digest, PlanClass>& classes,
                      const std::map<HostId, std::string>& names,
                      const std::set<Digest>& seen,
                      const Wanted& wanted) {
  std::string text;
  std::size_t place = 0;
  for (const PlannedClass& one : ordered_classes(plan)) {
    const PlanClass& steps = classes.at(one.class_digest);
    const bool known = seen.contains(one.class_digest);
    text += "class " + class_name(place++) + "  " + count_text(std::ssize(one.hosts), "host") +
            "  " + list_text(host_names(one, names), kHostsListed) +
            (steps.steps.empty() ? "   no change"
             : known             ? "   as you saw it before"
                                 : "") +
            "\n";
    for (std::size_t i = 0; !known && i < steps.steps.size(); ++i) {
      text += step_text(steps.steps[i], wanted);
    }
  }
  return text + settled_text(classes, wanted);
}

Json plan_json(const Plan& plan,
               const std::map<Digest, PlanClass>& classes,
               const std::map<HostId, std::string>& names,
               const Wanted& wanted) {
  Json::Array list;
  for (const PlannedClass& one : ordered_classes(plan)) {
    Json::Array steps;
    for (const PlanStep& step : classes.at(one.class_digest).steps) {
      steps.emplace_back(step_json(step, wanted));
    }
    list.emplace_back(Json::Object{{"class", one.class_digest.text()},
                                   {"hosts", json_list(host_names(one, names))},
                                   {"steps", std::move(steps)}});
  }
  return list;
}

std::string way_back_text(const KnownChange& known) {
  const auto& state = known.facts().undo_state;
  if (!state) {
    return {};
  }
  std::string text = "way back  what this state says is put in place; no host has planned it\n";
  for (const Resource& resource : state->resources) {
    const std::set<Name> risks = risks_of(resource);
    const std::string open = not_among(risks, known.change().risks);
    text += "  " + one_line(resource.identity()) +
            (risks.empty() ? "" : "   risk " + ids_text(risks)) +
            (open.empty() ? "" : "   NOT ACCEPTED BY THE AUTHOR: " + open) + "\n" +
            wants_text(wants_of(resource, &known.facts().bundle.blobs));
    text += resource.then.empty() ? "" : "    then  " + handlers_text(resource) + "\n";
  }
  return text;
}

Json way_back_json(const KnownChange& known) {
  Json::Array list;
  const auto& state = known.facts().undo_state;
  for (const Resource& resource : state ? state->resources : std::vector<Resource>()) {
    list.emplace_back(
        Json::Object{{"resource", resource.identity()},
                     {"risks", ids_text(risks_of(resource))},
                     {"then", handlers_text(resource)},
                     {"wanted", wants_json(wants_of(resource, &known.facts().bundle.blobs))}});
  }
  return list;
}

std::string change_text(const KnownChange& known) {
  const Change& change = known.change();
  const auto names = names_of(change);
  std::string text = one_line(known.number + "  " + change.title) + "\n";
  text += line("words", digest_words_text(known.digest));
  text += line("digest", known.digest.text());
  text += line("author", change.author.text());
  text += line("with", change.contributors ? list_text(*change.contributors) : "");
  text += line("kind", std::string(enum_name(change.kind)) + " of " + ids_text(change.components));
  text += line("summary", change.summary == change.title ? "" : change.summary);
  text += line("why", change.why);
  text += line("scope", change.scope ? change.scope->text() : "");
  text += line("window",
               utc_text(change.window.not_before) + " to " + utc_text(change.window.not_after));
  text += line("targets", targets_text(change));
  text += line("retired",
               known.retired.empty() ? ""
                                     : list_text(known.retired, kHostsListed) +
                                           ": no part of it is carried out there any more");
  text += phases_text(change, names);
  for (const HealthCheck& check : change.health) {
    text += line("health", health_text(check));
  }
  text += line("rollback", rollback_text(change.rollback));
  if (change.rollback.blob) {
    text += line("procedure", blob_text(change.rollback.blob->text(), &known.facts().bundle.blobs));
  }
  text += terms_text(known);
  for (const Result<Rehearsal>& one : known.rehearsals) {
    text += line("rehearsed", one ? rehearsal_text(*one) : "not proven: " + one.error().what);
  }
  text += line("risks", ids_text(change.risks));
  return text + line("effects", ids_text(change.effects));
}

std::vector<SaidAbout> said_about(const KnownChange& known) {
  std::vector<SaidAbout> all;
  StatementJudge& judge = *known.facts().judge;
  for (const Digest& digest :
       statements_about(known.facts().bundle, known.files.at("change.json"))) {
    const SignedStatement& one = known.facts().bundle.statements.at(digest);
    all.push_back({&judge.judge(one), judge.taken_back(one)});
  }
  std::stable_sort(all.begin(), all.end(), [](const SaidAbout& a, const SaidAbout& b) {
    const auto place = [](const RoleMoment& moment) {
      return std::pair(moment.entry_at, moment.index);
    };
    return place(a.judged->moment) < place(b.judged->moment);
  });
  return all;
}

// Whether hosts carry it out only behind another change.
bool builds_on_another(const KnownChange& known) {
  const auto& plan = known.facts().plan;
  const auto has_base = [](const PlannedClass& one) {
    return std::any_of(one.hosts.begin(), one.hosts.end(), [](const PlannedHost& host) {
      return host.base.has_value();
    });
  };
  return !known.change().requires_changes.empty() ||
         (plan && std::any_of(plan->classes.begin(), plan->classes.end(), has_base));
}

std::string standing_text(const KnownChange& known) {
  std::string text;
  for (const SaidAbout& one : said_about(known)) {
    const Judged& judged = *one.judged;
    const Statement& said = judged.statement();
    text += line(!judged.valid() ? "not valid"
                 : one.withdrawn ? "withdrawn"
                                 : "verified",
                 std::string(enum_name(said.act)) + " by " + said.by.text() +
                     (said.role.empty() ? "" : " as " + said.role.text()) + ", " +
                     utc_text(said.at) + (judged.valid() ? "" : ": " + *judged.problem) +
                     (said.note ? "  “" + *said.note + "”" : ""));
  }
  if (builds_on_another(known)) {
    text += line("assumed", "that hosts stand where the plan was made; each of them looks itself");
  }
  for (const Reason& reason : known.judged.decision.reasons) {
    text +=
        line("open", std::string(error_info(reason.code).refusal) + "  " + with_dates(reason.text));
  }
  if (known.judged.decision.answer == Answer::permit) {
    text += line("open", "nothing: its first host would carry it out");
  }
  return text;
}

}  // namespace twoseal::cli
