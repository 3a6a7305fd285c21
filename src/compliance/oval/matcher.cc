#include "compliance/oval/matcher.h"

#include <algorithm>
#include <set>

namespace twoseal::scap {
namespace {

// Patterns that hold for every text without a line end; half of all that look at file names.
bool is_anything(const Entity& entity, std::string_view pattern) {
  constexpr std::string_view kAnything[] = {".*", "^.*$", "^.*", ".*$", "^"};
  return entity.operation == Operation::pattern_match && entity.datatype == Datatype::string &&
         std::find(std::begin(kAnything), std::end(kAnything), pattern) != std::end(kAnything);
}

Verdict verdict_of(const ItemEntity& entity, const Matcher& matcher) {
  switch (entity.status) {
    case Status::exists:
      return matcher.surely_matches(entity.value);
    case Status::does_not_exist:
      return Verdict::no;
    case Status::not_collected:
      return Verdict::unknown;
    case Status::error:
      break;
  }
  return Verdict::error;
}

// Whether an entity can be as it is asked for without being there.
bool may_be_absent(Existence existence) {
  return existence == Existence::none_exist || existence == Existence::any_exist;
}

// All entities of an item that one entity of a state is about.
// Source: OVAL definitions schema 5.11, EntityStateSimpleBaseType; common schema,
// ExistenceEnumeration.
class Compared {
 public:
  explicit Compared(const Matcher& matcher) : matcher_(matcher) {}

  void add(const ItemEntity& found) {
    statuses_.add(found.status);
    verdicts_.add(verdict_of(found, matcher_));
  }

  [[nodiscard]] bool is_empty() const { return statuses_.total() == 0; }

  // Existence first. Where none has to exist and none does, there is nothing to compare.
  [[nodiscard]] Verdict verdict() const {
    const Verdict existence = judge_existence(matcher_.entity().existence, statuses_);
    if (existence != Verdict::yes) {
      return existence;
    }
    if (statuses_.count(Status::does_not_exist) == statuses_.total()) {
      return matcher_.is_known() ? Verdict::yes : Verdict::error;
    }
    return combine(matcher_.entity().entity_check, verdicts_);
  }

 private:
  const Matcher& matcher_;
  Statuses statuses_;
  Verdicts verdicts_;
};

// Of records: all fields together are one that exists.
Statuses statuses_of_record(std::span<const ItemEntity> found) {
  Statuses statuses;
  bool there = false;
  for (const ItemEntity& each : found) {
    if (each.field.empty() && each.status != Status::exists) {
      statuses.add(each.status);
    } else {
      there = true;
    }
  }
  if (there) {
    statuses.add(Status::exists);
  }
  return statuses;
}

}  // namespace

Matcher::Matcher(const Entity& entity, const VariableValues* values, RegexCache& regexes)
    : entity_(&entity) {
  if (values != nullptr) {
    flag_ = values->flag;
    // Equal values ask for the same, and only "only one" counts them.
    const bool counts = entity.variable_check == Check::only_one;
    std::set<std::pair<Datatype, std::string>> known;
    for (const ItemValue& value : values->values) {
      if (!counts && !known.emplace(value.datatype, value.written()).second) {
        continue;
      }
      wanted_.push_back(make_wanted(entity.datatype, entity.operation, value, regexes));
    }
  } else {
    wanted_.push_back(
        make_wanted(entity.datatype, entity.operation, ItemValue::of(entity.value), regexes));
    matches_all_ = is_anything(entity, entity.value);
  }
}

Verdicts Matcher::compare_all(const ItemValue& found) const {
  Verdicts verdicts;
  for (const Wanted& each : wanted_) {
    verdicts.add(compare(entity_->datatype, entity_->operation, found, each));
  }
  return verdicts;
}

Verdict Matcher::matches(const ItemValue& found) const {
  if (!is_known()) {
    return Verdict::error;
  }
  if (wanted_.size() == 1) {
    const Verdict one = compare(entity_->datatype, entity_->operation, found, wanted_.front());
    const bool none = entity_->variable_check == Check::none_satisfy ||
                      entity_->variable_check == Check::none_exist;
    return none && entity_->variable != kNone ? negated(one) : one;
  }
  return combine(entity_->variable_check, compare_all(found));
}

Verdict Matcher::surely_matches(const ItemValue& found) const {
  return flag_ == Flag::incomplete ? combine_seen(entity_->variable_check, compare_all(found))
                                   : matches(found);
}

Verdict Matcher::matches(std::string_view found) const {
  if (matches_all_ && found.find('\n') == std::string_view::npos) {
    return Verdict::yes;
  }
  if (entity_->datatype == Datatype::string && wanted_.size() == 1 && entity_->variable == kNone) {
    return compare(entity_->operation, found, wanted_.front());
  }
  return matches(ItemValue::of(found));
}

Verdict StateMatcher::judge(const Item& item) const {
  return judge(item, Verdict::unknown, Verdict::unknown);
}

Verdict StateMatcher::judge_as_filter(const Item& item) const {
  return judge(item, Verdict::no, Verdict::error);
}

Verdict StateMatcher::judge(const Item& item, Verdict absent, Verdict valueless) const {
  switch (item.status()) {
    case Status::error:
    case Status::not_collected:
      return Verdict::error;
    case Status::does_not_exist:
      return Verdict::no;
    case Status::exists:
      break;
  }
  Verdicts verdicts;
  for (const Part& part : parts_) {
    verdicts.add(judge_part(part, item, absent, valueless));
  }
  return combine(state_->op, verdicts);
}

Verdict StateMatcher::judge_part(const Part& part,
                                 const Item& item,
                                 Verdict absent,
                                 Verdict valueless) const {
  const Entity& entity = part.matcher.entity();
  // Before 5.4 the text of a line was called `line`.
  const EntityName name = entity.name == EntityName::line ? EntityName::text : entity.name;
  if (name == EntityName::unknown) {
    return Verdict::error;
  }
  const std::span<const ItemEntity> found = item.get(name);
  if (entity.datatype == Datatype::record) {
    return judge_record(part, found);
  }
  if (found.empty()) {
    const bool tells = is_collected(state_->family, name) && !may_be_absent(entity.existence);
    return tells ? absent : Verdict::unknown;
  }
  if (part.matcher.has_no_values()) {
    return valueless;
  }
  Compared compared(part.matcher);
  for (const ItemEntity& each : found) {
    compared.add(each);
  }
  return compared.verdict();
}

Verdict StateMatcher::judge_record(const Part& part, std::span<const ItemEntity> found) {
  const Entity& entity = part.matcher.entity();
  if (entity.operation != Operation::equals) {
    return Verdict::error;
  }
  const Statuses records = statuses_of_record(found);
  const Verdict existence = judge_existence(entity.existence, records);
  const bool absent = records.count(Status::does_not_exist) == records.total();
  if (records.total() > 0 && (existence != Verdict::yes || absent)) {
    return existence;
  }
  Verdicts all;
  for (const Matcher& field : part.fields) {
    Compared compared(field);
    for (const ItemEntity& each : found) {
      if (each.field == field.entity().spelled) {
        compared.add(each);
      }
    }
    all.add(compared.is_empty() ? Verdict::error : compared.verdict());
  }
  return combine(Operator::conjunction, all);
}

}  // namespace twoseal::scap
