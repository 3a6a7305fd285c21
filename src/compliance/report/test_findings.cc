#include "compliance/report/test_findings.h"

#include <algorithm>

#include "base/present.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kEntitiesShown = 4;

void add(FindingLine line, Findings& findings, std::size_t max) {
  if (findings.lines.size() < max) {
    findings.lines.push_back(std::move(line));
  } else {
    ++findings.more;
  }
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? std::string_view() : between);
    text += part;
  }
  return text;
}

// `no read by others`, `owner is 0`, `matches ^no$`.
std::string asked_of(const Entity& entity, const Evaluation& evaluation) {
  const std::string name = entity_words(entity);
  if (is_mode_bit(entity.name) && entity.operation == Operation::equals &&
      entity.variable == kNone) {
    return (entity.value == "true" || entity.value == "1" ? "" : "no ") + name;
  }
  const std::string asks = comparison_words(entity, evaluation);
  return name.empty() ? asks : name + " " + asks;
}

// What of an item answers to an entity: `mode 0644`, `owner 1000`, `yes`.
std::string found_of(const StoredItem& item, const Entity& entity, const MaskedEntities& masked) {
  if (is_mode_bit(entity.name)) {
    return mode_words(item);
  }
  const EntityName name = entity.name == EntityName::line ? EntityName::text : entity.name;
  const std::string words = entity_words(entity);
  const std::string value = value_words(item, name, masked);
  return words.empty() ? value : words + " " + value;
}

// The words before the value in a line: `PermitRootLogin …` of `PermitRootLogin yes`.
std::string before_value(const StoredItem& item, const MaskedEntities& masked) {
  const std::span<const ItemEntity> text = item.get(EntityName::text);
  const std::span<const ItemEntity> value = item.get(EntityName::subexpression);
  if (text.empty() || value.empty() || masked.hides(item, EntityName::text)) {
    return {};
  }
  const std::string line = text.front().value.written();
  const std::size_t at = line.rfind(value.front().value.written());
  std::string_view before = std::string_view(line).substr(0, at == std::string::npos ? 0 : at);
  while (!before.empty() && (before.front() == ' ' || before.front() == '\n')) {
    before.remove_prefix(1);
  }
  while (!before.empty() && std::string_view(" \t=\"'\n").find(before.back()) != Text::npos) {
    before.remove_suffix(1);
  }
  return before.empty() ? std::string() : short_text(before, 60) + " … ";
}

std::string comment_of(const Test& test) {
  return test.comment.empty() ? short_text(test.id) : short_text(test.comment, 160);
}

}  // namespace

TestFindings::TestFindings(const Evaluation& evaluation, Index test, bool wanted)
    : evaluation_(evaluation),
      test_(evaluation.document().tests[test]),
      outcome_(*evaluation.outcome(test)),
      wanted_(wanted),
      thing_(words_of_object(evaluation, test_.object)) {
  masked_.add_object(evaluation.document(), test_.object);
  masked_.add_states(evaluation.document(), test_);
}

bool TestFindings::forbids_items() const {
  return scap::forbids_items(test_, wanted_);
}

// Where nothing may exist, states have no say.
bool TestFindings::asks_states() const {
  return !test_.states.empty() && test_.existence != Existence::none_exist;
}

bool TestFindings::is_telling(const JudgedItem& item) const {
  const bool judged = asks_states() && item.verdict != Verdict::not_evaluated;
  return speaks_against(test_, wanted_, item.verdict) &&
         (judged || item.item.status() != Status::does_not_exist);
}

int TestFindings::rank() const {
  const bool judged = outcome_.verdict == Verdict::yes || outcome_.verdict == Verdict::no;
  if (!judged) {
    return outcome_.verdict == Verdict::error ? 0 : 1;
  }
  const auto telling = std::find_if(outcome_.items.begin(),
                                    outcome_.items.end(),
                                    [&](const JudgedItem& each) { return is_telling(each); });
  if (telling == outcome_.items.end()) {
    return 4;
  }
  return file_of(telling->item).empty() ? 3 : 2;
}

void TestFindings::add_to(Findings& findings, std::size_t max) {
  const bool judged = outcome_.verdict == Verdict::yes || outcome_.verdict == Verdict::no;
  if (!judged) {
    add_unjudged(findings, max);
    return;
  }
  const bool any = std::any_of(outcome_.items.begin(),
                               outcome_.items.end(),
                               [&](const JudgedItem& each) { return is_telling(each); });
  if (any) {
    add_items(findings, max);
  } else {
    add_whole(findings, max);
  }
}

void TestFindings::add_unjudged(Findings& findings, std::size_t max) const {
  FindingLine line;
  line.expected = comment_of(test_);
  line.found = outcome_.why.empty()
                   ? "it could not be judged (" + std::string(word_of(outcome_.verdict)) + ")"
                   : short_text(outcome_.why, 200);
  line.where = thing_.where.empty() ? "this host" : thing_.where;
  line.verdict = outcome_.verdict;
  line.file = thing_.file;
  const auto broken =
      std::find_if(outcome_.items.begin(), outcome_.items.end(), [](const JudgedItem& each) {
        return each.verdict == Verdict::error || each.item.status() == Status::error;
      });
  if (broken != outcome_.items.end()) {
    place(broken->item, line);
  }
  add(std::move(line), findings, max);
}

void TestFindings::add_items(Findings& findings, std::size_t max) {
  findings.more += outcome_.more;
  for (const JudgedItem& each : outcome_.items) {
    if (!is_telling(each)) {
      continue;
    }
    if (findings.lines.size() < max) {
      findings.lines.push_back(line_of(each));
    } else {
      ++findings.more;
    }
  }
}

