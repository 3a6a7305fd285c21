#include "cli/client/change_text.h"

#include <algorithm>

#include "base/words.h"
#include "cli/columns.h"
#include "cli/time_text.h"
#include "model/names.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kListed = 5;

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

std::string marked(const std::string& text, const std::string& mark) {
  std::string marked;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    marked += "    " + mark + " " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return marked;
}

std::string command_text(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& word : argv) {
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$`;&|<>*?()#") == std::string::npos;
    text += (text.empty() ? "" : " ") + (plain ? word : "'" + one_line(word) + "'");
  }
  return text;
}

// --- what a change wants ----------------------------------------------------------------------

std::string blob_text(const std::string& source, const std::map<Digest, Bytes>* blobs) {
  constexpr std::size_t kShownMax = std::size_t{64} * 1024;
  const auto digest = Digest::parse(source);
  if (!digest || blobs == nullptr || !blobs->contains(*digest)) {
    return source;
  }
  const Bytes& bytes = blobs->at(*digest);
  return bytes.size() <= kShownMax && bytes.find('\0') == Bytes::npos
             ? bytes
             : source + ", " + std::to_string(bytes.size()) + " bytes";
}

std::string value_text(const WantValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return *text;
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return command_text(*list);
  }
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? std::to_string(*number) : std::get<bool>(value) ? "true" : "false";
}

// Name and text of all that is wanted of the resource of `step`; nothing when its host shows it.
std::vector<std::pair<std::string, std::string>> wanted_of(const PlanStep& step,
                                                           const Wanted& wanted) {
  std::vector<std::pair<std::string, std::string>> all;
  if (!step.hidden || wanted.state == nullptr) {
    return all;
  }
  for (const Resource& resource : wanted.state->resources) {
    if (resource.identity() == step.res) {
      for (const auto& [name, value] : resource.want) {
        const std::string text = value_text(value);
        all.emplace_back(name, name == "source" ? blob_text(text, wanted.blobs) : text);
      }
    }
  }
  return all;
}

std::string hidden_text(const PlanStep& step, const Wanted& wanted) {
  std::string text;
  for (const auto& [name, value] : wanted_of(step, wanted)) {
    text += (text.empty() ? "    wanted by the change:\n" : "") + ("    " + name) + "\n" +
            marked(value.ends_with('\n') ? value.substr(0, value.size() - 1) : value, "+");
  }
  return text;
}

std::string step_text(const PlanStep& step, const Wanted& wanted) {
  std::string text = "  " + std::string(enum_name(step.action)) + "  " + one_line(step.res);
  text += step.risks.empty() ? "" : "   risk " + ids_text(step.risks);
  text += step.effects.empty() ? "" : "   effect " + ids_text(step.effects);
  text += step.hidden ? "   what the host has is not shown: not everybody there may read it" : "";
  text += "\n" + hidden_text(step, wanted);
  for (const DiffLine& line : step.diff) {
    text += line.node.empty() ? "" : "    " + one_line(line.node) + "\n";
    text += line.old_value ? marked(*line.old_value, "-") : "";
    text += line.new_value ? marked(*line.new_value, "+") : "";
  }
  if (step.opaque) {
    text += "    runs  " + command_text(step.opaque->argv) + "\n    undo  " +
            (step.opaque->undo ? command_text(*step.opaque->undo) : "none: it cannot be undone") +
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
  text += check.argv ? " " + command_text(*check.argv) : "";
  return text + ", within " + length_text(check.within);
}

std::string gate_text(const Phase& phase) {
  std::string text;
  switch (phase.gate.kind) {
    case GateKind::automatic:
      text = "at most " + std::to_string(phase.gate.failed_max.value_or(0)) + " failed";
      break;
    case GateKind::owner:
      text = "then " + std::to_string(phase.gate.n.value_or(1)) + " owners sign off";
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
    text += "  phase     " + phase.name.text() + "  " + number_of(std::ssize(hosts), "host") +
            "  " + list_text(hosts) + "  (" + gate_text(phase) + ")\n";
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

std::string targets_text(const Change& change) {
  std::vector<std::string> list;
  for (const TargetHost& host : change.targets.hosts.value_or(std::vector<TargetHost>())) {
    list.push_back(host.name);
  }
  for (const TargetAsset& asset : change.targets.assets.value_or(std::vector<TargetAsset>())) {
    list.push_back(asset.name);
  }
  std::sort(list.begin(), list.end());
  return number_of(std::ssize(list), change.targets.assets ? "asset" : "host") + ": " +
         list_text(list);
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
  }
  Json::Object wants;
  for (const auto& [name, value] : wanted_of(step, wanted)) {
    wants.emplace_back(name, value);
  }
  if (!wants.empty()) {
    fields.emplace_back("wanted", std::move(wants));
  }
  return fields;
}

}  // namespace

std::string number_of(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string list_text(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kListed); ++i) {
    text += (i == 0 ? "" : ", ") + items[i];
  }
  return items.size() > kListed
             ? text + " … and " + std::to_string(items.size() - kListed) + " more"
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
    text += "class " + class_name(place++) + "  " + number_of(std::ssize(one.hosts), "host") +
            "  " + list_text(host_names(one, names)) +
            (steps.steps.empty() ? "   no change"
             : known             ? "   as you saw it before"
                                 : "") +
            "\n";
    for (std::size_t i = 0; !known && i < steps.steps.size(); ++i) {
      text += step_text(steps.steps[i], wanted);
    }
  }
  return text;
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
  text += phases_text(change, names);
  for (const HealthCheck& check : change.health) {
    text += line("health", health_text(check));
  }
  text += line("rollback", rollback_text(change.rollback));
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
