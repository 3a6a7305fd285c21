#include <algorithm>
#include <unordered_set>

#include "compliance/oval/evaluation.h"
#include "compliance/oval/functions.h"
#include "compliance/oval/gathering.h"

namespace twoseal::scap {
const Evaluation::ObjectState& Evaluation::collect(Index object) {
  ObjectState& state = objects_[object];
  if (state.progress == Progress::done) {
    return state;
  }
  if (state.progress == Progress::preparing) {
    return circular_;
  }
  const Object& what = document_.objects[object];
  if (what.set) {
    collect_set(object);
  } else if (what.family == Family::variable) {
    collect_variable(object);
  } else if (collector_of(what.family).make_visitor != nullptr) {
    for (std::size_t level = 0; level <= scope_.level_of(object); ++level) {
      collect_with_walk(level);
    }
    if (state.progress != Progress::done) {
      collect_alone(object);
    }
  } else {
    collect_alone(object);
  }
  return state;
}

void Evaluation::finish(Index object) {
  objects_[object].progress = Progress::done;
}

// Works out what filters and tests need before items come.
void Evaluation::prepare_filters(const Object& object, Index index) {
  for (const Filter& filter : object.filters) {
    if (filter.state != kNone) {
      matcher_of(filter.state);
    }
  }
  if (scope_.keeps_items(index)) {
    return;
  }
  for (const Index test : scope_.tests_of(index)) {
    for (const Index state : document_.tests[test].states) {
      if (state != kNone) {
        matcher_of(state);
      }
    }
  }
}

// The object is done without being collected.
void Evaluation::give_up(Index object, Flag flag, std::string why) {
  objects_[object].flag = flag;
  objects_[object].why = std::move(why);
  finish(object);
}

// Whether the object can be looked for with what is known of a variable; if not, it is done.
bool Evaluation::can_use(Index object, const VariableValues& values) {
  const auto because = [&](const char* otherwise) -> std::string {
    return values.why.empty() ? std::string(otherwise) : values.why;
  };
  const bool known = values.flag == Flag::complete || values.flag == Flag::does_not_exist ||
                     (values.flag == Flag::incomplete && !values.values.empty());
  if (values.flag == Flag::not_applicable) {
    give_up(object, Flag::not_applicable, values.why);
  } else if (!known) {
    give_up(object, Flag::error, because("a variable that it needs could not be worked out"));
  } else if (values.values.empty()) {
    give_up(object, Flag::does_not_exist, "a variable that it needs has no values");
  } else if (values.flag == Flag::incomplete) {
    objects_[object].partial = because("a variable that it needs may have more values");
  }
  return known && !values.values.empty();
}

// Nothing when a variable that the object needs has nothing to say; then the object is done.
std::optional<ObjectQuery> Evaluation::prepare(Index object) {
  const Object& what = document_.objects[object];
  objects_[object].progress = Progress::preparing;
  prepare_filters(what, object);
  std::vector<Matcher> matchers;
  for (const Entity& entity : what.entities) {
    if (entity.name == EntityName::unknown) {
      give_up(object,
              Flag::error,
              "it asks for '" + std::string(entity.spelled) + "', which nobody knows");
      return std::nullopt;
    }
    const VariableValues* values = entity.variable == kNone ? nullptr : &values_of(entity.variable);
    if (values != nullptr && !can_use(object, *values)) {
      return std::nullopt;
    }
    matchers.emplace_back(entity, values, regexes_);
  }
  return ObjectQuery(what, std::move(matchers));
}

void Evaluation::remember(Index object, const ObjectQuery& query) {
  if (limits_.live) {
    objects_[object].query = std::make_unique<ObjectQuery>(query);
    std::vector<Reading> readings = readings_of(query);
    if (readings != objects_[object].readings) {
      seen_readings_.insert(seen_readings_.end(), readings.begin(), readings.end());
      objects_[object].readings = std::move(readings);
    }
  }
}

// What it cost.
std::uint64_t Evaluation::run_walk(FileWalk& walk) {
  std::set<std::string> links;
  if (limits_.live) {
    walk.tell_links(links);
  }
  walk.run();
  walk_cost_.directories += walk.cost().directories;
  walk_cost_.files += walk.cost().files;
  for (const std::string& link : links) {
    if (links_.insert(link).second) {
      seen_readings_.push_back({ReadingKind::link, link});
    }
  }
  return walk.cost().directories + walk.cost().files;
}

void Evaluation::collect_alone(Index object) {
  const Object& what = document_.objects[object];
  const FamilyCollector collector = collector_of(what.family);
  auto query = prepare(object);
  if (!query) {
    return;
  }
  remember(object, *query);
  Gathering gathering(*this, object);
  if (collector.collect != nullptr) {
    collector.collect(host_, *query, gathering);
  } else if (collector.make_visitor != nullptr) {
    const auto visitor = collector.make_visitor(host_, *query, gathering);
    FileWalk walk(*host_.files);
    walk.add(*query, *visitor);
    objects_[object].walked = run_walk(walk);
  } else {
    gathering.note(Flag::not_collected, "objects of this type are not collected");
  }
  gathering.finish();
  finish(object);
}

// All objects of the scope that look for files and need as many walks before them.
void Evaluation::collect_with_walk(std::size_t level) {
  struct Walker {
    Index object;
    ObjectQuery query;
    std::unique_ptr<Gathering> gathering;
    std::unique_ptr<FileVisitor> visitor;
  };

  std::vector<std::unique_ptr<Walker>> walkers;
  for (Index i = 0; i < objects_.size(); ++i) {
    const Object& what = document_.objects[i];
    const FamilyCollector collector = collector_of(what.family);
    if (!scope_.has_object(i) || scope_.level_of(i) != level || what.set ||
        collector.make_visitor == nullptr || objects_[i].progress != Progress::fresh) {
      continue;
    }
    auto query = prepare(i);
    if (!query) {
      continue;
    }
    remember(i, *query);
    auto walker = std::make_unique<Walker>(Walker{i, std::move(*query), nullptr, nullptr});
    walker->gathering = std::make_unique<Gathering>(*this, i);
    walker->visitor = collector.make_visitor(host_, walker->query, *walker->gathering);
    walkers.push_back(std::move(walker));
  }
  FileWalk walk(*host_.files);
  for (const auto& walker : walkers) {
    walk.add(walker->query, *walker->visitor);
  }
  const std::uint64_t walked = run_walk(walk);
  for (const auto& walker : walkers) {
    objects_[walker->object].walked = walked;
    walker->gathering->finish();
    finish(walker->object);
  }
}

Evaluation::Filtered Evaluation::filter(const std::vector<Filter>& filters, const Item& item) {
  Filtered filtered = Filtered::kept;
  for (const Filter& filter : filters) {
    const Verdict verdict =
        filter.state == kNone ? Verdict::error : matcher_of(filter.state).judge_as_filter(item);
    // What cannot be compared stays: leaving it out could hide it.
    if (verdict == (filter.include ? Verdict::no : Verdict::yes)) {
      return Filtered::left_out;
    }
    if (verdict == Verdict::unknown) {
      filtered = Filtered::unsure;
    }
  }
  return filtered;
}

// --- variables as objects ----------------------------------------------------------------------

void Evaluation::collect_variable(Index object) {
  const Object& what = document_.objects[object];
  ObjectState& state = objects_[object];
  state.progress = Progress::preparing;
  prepare_filters(what, object);
  Gathering gathering(*this, object);
  const auto reference =
      std::find_if(what.entities.begin(), what.entities.end(), [](const Entity& entity) {
        return entity.name == EntityName::var_ref;
      });
  if (reference == what.entities.end() || reference->variable == kNone) {
    gathering.note(Flag::error, "the object names no variable");
  } else {
    const VariableValues& values = values_of(reference->variable);
    if (values.flag == Flag::complete || values.flag == Flag::incomplete) {
      StoredItem item(Family::variable);
      item.add(EntityName::var_ref, document_.variables[reference->variable].id);
      for (const ItemValue& value : values.values) {
        item.add(EntityName::value, value);
      }
      gathering.add(item);
      if (values.flag == Flag::incomplete) {
        gathering.note(Flag::incomplete,
                       values.why.empty() ? "the variable may have more values" : values.why);
      }
    } else if (values.flag != Flag::does_not_exist) {
      gathering.note(values.flag,
                     values.why.empty() ? "the variable could not be worked out" : values.why);
    }
  }
  gathering.finish();
  finish(object);
}

// --- sets --------------------------------------------------------------------------------------

namespace {

Flag intersected(Flag a, Flag b) {
  const auto either = [&](Flag flag) { return a == flag || b == flag; };
  if (either(Flag::error)) {
    return either(Flag::does_not_exist) && a == Flag::does_not_exist ? Flag::does_not_exist
                                                                     : Flag::error;
  }
  for (const Flag flag : {Flag::does_not_exist, Flag::not_collected, Flag::incomplete}) {
    if (either(flag)) {
      return flag;
    }
  }
  return either(Flag::complete) ? Flag::complete : Flag::not_applicable;
}

Flag complemented(Flag a, Flag b) {
  if (a == Flag::does_not_exist && b != Flag::not_applicable) {
    return Flag::does_not_exist;
  }
  if (b == Flag::complete || b == Flag::does_not_exist) {
    return a == Flag::not_applicable ? Flag::error : a;
  }
  return Flag::error;  // what was not seen of the second may be in the first
}

using Items = std::vector<StoredItem>;

std::unordered_set<std::string> keys_of(const Items& items) {
  std::unordered_set<std::string> keys;
  for (const StoredItem& item : items) {
    keys.insert(item.key());
  }
  return keys;
}

Items combined(SetOperator op, Items a, const Items& b) {
  if (op == SetOperator::set_union) {
    auto keys = keys_of(a);
    for (const StoredItem& item : b) {
      if (keys.insert(item.key()).second) {
        a.push_back(item);
      }
    }
    return a;
  }
  const auto keys = keys_of(b);
  std::erase_if(a, [&](const StoredItem& item) {
    return keys.contains(item.key()) == (op == SetOperator::complement);
  });
  return a;
}

Flag combined(SetOperator op, Flag a, Flag b) {
  switch (op) {
    case SetOperator::set_union:
      return united(a, b);
    case SetOperator::intersection:
      return intersected(a, b);
    case SetOperator::complement:
      break;
  }
  return complemented(a, b);
}

}  // namespace

std::vector<StoredItem> Evaluation::items_of_set(const ObjectSet& set,
                                                 Flag& flag,
                                                 std::string& why) {
  Items items;
  bool first = true;
  const auto take = [&](Items more, Flag its_flag) {
    items = first ? std::move(more) : combined(set.op, std::move(items), more);
    flag = first ? its_flag : combined(set.op, flag, its_flag);
    first = false;
  };
  for (const ObjectSet& inner : set.sets) {
    Flag its_flag = Flag::does_not_exist;
    Items its_items = items_of_set(inner, its_flag, why);
    take(std::move(its_items), its_flag);
  }
  for (const Index object : set.objects) {
    if (object == kNone) {
      take({}, Flag::error);
      continue;
    }
    const ObjectState& state = collect(object);
    why = why.empty() ? state.why : why;
    Items its_items = state.items;
    Flag its_flag = state.flag;
    std::erase_if(its_items, [&](const StoredItem& item) {
      const Filtered filtered = filter(set.filters, item);
      if (filtered == Filtered::unsure && its_flag == Flag::complete) {
        its_flag = Flag::incomplete;
        why = why.empty() ? kUnsureFilter : why;
      }
      return item.status() == Status::does_not_exist || filtered != Filtered::kept;
    });
    const bool emptied = its_flag == Flag::complete && its_items.empty();
    take(std::move(its_items), emptied ? Flag::does_not_exist : its_flag);
  }
  if (flag == Flag::complete && items.empty()) {
    flag = Flag::does_not_exist;
  }
  return items;
}

void Evaluation::collect_set(Index object) {
  const Object& what = document_.objects[object];
  ObjectState& state = objects_[object];
  state.progress = Progress::preparing;
  prepare_filters(what, object);
  Flag flag = Flag::does_not_exist;
  std::string why;
  const Items items = items_of_set(*what.set, flag, why);
  Gathering gathering(*this, object);
  for (const StoredItem& item : items) {
    gathering.add(item);
  }
  if (flag != Flag::complete && flag != Flag::does_not_exist) {
    gathering.note(flag, why);
  }
  gathering.finish();
  finish(object);
}

}  // namespace twoseal::scap
