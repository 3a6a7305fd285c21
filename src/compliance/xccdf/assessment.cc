#include "compliance/xccdf/assessment.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/check.h"

namespace twoseal::scap {
namespace {

constexpr std::string_view kOvalSystem = "http://oval.mitre.org/XMLSchema/oval-definitions-5";

bool is_oval(const RuleCheck& check) {
  return check.system == kOvalSystem;
}

bool is_sql(const RuleCheck& check) {
  return check.system == kSqlSystem;
}

// Whether this program can judge it, as far as its system goes.
bool is_known(const RuleCheck& check) {
  return check.complex ? std::any_of(check.children.begin(), check.children.end(), is_known)
                       : is_oval(check) || is_sql(check);
}

// The values that a profile chose, by the names that people give them.
std::map<std::string, std::vector<std::string>> values_of(const Benchmark& benchmark,
                                                          const Selection& selection) {
  constexpr Text kValue = "_value_";
  std::map<std::string, std::vector<std::string>> all;
  for (std::size_t i = 0; i < benchmark.values.size(); ++i) {
    const Text id = benchmark.values[i].id;
    const std::size_t at = id.find(kValue);
    const Text name = at == Text::npos ? id : id.substr(at + kValue.size());
    const auto& texts = selection.values[i].values;
    all.emplace(name, std::vector<std::string>(texts.begin(), texts.end()));
  }
  return all;
}

}  // namespace

Assessment::Assessment(const Content& content,
                       const Benchmark& benchmark,
                       const Selection& selection,
                       const InspectedHost& host,
                       std::int64_t now,
                       EvaluationLimits limits)
    : content_(content),
      benchmark_(benchmark),
      selection_(selection),
      host_(host),
      now_(now),
      limits_(limits),
      platforms_(content, benchmark) {}

Evaluation& Assessment::add_evaluation(Index document, const Bindings& bindings) {
  return *evaluations_.emplace_back(
      std::make_unique<Evaluation>(content_.documents[document], host_, bindings, now_, limits_));
}

void Assessment::run(const std::function<void(const RuleOutcome&)>& seen) {
  if (!content_.sql_checks.empty()) {
    sql_ = std::make_unique<SqlChecks>(
        host_, content_.sql_checks, values_of(benchmark_, selection_), now_);
  }
  platforms_.include(
      [&](Index document) -> Evaluation& { return add_evaluation(document, Bindings()); });
  platform_count_ = static_cast<Index>(evaluations_.size());
  for (Index rule = 0; rule < benchmark_.rules.size(); ++rule) {
    plans_.push_back(plan(rule));
  }
  for (const Placed& placed : placed_) {
    add_evaluation(placed.document, placed.bindings);
  }
  for (const Plan& each : plans_) {
    if (each.check != nullptr) {
      include(*each.check, each, false);
    }
  }
  for (Index rule = 0; rule < benchmark_.rules.size(); ++rule) {
    for (RuleOutcome& outcome : judge(rule)) {
      outcomes_.push_back(std::move(outcome));
      if (seen) {
        seen(outcomes_.back());
      }
    }
  }
}

// --- planning ----------------------------------------------------------------------------------

const RuleCheck* Assessment::choose_check(Index rule) const {
  const RuleCheck* chosen = nullptr;
  const std::vector<RuleCheck>& checks = benchmark_.rules[rule].checks;
  for (const RuleCheck& check : checks) {
    if (check.complex) {
      return is_known(check) ? &check : nullptr;
    }
  }
  const auto choose = [&](Text selector) {
    for (const RuleCheck& check : checks) {
      if (check.selector == selector && is_known(check)) {
        chosen = &check;
      }
    }
  };
  const auto& selector = selection_.rules[rule].selector;
  if (selector && !selector->empty()) {
    choose(*selector);
  }
  if (chosen == nullptr) {
    choose("");
  }
  return chosen;
}

// The values of external variables by document. False when a value is missing.
bool Assessment::bind(const RuleCheck& check,
                      std::map<Index, Bindings>& bindings,
                      std::string& why) const {
  for (const RuleCheck& child : check.children) {
    if (!bind(child, bindings, why)) {
      return false;
    }
  }
  for (const CheckExport& each : check.exports) {
    if (each.value == kNone || selection_.values[each.value].missing) {
      why = each.value == kNone
                ? "it exports a value that is not there"
                : "the profile wants a choice of " + std::string(benchmark_.values[each.value].id) +
                      " that it does not have";
      return false;
    }
    for (const ContentRef& ref : check.refs) {
      if (ref.document == kNone) {
        continue;
      }
      auto& values = bindings[ref.document][std::string(each.variable)];
      for (const Text value : selection_.values[each.value].values) {
        if (std::find(values.begin(), values.end(), value) == values.end()) {
          values.emplace_back(value);
        }
      }
    }
  }
  return true;
}

namespace {

void collect_documents(const RuleCheck& check, std::map<Index, Bindings>& bindings) {
  for (const ContentRef& ref : check.refs) {
    if (ref.document != kNone) {
      bindings[ref.document];
    }
  }
  for (const RuleCheck& child : check.children) {
    collect_documents(child, bindings);
  }
}

}  // namespace

Assessment::Plan Assessment::plan(Index rule) {
  Plan plan;
  const SelectedRule& selected = selection_.rules[rule];
  const Rule& what = benchmark_.rules[rule];
  if (!selected.selected) {
    return plan;
  }
  if (selected.role == Role::unchecked) {
    plan.result = RuleResult::notchecked;
    plan.why = "the rule is not to be checked";
    return plan;
  }
  if (!platforms_.applies(what)) {
    plan.result = RuleResult::notapplicable;
    plan.why = platforms_.why_not(what);
    return plan;
  }
  plan.check = choose_check(rule);
  if (plan.check == nullptr) {
    plan.result = RuleResult::notchecked;
    plan.why = what.checks.empty() ? "the rule has no check" : "only a person can check it";
    return plan;
  }
  std::map<Index, Bindings> bindings;
  collect_documents(*plan.check, bindings);
  if (!bind(*plan.check, bindings, plan.why)) {
    plan.check = nullptr;
    plan.result = RuleResult::unknown;
    return plan;
  }
  if (!place(plan, bindings)) {
    plan.check = nullptr;
    plan.result = RuleResult::unknown;
    plan.why = "the rules of the benchmark give variables too many different values";
  }
  return plan;
}

// Where the variables of each document get what the rule gives them: of those alone that its
// definitions need. False when there are too many ways.
bool Assessment::place(Plan& plan, const std::map<Index, Bindings>& bindings) {
  for (const auto& [document, values] : bindings) {
    Bindings bound;
    std::set<std::string> unbound;
    for (const Text variable : externals_of(*plan.check, document)) {
      const auto value = values.find(variable);
      if (value == values.end()) {
        unbound.emplace(variable);
      } else {
        bound.insert(*value);
      }
    }
    const Index evaluation = evaluation_for(document, bound, unbound);
    if (evaluation == kNone) {
      return false;
    }
    plan.evaluations[document] = evaluation;
  }
  return true;
}

// External variables of the document that the definitions of a check need, each once.
std::set<Text> Assessment::externals_of(const RuleCheck& check, Index document) {
  std::set<Text> names;
  const OvalDocument& of = content_.documents[document];
  Reliance& reliance = reliances_.try_emplace(document, of).first->second;
  const auto add = [&](Index definition) {
    for (const Index variable : reliance.externals_of(definition)) {
      names.insert(of.variables[variable].id);
    }
  };
  for (const ContentRef& ref : check.refs) {
    if (ref.document != document) {
      continue;
    }
    if (ref.definition != kNone) {
      add(ref.definition);
      continue;
    }
    for (Index i = 0; i < of.definitions.size(); ++i) {
      add(i);
    }
  }
  for (const RuleCheck& child : check.children) {
    names.merge(externals_of(child, document));
  }
  return names;
}

// Rules share an evaluation as long as each gives the variables that it needs what the others give
// them, be that nothing. kNone when there would be too many.
Index Assessment::evaluation_for(Index document,
                                 const Bindings& bound,
                                 const std::set<std::string>& unbound) {
  constexpr std::size_t kEvaluationsMax = 64;
  for (std::size_t i = 0; i < placed_.size(); ++i) {
    Placed& placed = placed_[i];
    const auto agrees = [&](const auto& each) {
      const auto known = placed.bindings.find(each.first);
      return known == placed.bindings.end() ? !placed.unbound.contains(each.first)
                                            : known->second == each.second;
    };
    const auto is_free = [&](const std::string& each) { return !placed.bindings.contains(each); };
    if (placed.document == document && std::all_of(bound.begin(), bound.end(), agrees) &&
        std::all_of(unbound.begin(), unbound.end(), is_free)) {
      placed.bindings.insert(bound.begin(), bound.end());
      placed.unbound.insert(unbound.begin(), unbound.end());
      return platform_count_ + static_cast<Index>(i);
    }
  }
  if (placed_.size() == kEvaluationsMax) {
    return kNone;
  }
  placed_.push_back({document, bound, unbound});
  return platform_count_ + static_cast<Index>(placed_.size() - 1);
}

// `turned`: whether a check above turns the result around.
void Assessment::include(const RuleCheck& check, const Plan& plan, bool turned) {
  turned = turned != check.negate;
  for (const RuleCheck& child : check.children) {
    include(child, plan, turned);
  }
  for (const ContentRef& ref : check.refs) {
    if (ref.document == kNone) {
      continue;
    }
    Evaluation& evaluation = *evaluations_[plan.evaluations.at(ref.document)];
    const std::vector<Definition>& definitions = evaluation.document().definitions;
    if (ref.definition != kNone) {
      evaluation.include(ref.definition, should_be_true(definitions[ref.definition].kind, turned));
    } else if (ref.name.empty()) {
      for (Index i = 0; i < definitions.size(); ++i) {
        evaluation.include(i, should_be_true(definitions[i].kind, turned));
      }
    }
  }
}

// --- judging -----------------------------------------------------------------------------------

RuleOutcome Assessment::scored(RuleOutcome outcome) const {
  const SelectedRule& selected = selection_.rules[outcome.rule];
  if (selected.selected && selected.role == Role::unscored) {
    outcome.result = RuleResult::informational;
  }
  return outcome;
}

std::vector<RuleOutcome> Assessment::judge(Index rule) {
  const Plan& plan = plans_[rule];
  RuleOutcome outcome;
  outcome.rule = rule;
  if (plan.check == nullptr) {
    outcome.result = plan.result;
    outcome.why = plan.why;
    return {scored(std::move(outcome))};
  }
  const RuleCheck& check = *plan.check;
  const bool whole = check.multiple && !check.complex && !check.refs.empty() &&
                     check.refs.front().name.empty() && check.refs.front().document != kNone;
  if (!whole) {
    outcome.result = judge_check(check, plan, outcome);
    return {scored(std::move(outcome))};
  }
  const Index document = check.refs.front().document;
  const auto& definitions = content_.documents[document].definitions;
  std::vector<RuleOutcome> outcomes;
  for (Index i = 0; i < definitions.size(); ++i) {
    RuleOutcome each;
    each.rule = rule;
    each.result = judge_ref({{}, definitions[i].id, document, i}, plan, each);
    each.result = check.negate ? negated(each.result) : each.result;
    outcomes.push_back(scored(std::move(each)));
  }
  if (outcomes.empty()) {
    outcome.result = RuleResult::unknown;
    outcome.why = "its document has no definitions";
    outcomes.push_back(scored(std::move(outcome)));
  }
  return outcomes;
}

// --- judging anew ------------------------------------------------------------------------------

std::vector<Assessment::Change> Assessment::touch(std::span<const std::string> paths) {
  auto changes = judge_anew([&](Evaluation& evaluation) { return evaluation.touch(paths); });
  if (sql_ != nullptr && sql_->touch(paths)) {
    ask_anew(changes);
  }
  return changes;
}

std::vector<Assessment::Change> Assessment::touch_facts(std::int64_t now) {
  auto changes = judge_anew([&](Evaluation& evaluation) { return evaluation.touch_facts(now); });
  if (sql_ != nullptr) {
    sql_->touch_facts(now);
    ask_anew(changes);
  }
  return changes;
}

std::vector<std::string> Assessment::fact_sources() const {
  return sql_ == nullptr ? std::vector<std::string>() : sql_->sources();
}

// Judges each rule again that asks in SQL: a table may be in any of them.
void Assessment::ask_anew(std::vector<Change>& changes) {
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    const Plan& plan = plans_[outcomes_[i].rule];
    if (plan.check != nullptr && is_sql(*plan.check)) {
      judge_rule_anew(i, i + 1, changes);
    }
  }
}

