#include "compliance/oval/gathering.h"

namespace twoseal::scap {
namespace {

bool is_worse(Flag a, Flag b) {
  const auto rank = [](Flag flag) {
    switch (flag) {
      case Flag::error:
        return 5;
      case Flag::not_applicable:
        return 4;
      case Flag::not_collected:
        return 3;
      case Flag::incomplete:
        return 2;
      default:
        return 1;
    }
  };
  return rank(a) > rank(b);
}

}  // namespace

Evaluation::Gathering::Gathering(Evaluation& evaluation, Index object)
    : evaluation_(evaluation),
      index_(object),
      object_(evaluation.document_.objects[object]),
      state_(evaluation.objects_[object]),
      keeps_(evaluation.scope_.keeps_items(object)) {}

void Evaluation::Gathering::add(const Item& item) {
  if (!evaluation_.passes_filters(object_.filters, item)) {
    return;
  }
  if (keeps_) {
    keep(item);
  } else {
    state_.statuses.add(item.status());
    judge(item);
  }
}

void Evaluation::Gathering::keep(const Item& item) {
  if (state_.items.size() >= evaluation_.limits_.kept_max) {
    note(Flag::error, "more than " + std::to_string(evaluation_.limits_.kept_max) + " items");
    return;
  }
  StoredItem stored = item.stored();
  // The same item found twice is one. Those that are there already are of other files.
  if (keys_.insert(stored.key()).second) {
    state_.statuses.add(stored.status());
    state_.items.push_back(std::move(stored));
  }
}

void Evaluation::Gathering::judge(const Item& item) {
  std::string record(1, static_cast<char>(item.status()));
  for (const Index test : evaluation_.scope_.tests_of(index_)) {
    const Verdict verdict = evaluation_.judge_item(
        evaluation_.document_.tests[test], evaluation_.outcome_of(test), item);
    record.push_back(static_cast<char>(verdict));
  }
  if (evaluation_.limits_.live) {
    state_.by_file[std::string(file_of(item))] += record;
  }
}

void Evaluation::Gathering::note(Flag flag, const std::string& why) {
  if (!noted_ || is_worse(flag, *noted_)) {
    noted_ = flag;
    state_.why = why;
  }
}

void Evaluation::Gathering::finish() {
  const Statuses& statuses = state_.statuses;
  state_.sticky = noted_.has_value();
  if (noted_) {
    state_.flag = *noted_;
  } else if (statuses.count(Status::error) > 0) {
    state_.flag = Flag::error;
  } else if (statuses.count(Status::not_collected) > 0) {
    state_.flag = Flag::incomplete;
  } else {
    state_.flag = statuses.count(Status::exists) > 0 ? Flag::complete : Flag::does_not_exist;
  }
}

std::string_view Evaluation::Gathering::file_of(const Item& item) {
  for (const EntityName name : {EntityName::filepath, EntityName::path}) {
    for (const ItemEntity& entity : item.get(name)) {
      return entity.value.text;
    }
  }
  return {};
}

}  // namespace twoseal::scap
