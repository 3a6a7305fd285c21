#include "compliance/oval/evaluation.h"

#include "base/check.h"

namespace twoseal::scap {

Evaluation::Evaluation(const OvalDocument& document,
                       const InspectedHost& host,
                       Bindings bindings,
                       std::int64_t now,
                       EvaluationLimits limits)
    : document_(document),
      host_(host),
      bindings_(std::move(bindings)),
      now_(now),
      limits_(limits),
      scope_(document),
      definitions_(document.definitions.size()),
      judging_(document.definitions.size()),
      tests_(document.tests.size()),
      objects_(document.objects.size()),
      variables_(document.variables.size()),
      states_(document.states.size()) {
  circular_.flag = Flag::error;
  circular_.why = "the object needs itself";
}

bool forbids_items(const Test& test, bool wanted) {
  const bool none = test.existence == Existence::none_exist;
  const bool forbidding = test.states.empty() ? none
                                              : none || test.check == Check::none_satisfy ||
                                                    test.check == Check::none_exist;
  return forbidding == wanted;
}

bool speaks_against(const Test& test, bool wanted, Verdict verdict) {
  // Where nothing may exist, states have no say.
  const bool judged = !test.states.empty() && test.existence != Existence::none_exist;
  if (!judged || verdict == Verdict::not_evaluated) {
    return forbids_items(test, wanted);
  }
  return (verdict == Verdict::yes) == forbids_items(test, wanted) || verdict == Verdict::error ||
         verdict == Verdict::unknown;
}

void Evaluation::include(Index definition, bool good) {
  scope_.include(definition, good);
}

Verdict Evaluation::judge(Index definition) {
  if (definition == kNone || judging_[definition]) {
    return Verdict::error;  // not there, or extended by itself
  }
  if (!definitions_[definition]) {
    check(scope_.has_definition(definition), "a definition is included before it is judged");
    const auto& criteria = document_.definitions[definition].criteria;
    judging_[definition] = true;
    definitions_[definition] = criteria ? judge_criteria(*criteria) : Verdict::not_evaluated;
    judging_[definition] = false;
  }
  return *definitions_[definition];
}

Verdict Evaluation::judge_criteria(const Criteria& criteria) {
  Verdict verdict = Verdict::error;
  switch (criteria.kind) {
    case CriteriaKind::test:
      verdict = criteria.ref == kNone ? Verdict::error : judge_test(criteria.ref);
      break;
    case CriteriaKind::definition:
      verdict = judge(criteria.ref);
      break;
    case CriteriaKind::criteria: {
      Verdicts verdicts;
      for (const Criteria& child : criteria.children) {
        verdicts.add(judge_criteria(child));
      }
      verdict = combine(criteria.op, verdicts);
      break;
    }
  }
  return criteria.negate ? negated(verdict) : verdict;
}

const TestOutcome* Evaluation::outcome(Index test) const {
  return test < tests_.size() ? tests_[test].outcome.get() : nullptr;
}

std::optional<Flag> Evaluation::flag_of(Index object) const {
  return objects_[object].progress == Progress::done ? std::optional(objects_[object].flag)
                                                     : std::nullopt;
}

TestOutcome& Evaluation::outcome_of(Index test) {
  TestState& state = tests_[test];
  if (state.outcome == nullptr) {
    state.outcome = std::make_unique<TestOutcome>();
  }
  return *state.outcome;
}

const StateMatcher& Evaluation::matcher_of(Index state) {
  if (states_[state] == nullptr) {
    states_[state] = std::make_unique<StateMatcher>(
        document_.states[state],
        [&](Index variable) -> const VariableValues* {
          return variable == kNone ? nullptr : &values_of(variable);
        },
        regexes_);
  }
  return *states_[state];
}

Verdict Evaluation::judge_test(Index test) {
  TestState& state = tests_[test];
  if (state.progress == Progress::done) {
    return state.outcome->verdict;
  }
  TestOutcome& outcome = outcome_of(test);
  if (state.progress == Progress::preparing) {
    return Verdict::error;  // what it needs needs it
  }
  state.progress = Progress::preparing;
  const Test& what = document_.tests[test];
  if (what.object == kNone) {
    outcome.verdict = what.family == Family::unknown ? Verdict::unknown : Verdict::error;
    outcome.why = "the test has no object";
  } else if (document_.objects[what.object].family != what.family) {
    outcome.verdict = Verdict::error;
    outcome.why = "the test and its object are of different types";
  } else {
    const ObjectState& object = collect(what.object);
    if (scope_.keeps_items(what.object)) {
      judge_kept(test, object, outcome);
    }
    outcome.flag = object.flag;
    outcome.why = object.why;
    outcome.verdict = judge_collected(what, object, outcome);
  }
  state.progress = Progress::done;
  return outcome.verdict;
}

// Items that are kept are judged when the test is, and not while they are collected: its states may
// need objects that are collected in the same walk.
void Evaluation::judge_kept(Index test, const ObjectState& object, TestOutcome& outcome) {
  outcome = TestOutcome();
  for (const StoredItem& item : object.items) {
    judge_item(test, outcome, item);
  }
}

// Source: OVAL Language Specification 5.11, §5.3.6.1, table "flag of the object to result".
Verdict Evaluation::judge_collected(const Test& test,
                                    const ObjectState& object,
                                    const TestOutcome& outcome) {
  const bool any = test.existence == Existence::any_exist;
  const bool stateless = test.states.empty();
  switch (object.flag) {
    case Flag::complete: {
      const Verdict existence = judge_existence(test.existence, outcome.statuses);
      if (existence != Verdict::yes || stateless || outcome.statuses.total() == 0) {
        return existence;
      }
      return combine(test.check, outcome.verdicts);
    }
    case Flag::does_not_exist:
      return any || test.existence == Existence::none_exist ? Verdict::yes : Verdict::no;
    case Flag::incomplete: {
      const std::uint64_t there = outcome.statuses.count(Status::exists);
      if ((test.existence == Existence::none_exist && there > 0) ||
          (test.existence == Existence::only_one_exists && there > 1)) {
        return Verdict::no;
      }
      const bool enough = any || (test.existence == Existence::at_least_one_exists && there > 0);
      if (!enough || stateless) {
        return enough && there > 0 ? Verdict::yes : Verdict::unknown;
      }
      return combine_seen(test.check, outcome.verdicts);
    }
    case Flag::not_collected:
      return Verdict::unknown;
    case Flag::not_applicable:
      return Verdict::not_applicable;
    case Flag::error:
      break;
  }
  return Verdict::error;
}

// Whether an item is what the verdict of its test can rest on, or what speaks against a rule.
bool Evaluation::matters(Index test, Verdict verdict) const {
  const Test& what = document_.tests[test];
  const bool one = what.states.empty() ? what.existence == Existence::only_one_exists
                                       : what.check == Check::only_one;
  if (limits_.keep_all_items || one) {
    return true;
  }
  return (scope_.wants(test, true) && speaks_against(what, true, verdict)) ||
         (scope_.wants(test, false) && speaks_against(what, false, verdict));
}

Verdict Evaluation::judge_item(Index test, TestOutcome& outcome, const Item& item) {
  const Test& what = document_.tests[test];
  outcome.statuses.add(item.status());
  Verdict verdict = Verdict::not_evaluated;
  if (!what.states.empty()) {
    Verdicts verdicts;
    for (const Index state : what.states) {
      verdicts.add(state == kNone ? Verdict::error : matcher_of(state).judge(item));
    }
    verdict = combine(what.state_op, verdicts);
    outcome.verdicts.add(verdict);
  }
  if (!matters(test, verdict)) {
    return verdict;
  }
  if (outcome.items.size() < limits_.items_max || limits_.keep_all_items) {
    outcome.items.push_back({item.stored(), verdict});
  } else {
    ++outcome.more;
  }
  return verdict;
}

}  // namespace twoseal::scap