void Assessment::judge_rule_anew(std::size_t first, std::size_t end, std::vector<Change>& changes) {
  std::vector<RuleOutcome> anew = judge(outcomes_[first].rule);
  for (std::size_t k = 0; k < anew.size() && first + k < end; ++k) {
    if (anew[k].result != outcomes_[first + k].result) {
      changes.push_back({first + k, outcomes_[first + k].result});
    }
    outcomes_[first + k] = std::move(anew[k]);
  }
}

std::vector<Assessment::Change> Assessment::judge_anew(
    const std::function<std::vector<Evaluation::Forgotten>(Evaluation&)>& touch_one) {
  std::set<std::pair<Index, Index>> touched;  // evaluation, definition
  for (Index i = 0; i < evaluations_.size(); ++i) {
    for (const auto& [definition, before] : touch_one(*evaluations_[i])) {
      if (i >= platform_count_) {
        touched.emplace(i, definition);
      } else if (evaluations_[i]->judge(definition) != before) {
        outdated_ = true;
      }
    }
  }
  std::vector<Change> changes;
  for (std::size_t i = 0; i < outcomes_.size();) {
    const Index rule = outcomes_[i].rule;
    std::size_t end = i;
    bool concerned = false;
    while (end < outcomes_.size() && outcomes_[end].rule == rule) {
      const auto& used = outcomes_[end].definitions;
      concerned = concerned || std::any_of(used.begin(), used.end(), [&](const auto& each) {
                    return touched.contains({each.evaluation, each.definition});
                  });
      ++end;
    }
    if (concerned) {
      judge_rule_anew(i, end, changes);
    }
    i = end;
  }
  return changes;
}

