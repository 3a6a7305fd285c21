// What an Evaluation does when something on the host has changed.
#include <algorithm>
#include <set>

#include "compliance/oval/evaluation.h"
#include "compliance/oval/gathering.h"
#include "system/plain_path.h"

namespace twoseal::scap {

namespace {

// All files of a list by path that are the path or lie below it.
template <class ByPath, class Take>
void each_below(const ByPath& files, const std::string& path, Take take) {
  const auto itself = files.find(path);
  if (itself != files.end()) {
    take(*itself);
  }
  const std::string below = path == "/" ? path : path + "/";
  for (auto file = files.lower_bound(below); file != files.end() && file->first.starts_with(below);
       ++file) {
    if (file != itself) {
      take(*file);
    }
  }
}

// Whether a difference to now is a part of it.
bool needs_moment(const Component& component) {
  return (component.kind == ComponentKind::time_difference && component.children.size() == 1) ||
         std::any_of(component.children.begin(), component.children.end(), needs_moment);
}

}  // namespace

// Who relies on what, the other way round than the document says it.
struct Evaluation::Users {
  struct OfObject {
    std::vector<Index> variables;
    std::vector<Index> sets;  // objects made of it
  };

  struct OfVariable {
    std::vector<Index> variables;
    std::vector<Index> objects;
    std::vector<Index> states;
  };

  struct OfState {
    std::vector<Index> tests;
    std::vector<Index> objects;  // filtered by it
  };

  explicit Users(const OvalDocument& document);

  std::vector<OfObject> objects;
  std::vector<OfVariable> variables;
  std::vector<OfState> states;
  std::vector<std::vector<Index>> tests;        // definitions with it
  std::vector<std::vector<Index>> definitions;  // definitions that extend it

