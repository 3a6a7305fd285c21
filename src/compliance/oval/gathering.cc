#include "compliance/oval/gathering.h"

#include <algorithm>

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

// Whether a walk may find a file more than once: from several starts, one below the other.
bool may_repeat(const Object& object) {
  const bool goes_on =
      std::any_of(object.behaviors.begin(), object.behaviors.end(), [](const auto& behavior) {
        return behavior.first == "recurse_direction" && behavior.second != "none";
      });
  const auto has_many_starts = [](const Entity& entity) {
    return entity.name == EntityName::path &&
           (entity.operation != Operation::equals || entity.variable != kNone);
  };
  return goes_on && std::any_of(object.entities.begin(), object.entities.end(), has_many_starts);
}

}  // namespace

Evaluation::Gathering::Gathering(Evaluation& evaluation, Index object)
    : evaluation_(evaluation),
      index_(object),
      object_(evaluation.document_.objects[object]),
      state_(evaluation.objects_[object]),
      keeps_(evaluation.scope_.keeps_items(object)),
      repeats_(may_repeat(object_)),
      known_(state_.items.size()) {
  for (const StoredItem& item : state_.items) {
    octets_ += item.octets();
  }
  if (!state_.partial.empty()) {
    Gathering::note(Flag::incomplete, state_.partial);
  }
}

void Evaluation::Gathering::add(const Item& item) {
  const Filtered filtered = evaluation_.filter(object_.filters, item);
  if (filtered == Filtered::unsure) {
    note(Flag::incomplete, kUnsureFilter);
  }
  if (filtered != Filtered::kept) {
    return;
  }
  if ((keeps_ || repeats_) && !take(item)) {
    return;
  }
  state_.statuses.add(item.status());
  if (!keeps_) {
    judge(item);
  }
}

// False when the item was there before, for the same item found twice is one, or has no room.
bool Evaluation::Gathering::take(const Item& item) {
  StoredItem stored = item.stored();
  // Items that are there already are of other files.
  std::string key = stored.key();
  if (keys_.contains(key)) {
    return false;
  }
  const std::size_t octets = key.size() + (keeps_ ? stored.octets() : 0);
  if (known_ + keys_.size() >= evaluation_.limits_.kept_max ||
      octets > evaluation_.limits_.kept_octets_max - octets_) {
    note(Flag::error,
         "more items than there is room for: " + std::to_string(known_ + keys_.size()));
    return false;
  }
  octets_ += octets;
  keys_.insert(std::move(key));
  if (keeps_) {
    state_.items.push_back(std::move(stored));
  }
  return true;
}

void Evaluation::Gathering::judge(const Item& item) {
  std::string record(1, static_cast<char>(item.status()));
  for (const Index test : evaluation_.scope_.tests_of(index_)) {
    const Verdict verdict = evaluation_.judge_item(test, evaluation_.outcome_of(test), item);
    record.push_back(static_cast<char>(verdict));
  }
  if (!evaluation_.limits_.live || state_.unlisted) {
    return;
  }
  state_.by_file[std::string(file_of(item))] += record;
  if (state_.statuses.total() > evaluation_.limits_.listed_max) {
    state_.by_file.clear();
    state_.unlisted = true;
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
  state_.sticky = noted_ || state_.unlisted;
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