RuleResult Assessment::judge_check(const RuleCheck& check, const Plan& plan, RuleOutcome& outcome) {
  RuleResult result = RuleResult::notchecked;
  if (check.complex) {
    std::vector<RuleResult> results;
    for (const RuleCheck& child : check.children) {
      results.push_back(judge_check(child, plan, outcome));
    }
    result = combined(check.op, results);
  } else if (is_oval(check)) {
    // The first reference that leads somewhere counts.
    for (const ContentRef& ref : check.refs) {
      result = judge_ref(ref, plan, outcome);
      if (result != RuleResult::notchecked) {
        break;
      }
    }
    if (result == RuleResult::notchecked) {
      outcome.why = "none of the definitions that it names could be evaluated";
    }
  } else if (is_sql(check)) {
    result = judge_sql(check, outcome);
  }
  return check.negate ? negated(result) : result;
}

RuleResult Assessment::judge_sql(const RuleCheck& check, RuleOutcome& outcome) {
  const Text name = check.refs.empty() ? Text() : check.refs.front().name;
  const auto found = std::find_if(content_.sql_checks.begin(),
                                  content_.sql_checks.end(),
                                  [&](const SqlCheck& each) { return each.id == name; });
  if (sql_ == nullptr || found == content_.sql_checks.end()) {
    outcome.why = "the question that it asks is not there";
    return RuleResult::notchecked;
  }
  SqlAnswer answer = sql_->ask(*found);
  std::move(answer.findings.begin(), answer.findings.end(), std::back_inserter(outcome.rows));
  outcome.why = std::move(answer.why);
  return answer.result;
}

RuleResult Assessment::judge_ref(const ContentRef& ref, const Plan& plan, RuleOutcome& outcome) {
  if (ref.document == kNone) {
    return RuleResult::notchecked;
  }
  const Index index = plan.evaluations.at(ref.document);
  Evaluation& evaluation = *evaluations_[index];
  const auto& definitions = evaluation.document().definitions;
  if (ref.definition != kNone) {
    outcome.definitions.push_back({index, ref.definition});
    return result_of(evaluation.judge(ref.definition), definitions[ref.definition].kind);
  }
  std::vector<RuleResult> results;
  for (Index i = 0; i < definitions.size(); ++i) {
    outcome.definitions.push_back({index, i});
    results.push_back(result_of(evaluation.judge(i), definitions[i].kind));
  }
  return results.empty() ? RuleResult::error : combined(Operator::conjunction, results);
}

}  // namespace twoseal::scap