 private:
  void add(const std::vector<Entity>& entities, std::vector<Index> OfVariable::* list, Index user);
  void add(const std::vector<Filter>& filters, Index object);
  void add(const ObjectSet& set, Index object);
  void add(const Component& component, Index variable);
  void add(const Criteria& criteria, Index definition);
};

Evaluation::Users::Users(const OvalDocument& document)
    : objects(document.objects.size()),
      variables(document.variables.size()),
      states(document.states.size()),
      tests(document.tests.size()),
      definitions(document.definitions.size()) {
  for (Index i = 0; i < document.objects.size(); ++i) {
    const Object& object = document.objects[i];
    add(object.entities, &OfVariable::objects, i);
    add(object.filters, i);
    if (object.set) {
      add(*object.set, i);
    }
  }
  for (Index i = 0; i < document.states.size(); ++i) {
    add(document.states[i].entities, &OfVariable::states, i);
  }
  for (Index i = 0; i < document.variables.size(); ++i) {
    if (document.variables[i].component) {
      add(*document.variables[i].component, i);
    }
  }
  for (Index i = 0; i < document.tests.size(); ++i) {
    for (const Index state : document.tests[i].states) {
      if (state != kNone) {
        states[state].tests.push_back(i);
      }
    }
  }
  for (Index i = 0; i < document.definitions.size(); ++i) {
    if (document.definitions[i].criteria) {
      add(*document.definitions[i].criteria, i);
    }
  }
}

void Evaluation::Users::add(const std::vector<Entity>& entities,
                            std::vector<Index> OfVariable::* list,
                            Index user) {
  for (const Entity& entity : entities) {
    if (entity.variable != kNone) {
      (variables[entity.variable].*list).push_back(user);
    }
    add(entity.fields, list, user);
  }
}

void Evaluation::Users::add(const std::vector<Filter>& filters, Index object) {
  for (const Filter& filter : filters) {
    if (filter.state != kNone) {
      states[filter.state].objects.push_back(object);
    }
  }
}

void Evaluation::Users::add(const ObjectSet& set, Index object) {
  for (const ObjectSet& inner : set.sets) {
    add(inner, object);
  }
  for (const Index each : set.objects) {
    if (each != kNone) {
      objects[each].sets.push_back(object);
    }
  }
  add(set.filters, object);
}

void Evaluation::Users::add(const Component& component, Index variable) {
  if (component.ref != kNone && component.kind == ComponentKind::object) {
    objects[component.ref].variables.push_back(variable);
  } else if (component.ref != kNone && component.kind == ComponentKind::variable) {
    variables[component.ref].variables.push_back(variable);
  }
  for (const Component& child : component.children) {
    add(child, variable);
  }
}

void Evaluation::Users::add(const Criteria& criteria, Index definition) {
  if (criteria.ref != kNone && criteria.kind == CriteriaKind::test) {
    tests[criteria.ref].push_back(definition);
  } else if (criteria.ref != kNone && criteria.kind == CriteriaKind::definition) {
    definitions[criteria.ref].push_back(definition);
  }
  for (const Criteria& child : criteria.children) {
    add(child, definition);
  }
}

Evaluation::~Evaluation() = default;

const Evaluation::Users& Evaluation::users() {
  if (users_ == nullptr) {
    users_ = std::make_shared<const Users>(document_);
  }
  return *users_;
}

// --- what happened -----------------------------------------------------------------------------

std::vector<Evaluation::Forgotten> Evaluation::touch(std::span<const std::string> paths) {
  forgotten_.clear();
  for (const std::string& path : paths) {
    std::vector<Index> walking;
    for (Index i = 0; i < objects_.size(); ++i) {
      const auto& readings = objects_[i].readings;
      const bool touched =
          objects_[i].progress == Progress::done &&
          std::any_of(readings.begin(), readings.end(), [&](const Reading& reading) {
            return touches(reading, path);
          });
      if (touched && can_walk_below(i)) {
        walking.push_back(i);
      } else if (touched) {
        forget_object(i);
      }
    }
    walk_below(walking, path);
  }
  return std::move(forgotten_);
}

std::vector<Evaluation::Forgotten> Evaluation::touch_facts(std::int64_t now) {
  forgotten_.clear();
  ++looks_;
  forget_moment(now);
  for (Index i = 0; i < objects_.size(); ++i) {
    if (objects_[i].due != 0 && objects_[i].due <= looks_) {
      forget_object(i);
      continue;
    }
    const auto& readings = objects_[i].readings;
    const bool facts = std::any_of(readings.begin(), readings.end(), [](const Reading& reading) {
      return reading.kind == ReadingKind::facts;
    });
    if (facts && objects_[i].progress == Progress::done) {
      compare_facts(i);
    }
  }
  return std::move(forgotten_);
}

// Variables that are measured from now on are others at another moment.
void Evaluation::forget_moment(std::int64_t now) {
  if (now == now_) {
    return;
  }
  now_ = now;
  for (Index i = 0; i < variables_.size(); ++i) {
    const auto& component = document_.variables[i].component;
    if (component && needs_moment(*component)) {
      refresh_variable(i);
    }
  }
}

std::vector<Reading> Evaluation::readings() const {
  std::set<std::pair<ReadingKind, std::string>> all;
  for (const ObjectState& object : objects_) {
    for (const Reading& reading : object.readings) {
      all.emplace(reading.kind, reading.path);
    }
  }
  for (const std::string& link : links_) {
    all.emplace(ReadingKind::link, link);
  }
  std::vector<Reading> readings;
  for (const auto& [kind, path] : all) {
    readings.push_back({kind, path});
  }
  return readings;
}

// Whether walking all of it again with each write would cost too much.
bool Evaluation::is_dear(const ObjectState& object) const {
  constexpr std::uint64_t kWalkedMax = 2'000;
  return object.walked > kWalkedMax;
}

// Of an object that walks, what was touched can be looked at alone; everything else is collected
// anew.
bool Evaluation::can_walk_below(Index object) const {
  const ObjectState& state = objects_[object];
  const bool walks =
      std::any_of(state.readings.begin(), state.readings.end(), [](const Reading& reading) {
        return reading.kind == ReadingKind::subtree;
      });
  return walks && state.query != nullptr && !state.unlisted && (!state.sticky || is_dear(state));
}

// The path and what lies below it anew, in one walk for all. Who relies on the objects is told only
// when they are others now.
void Evaluation::walk_below(std::span<const Index> objects, const std::string& path) {
  struct Walker {
    Index object;
    std::vector<std::string> before;
    Flag flag;
    std::unique_ptr<Gathering> gathering;
    std::unique_ptr<FileVisitor> visitor;
  };

  std::vector<Walker> walkers;
  FileWalk walk(*host_.files);
  walk.look_only_at(path);
  for (const Index object : objects) {
    ObjectState& state = objects_[object];
    if (state.progress != Progress::done) {
      continue;  // forgotten meanwhile, by another one
    }
    Walker walker{object, traces_of(object, path), state.flag, nullptr, nullptr};
    take_out(object, path);
    walker.gathering = std::make_unique<Gathering>(*this, object);
    if (state.sticky) {
      keep_note(state, *walker.gathering);
    }
    walker.visitor = collector_of(document_.objects[object].family)
                         .make_visitor(host_, *state.query, *walker.gathering);
    walk.add(*state.query, *walker.visitor);
    walkers.push_back(std::move(walker));
  }
  if (walkers.empty()) {
    return;
  }
  run_walk(walk);
  for (const Walker& walker : walkers) {
    walker.gathering->finish();
  }
  for (const Walker& walker : walkers) {
    const ObjectState& state = objects_[walker.object];
    if (state.progress == Progress::done &&
        (state.flag != walker.flag || traces_of(walker.object, path) != walker.before)) {
      tell_changed(walker.object);
    }
  }
}

// What was missed may be there now; that is known when all of it has been walked again.
void Evaluation::keep_note(ObjectState& state, Gathering& gathering) {
  constexpr std::uint64_t kWalkedPerLook = 15'000;
  gathering.note(state.flag, state.why);
  state.due = state.due != 0 ? state.due : looks_ + 1 + state.walked / kWalkedPerLook;
}

// What the path and those below it contribute to the object, in a form that can be compared.
std::vector<std::string> Evaluation::traces_of(Index object, const std::string& path) const {
  const ObjectState& state = objects_[object];
  std::vector<std::string> traces;
  for (const StoredItem& item : state.items) {
    if (is_at_or_below(path, Gathering::file_of(item))) {
      traces.push_back(item.key());
    }
  }
  std::sort(traces.begin(), traces.end());
  each_below(state.by_file, path, [&](const auto& file) {
    traces.push_back(file.first);
    traces.push_back(file.second);
  });
  return traces;
}

void Evaluation::tell_changed(Index object) {
  if (scope_.keeps_items(object)) {
    tell_users_of(object);
    return;
  }
  const auto& tests = scope_.tests_of(object);
  const bool hides = std::any_of(tests.begin(), tests.end(), [&](Index test) {
    return outcome_of(test).items.empty() && outcome_of(test).more > 0;
  });
  if (hides) {
    forget_object(object);  // what could be shown is gone, and there is more
    return;
  }
  for (const Index test : tests) {
    forget_test(test);
  }
}

// Facts are collected again; who relies on them is told only when they are others now. Processes
// always are, for the time that they have used is one of them.
void Evaluation::compare_facts(Index object) {
  ObjectState& state = objects_[object];
  const FamilyCollector collector = collector_of(document_.objects[object].family);
  if (state.query == nullptr || collector.collect == nullptr || !scope_.keeps_items(object)) {
    forget_object(object);
    return;
  }
  const auto keys_of_all = [&] {
    std::multiset<std::string> keys;
    for (const StoredItem& item : state.items) {
      keys.insert(item.key());
    }
    return keys;
  };
  const std::multiset<std::string> before = keys_of_all();
  const Flag flag = state.flag;
  state.items.clear();
  state.statuses = Statuses();
  state.why.clear();
  Gathering gathering(*this, object);
  collector.collect(host_, *state.query, gathering);
  gathering.finish();
  if (keys_of_all() != before || state.flag != flag) {
    tell_users_of(object);
  }
}

// The items are others now. Who relies on them may be what judges them: then the object has been
// forgotten too, and is collected when somebody asks.
void Evaluation::tell_users_of(Index object) {
  for (const Index variable : users().objects[object].variables) {
    refresh_variable(variable);
  }
  if (objects_[object].progress != Progress::done) {
    return;
  }
  for (const Index test : scope_.tests_of(object)) {
    tests_[test].outcome.reset();
    forget_test(test);
  }
  for (const Index set : users().objects[object].sets) {
    forget_object(set);
  }
  if (objects_[object].progress == Progress::done) {
    finish(object);
  }
}

// Takes out what the path and those below it contributed so far.
void Evaluation::take_out(Index object, const std::string& path) {
  ObjectState& state = objects_[object];
  std::erase_if(state.items, [&](const StoredItem& item) {
    const bool touched = is_at_or_below(path, Gathering::file_of(item));
    if (touched) {
      state.statuses.remove(item.status());
    }
    return touched;
  });
  const auto& tests = scope_.tests_of(object);
  std::vector<std::string> records;
  std::vector<std::string> files;
  each_below(state.by_file, path, [&](const auto& file) {
    const std::size_t size = 1 + tests.size();
    for (std::size_t at = 0; at < file.second.size(); at += size) {
      records.push_back(file.second.substr(at, size));
      state.statuses.remove(static_cast<Status>(records.back().front()));
    }
    files.push_back(file.first);
  });
  for (std::size_t i = 0; !records.empty() && i < tests.size(); ++i) {
    take_out_of(tests[i], 1 + i, records, path);
  }
  for (const std::string& file : files) {
    state.by_file.erase(file);
  }
}

// `rank`: of the test within a record.
void Evaluation::take_out_of(Index test,
                             std::size_t rank,
                             const std::vector<std::string>& records,
                             const std::string& path) {
  const Test& what = document_.tests[test];
  TestOutcome& outcome = outcome_of(test);
  std::uint64_t mattered = 0;
  for (const std::string& record : records) {
    const auto verdict = static_cast<Verdict>(record[rank]);
    outcome.statuses.remove(static_cast<Status>(record.front()));
    if (!what.states.empty()) {
      outcome.verdicts.remove(verdict);
    }
    mattered += matters(test, verdict) ? 1 : 0;
  }
  const std::uint64_t shown = std::erase_if(outcome.items, [&](const JudgedItem& each) {
    return is_at_or_below(path, Gathering::file_of(each.item));
  });
  outcome.more -= std::min(outcome.more, mattered - std::min(mattered, shown));
}

// --- forgetting --------------------------------------------------------------------------------

void Evaluation::forget_object(Index object) {
  ObjectState& state = objects_[object];
  if (state.progress == Progress::fresh) {
    return;
  }
  std::vector<Reading> readings = std::move(state.readings);
  state = ObjectState();
  state.readings = std::move(readings);  // still true until it is collected again
  forget_users_of(object);
}

// Everything that was said because of the items of the object.
void Evaluation::forget_users_of(Index object) {
  for (const Index test : scope_.tests_of(object)) {
    tests_[test].outcome.reset();
    forget_test(test);
  }
  for (const Index variable : users().objects[object].variables) {
    forget_variable(variable);
  }
  for (const Index set : users().objects[object].sets) {
    forget_object(set);
  }
}

// Who relies on the variable is told only when its values are others now: of a mount that fills up
// the place is the same.
void Evaluation::refresh_variable(Index variable) {
  if (variables_[variable].progress != Progress::done) {
    return;
  }
  const VariableValues before = std::move(variables_[variable].values);
  variables_[variable] = VariableState();
  const VariableValues& now = values_of(variable);
  const bool same = now.flag == before.flag && now.why == before.why &&
                    std::equal(now.values.begin(),
                               now.values.end(),
                               before.values.begin(),
                               before.values.end(),
                               [](const ItemValue& a, const ItemValue& b) {
                                 return a.datatype == b.datatype && a == b;
                               });
  if (!same) {
    forget_variable(variable);
  }
}

void Evaluation::forget_variable(Index variable) {
  VariableState& state = variables_[variable];
  if (state.progress == Progress::fresh) {
    return;
  }
  state = VariableState();
  for (const Index user : users().variables[variable].variables) {
    forget_variable(user);
  }
  for (const Index object : users().variables[variable].objects) {
    forget_object(object);
  }
  for (const Index user : users().variables[variable].states) {
    forget_state(user);
  }
}

// Items that were judged by it may not be there any more, so they are collected again.
void Evaluation::forget_state(Index state) {
  if (states_[state] == nullptr) {
    return;
  }
  states_[state].reset();
  for (const Index object : users().states[state].objects) {
    forget_object(object);
  }
  for (const Index test : users().states[state].tests) {
    if (document_.tests[test].object != kNone) {
      forget_object(document_.tests[test].object);
    }
  }
}

void Evaluation::forget_test(Index test) {
  tests_[test].progress = Progress::fresh;
  for (const Index definition : users().tests[test]) {
    forget_definition(definition);
  }
}

void Evaluation::forget_definition(Index definition) {
  if (!definitions_[definition]) {
    return;
  }
  forgotten_.push_back({definition, *definitions_[definition]});
  definitions_[definition].reset();
  for (const Index user : users().definitions[definition]) {
    forget_definition(user);
  }
}

}  // namespace twoseal::scap