// Nothing that was found tells it: something is missing, or there is what should not be.
void TestFindings::add_whole(Findings& findings, std::size_t max) const {
  FindingLine line;
  line.where = thing_.where.empty() ? "this host" : thing_.where;
  line.file = thing_.file;
  const std::uint64_t there = outcome_.statuses.count(Status::exists);
  const std::string state = asks_states() ? state_words() : std::string();
  if (thing_.thing.empty()) {
    line.expected = comment_of(test_);
    line.found = there > 0 ? std::to_string(there) + " items" : "nothing";
  } else if (forbids_items()) {
    line.expected = state.empty() ? thing_.absent : "not: " + thing_.such + state;
    line.found = there == 0 ? thing_.nothing : std::to_string(there) + " items";
  } else if (there == 0) {
    line.expected = state.empty() ? thing_.present : thing_.such + state;
    line.found = thing_.nothing;
  } else {
    line.expected = test_.existence == Existence::only_one_exists ? "exactly one: " : "all: ";
    line.expected += state.empty() ? thing_.present : thing_.such + state;
    line.found = std::to_string(there) + " items";
  }
  add(std::move(line), findings, max);
}

std::string TestFindings::state_words() const {
  std::vector<std::string> states;
  for (const Index index : test_.states) {
    if (index == kNone) {
      continue;
    }
    const State& state = evaluation_.document().states[index];
    std::vector<std::string> entities;
    for (const Entity& entity : state.entities) {
      if (entities.size() < kEntitiesShown) {
        entities.push_back(asked_of(entity, evaluation_));
      }
    }
    states.push_back(joined(entities, state.op == Operator::disjunction ? " or " : " and "));
  }
  return joined(states, test_.state_op == Operator::disjunction ? " or " : " and ");
}

void TestFindings::make_parts() {
  if (parts_made_) {
    return;
  }
  parts_made_ = true;
  const auto values = [&](Index variable) { return evaluation_.known_values(variable); };
  for (const Index index : test_.states) {
    if (index == kNone) {
      continue;
    }
    const State& state = evaluation_.document().states[index];
    for (const Entity& entity : state.entities) {
      auto part = std::make_unique<Part>();
      part->state.op = Operator::conjunction;
      part->state.entities = {entity};
      const bool known = entity.variable == kNone || values(entity.variable) != nullptr;
      if (known && entity.fields.empty()) {
        part->matcher = std::make_unique<StateMatcher>(part->state, values, regexes_);
      }
      parts_.push_back(std::move(part));
    }
  }
}

// The entities that an item does not fulfil; all when each alone is fulfilled, or when the item is
// one that must not be there.
std::vector<const Entity*> TestFindings::blamed(const StoredItem& item) {
  make_parts();
  std::vector<const Entity*> entities;
  for (const auto& part : parts_) {
    const bool fulfilled = part->matcher != nullptr && part->matcher->judge(item) == Verdict::yes;
    if (!fulfilled && !forbids_items()) {
      entities.push_back(&part->state.entities.front());
    }
  }
  if (entities.empty()) {
    for (const auto& part : parts_) {
      entities.push_back(&part->state.entities.front());
    }
  }
  return entities;
}

std::string TestFindings::expected_of(const StoredItem& item,
                                      const std::vector<const Entity*>& entities) const {
  const std::string before = before_value(item, masked_);
  if (forbids_items()) {
    return "not: " + before + state_words();
  }
  std::vector<std::string> asks;
  for (const Entity* entity : entities) {
    if (asks.size() < kEntitiesShown) {
      asks.push_back(asked_of(*entity, evaluation_));
    }
  }
  const std::string text = joined(asks, ", ");
  constexpr std::string_view kIs = "is ";  // `expected at least 5`, not `expected is at least 5`
  return before.empty() && text.starts_with(kIs) ? text.substr(kIs.size()) : before + text;
}

void TestFindings::place(const StoredItem& item, FindingLine& line) const {
  if (masked_.hides_place()) {
    line.where = kNotShown;
    return;
  }
  if (item.family() == Family::variable) {  // which tells less of itself than its author does
    line.where = thing_.where;
    line.file = thing_.file;
    return;
  }
  line.where = place_of(item);
  line.file = file_of(item);
  line.line = item.line();
}

FindingLine TestFindings::line_of(const JudgedItem& judged) {
  const StoredItem& item = judged.item;
  FindingLine line;
  place(item, line);
  const bool unread = item.status() == Status::error || item.status() == Status::not_collected;
  if (judged.verdict == Verdict::error || judged.verdict == Verdict::unknown || unread) {
    line.verdict = judged.verdict == Verdict::unknown ? Verdict::unknown : Verdict::error;
  }
  const std::vector<const Entity*> entities =
      asks_states() ? blamed(item) : std::vector<const Entity*>();
  if (entities.empty()) {
    line.expected = thing_.thing.empty() ? comment_of(test_) : thing_.absent;
    const std::string text =
        item.get(EntityName::text).empty() ? "" : value_words(item, EntityName::text, masked_);
    line.found = !text.empty() ? text : thing_.present.empty() ? "it is there" : thing_.present;
    return line;
  }
  line.expected = expected_of(item, entities);
  std::vector<std::string> found;
  for (const Entity* entity : entities) {
    std::string words = found_of(item, *entity, masked_);
    if (found.size() < kEntitiesShown &&
        std::find(found.begin(), found.end(), words) == found.end()) {
      found.push_back(std::move(words));
    }
  }
  line.found = unread ? "it could not be read" : joined(found, ", ");
  return line;
}

}  // namespace twoseal::scap
