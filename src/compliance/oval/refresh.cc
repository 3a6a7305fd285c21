// What an Evaluation does when something on the host has changed.
#include <algorithm>
#include <set>

#include "compliance/oval/evaluation.h"
#include "compliance/oval/gathering.h"

namespace twoseal::scap {

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
  for (Index i = 0; i < objects_.size(); ++i) {
    for (const std::string& path : paths) {
      const auto& readings = objects_[i].readings;
      const bool touched =
          std::any_of(readings.begin(), readings.end(), [&](const Reading& reading) {
            return touches(reading, path);
          });
      if (touched && objects_[i].progress == Progress::done) {
        touch_object(i, path);
      }
    }
  }
  return std::move(forgotten_);
}

std::vector<Evaluation::Forgotten> Evaluation::touch_facts() {
  forgotten_.clear();
  for (Index i = 0; i < objects_.size(); ++i) {
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

std::vector<Reading> Evaluation::readings() const {
  std::vector<Reading> all;
  for (const ObjectState& object : objects_) {
    for (const Reading& reading : object.readings) {
      if (std::find(all.begin(), all.end(), reading) == all.end()) {
        all.push_back(reading);
      }
    }
  }
  return all;
}

// Of an object that walks, one file is looked at anew; everything else is collected anew.
void Evaluation::touch_object(Index object, const std::string& path) {
  ObjectState& state = objects_[object];
  const bool walks =
      std::any_of(state.readings.begin(), state.readings.end(), [](const Reading& reading) {
        return reading.kind == ReadingKind::subtree;
      });
  const auto status = host_.files->status(path, FollowLast::no);
  const bool plain = status && *status && (*status)->kind != NodeKind::directory &&
                     (*status)->kind != NodeKind::symlink;
  const bool gone = status && !*status;
  const bool single = walks && !state.sticky && state.query != nullptr && (plain || gone);
  if (!single) {
    forget_object(object);
    return;
  }
  if (scope_.keeps_items(object)) {
    replace_kept(object, path);
    return;
  }
  take_out(object, path);
  collect_file(object, path);
  for (const Index test : scope_.tests_of(object)) {
    forget_test(test);
  }
}

// Items of the file anew; who is made of them is told only when they are others now.
void Evaluation::replace_kept(Index object, const std::string& path) {
  ObjectState& state = objects_[object];
  const std::uint64_t key = Gathering::file_key(path);
  const auto keys_of_file = [&] {
    std::set<std::string> keys;
    for (const StoredItem& item : state.items) {
      if (Gathering::file_key(item) == key) {
        keys.insert(item.key());
      }
    }
    return keys;
  };
  const std::set<std::string> before = keys_of_file();
  const Flag flag = state.flag;
  std::erase_if(state.items, [&](const StoredItem& item) {
    const bool own = Gathering::file_key(item) == key;
    if (own) {
      state.statuses.remove(item.status());
    }
    return own;
  });
  collect_file(object, path);
  if (keys_of_file() == before && state.flag == flag) {
    return;
  }
  forget_users_of(object);
  finish(object);
}

// Facts are collected again; who relies on them is told only when they are others now.
void Evaluation::compare_facts(Index object) {
  ObjectState& state = objects_[object];
  if (state.query == nullptr || !scope_.keeps_items(object)) {
    forget_object(object);
    return;
  }
  const auto keys_of_all = [&] {
    std::set<std::string> keys;
    for (const StoredItem& item : state.items) {
      keys.insert(item.key());
    }
    return keys;
  };
  const std::set<std::string> before = keys_of_all();
  const Flag flag = state.flag;
  state.items.clear();
  state.statuses = Statuses();
  Gathering gathering(*this, object);
  collector_of(document_.objects[object].family).collect(host_, *state.query, gathering);
  gathering.finish();
  if (keys_of_all() == before && state.flag == flag) {
    return;
  }
  forget_users_of(object);
  finish(object);
}

// What the file contributed so far.
void Evaluation::take_out(Index object, const std::string& path) {
  ObjectState& state = objects_[object];
  const auto found = state.by_file.find(Gathering::file_key(path));
  if (found == state.by_file.end()) {
    return;
  }
  const auto& tests = scope_.tests_of(object);
  for (const auto& came : found->second) {
    state.statuses.remove(static_cast<Status>(came.front()));
    for (std::size_t i = 0; i < tests.size(); ++i) {
      TestOutcome& outcome = outcome_of(tests[i]);
      const auto verdict = static_cast<Verdict>(came[i + 1]);
      const Test& test = document_.tests[tests[i]];
      outcome.statuses.remove(static_cast<Status>(came.front()));
      if (!test.states.empty()) {
        outcome.verdicts.remove(verdict);
      }
      const auto kept =
          std::find_if(outcome.items.begin(), outcome.items.end(), [&](const JudgedItem& each) {
            return Gathering::file_key(each.item) == found->first;
          });
      if (kept != outcome.items.end()) {
        outcome.items.erase(kept);
      } else if (matters(test, verdict) && outcome.more > 0) {
        --outcome.more;
      }
    }
  }
  state.by_file.erase(found);
}

void Evaluation::collect_file(Index object, const std::string& path) {
  ObjectState& state = objects_[object];
  Gathering gathering(*this, object);
  const FamilyCollector collector = collector_of(document_.objects[object].family);
  const auto visitor = collector.make_visitor(host_, *state.query, gathering);
  FileWalk walk(*host_.files);
  walk.look_only_at(path);
  walk.add(*state.query, *visitor);
  walk.run();
  gathering.finish();
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
