// An OVAL document evaluated on a host: verdicts of definitions, and what they rest on.
//
// Everything is worked out when somebody asks for it, and once. Objects that look for files share
// walks: the first one that is asked for takes along all others of the scope that can go with it.
// Items are judged as they are found and not kept, unless a set or a variable is made of them, or
// they are what a verdict rests on.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compliance/families/family.h"
#include "compliance/file_walk.h"
#include "compliance/oval/definitions.h"
#include "compliance/oval/item.h"
#include "compliance/oval/matcher.h"
#include "compliance/oval/reading.h"
#include "compliance/oval/scope.h"
#include "compliance/oval/verdict.h"

namespace twoseal::scap {

/// Values of external variables by their id.
using Bindings = std::map<std::string, std::vector<std::string>, std::less<>>;

/// An item and what the states of a test say of it.
struct JudgedItem {
  StoredItem item;
  Verdict verdict = Verdict::not_evaluated;
};

/// What a test came to.
struct TestOutcome {
  Verdict verdict = Verdict::not_evaluated;
  Flag flag = Flag::does_not_exist;
  Statuses statuses;              ///< of all items
  Verdicts verdicts;              ///< of all items, when the test has states
  std::vector<JudgedItem> items;  ///< those that matter, at most EvaluationLimits::items_max
  std::uint64_t more = 0;         ///< how many of those that matter are not in `items`
  std::string why;                ///< when something could not be collected
};

struct EvaluationLimits {
  std::size_t items_max = 200;                            ///< kept for each test
  std::size_t kept_max = 1'000'000;                       ///< of an object that others are made of
  std::size_t kept_octets_max = std::size_t{256} << 20U;  ///< of such an object
  std::size_t values_octets_max = std::size_t{256} << 20U;  ///< of all variables
  bool keep_all_items = false;           ///< keep also those that are as they should be
  bool live = false;                     ///< remember what each file contributed, for touch()
  std::uint64_t listed_max = 1'000'000;  ///< items of an object that are remembered so; above, all
                                         ///< of it is collected anew
};

/// Whether a test that should be `wanted` asks that there be no items, or none that fulfil its
/// states.
[[nodiscard]] bool forbids_items(const Test& test, bool wanted);

/// Whether an item of a test that should be `wanted` speaks against it. `verdict`: what the states
/// say to the item; Verdict::not_evaluated without any.
[[nodiscard]] bool speaks_against(const Test& test, bool wanted, Verdict verdict);

class Evaluation {
 public:
  /// All must outlive it. `now`: seconds since 1970.
  Evaluation(const OvalDocument& document,
             const InspectedHost& host,
             Bindings bindings,
             std::int64_t now,
             EvaluationLimits limits = {});

  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;
  ~Evaluation();

  /// Says that a definition will be asked for. Call it for all before the first judge(), so that
  /// they can share their walks. `good`: what it should come to, so that what speaks against it is
  /// kept.
  void include(Index definition, bool good);

  [[nodiscard]] Verdict judge(Index definition);

  /// What a test came to; nullptr when nobody asked for it yet.
  [[nodiscard]] const TestOutcome* outcome(Index test) const;

  /// The verdict of a definition; nothing when nobody asked for it yet.
  [[nodiscard]] std::optional<Verdict> verdict_of(Index definition) const {
    return definition < definitions_.size() ? definitions_[definition] : std::nullopt;
  }

  /// The values of a variable.
  [[nodiscard]] const VariableValues& values_of(Index variable);

  /// The same when they are worked out already; nullptr otherwise.
  [[nodiscard]] const VariableValues* known_values(Index variable) const {
    return variable < variables_.size() && variables_[variable].progress == Progress::done
               ? &variables_[variable].values
               : nullptr;
  }

  /// What is known of the items of an object that was collected; nothing otherwise.
  [[nodiscard]] std::optional<Flag> flag_of(Index object) const;

  /// The items of an object that a set or a variable is made of; empty for any other object.
  [[nodiscard]] std::span<const StoredItem> kept_items(Index object) const {
    return objects_[object].items;
  }

  /// Something happened to these paths (as the host names them): what looks at them is worked out
  /// anew when it is asked for, and of walks only what was touched. Returns the definitions that
  /// may say something else now, with what they said. Only with EvaluationLimits::live.
  struct Forgotten {
    Index definition = kNone;
    Verdict before = Verdict::not_evaluated;
  };

  [[nodiscard]] std::vector<Forgotten> touch(std::span<const std::string> paths);

  /// The same for everything that no file tells of: kernel settings, mounts, processes, units, and
  /// what is measured from now on, which is `now`. Also for large walks that missed something, but
  /// the rarer the larger they are.
  [[nodiscard]] std::vector<Forgotten> touch_facts(std::int64_t now);

  /// What the objects of the scope look at, each once, and the links that walks followed. Only with
  /// EvaluationLimits::live.
  [[nodiscard]] std::vector<Reading> readings() const;

  /// Those that came after the first so many, some perhaps again: a list that only grows. Only with
  /// EvaluationLimits::live.
  [[nodiscard]] std::span<const Reading> readings_since(std::size_t count) const {
    return std::span(seen_readings_).subspan(std::min(count, seen_readings_.size()));
  }

  [[nodiscard]] const OvalDocument& document() const { return document_; }

  [[nodiscard]] const FileWalk::Cost& walk_cost() const { return walk_cost_; }

 private:
  class Gathering;

  static constexpr const char* kUnsureFilter = "a filter asks for what is not collected";

  enum class Progress : std::uint8_t { fresh, preparing, done };

  /// `unsure`: a filter asks for what is not collected, so the item may belong here or not.
  enum class Filtered : std::uint8_t { kept, left_out, unsure };

  struct ObjectState {
    Progress progress = Progress::fresh;
    Flag flag = Flag::does_not_exist;
    std::string why;
    Statuses statuses;
    std::string partial;            // why it may lack items before any is looked for
    std::vector<StoredItem> items;  // when they are kept
    // With EvaluationLimits::live:
    std::unique_ptr<ObjectQuery> query;
    std::vector<Reading> readings;
    // By path, in order: of each item its status, then its verdict for each test, one octet each.
    std::map<std::string, std::string, std::less<>> by_file;
    bool sticky = false;       // a flag was noted that only collecting anew can take back
    std::uint64_t walked = 0;  // directories and files of the walk that collected it
    std::uint64_t due = 0;     // at which look at facts it is collected anew; 0: at none
    bool unlisted = false;     // there are too many items for by_file
  };

  struct TestState {
    Progress progress = Progress::fresh;
    std::unique_ptr<TestOutcome> outcome;
  };

  /// A part of a total, until it is gone.
  class Share {
   public:
    Share() = default;

    Share(std::size_t& total, std::size_t part) : total_(&total), part_(part) { total += part; }

    Share(Share&& other) noexcept
        : total_(std::exchange(other.total_, nullptr)), part_(other.part_) {}

    Share& operator=(Share&& other) noexcept {
      std::swap(total_, other.total_);
      std::swap(part_, other.part_);
      return *this;
    }

    ~Share() {
      if (total_ != nullptr) {
        *total_ -= part_;
      }
    }

   private:
    std::size_t* total_ = nullptr;
    std::size_t part_ = 0;
  };

  struct VariableState {
    Progress progress = Progress::fresh;
    VariableValues values;
    Share share;  // of values_octets_
  };

  // definitions and tests: evaluation.cc
  Verdict judge_criteria(const Criteria& criteria);
  Verdict judge_test(Index test);
  Verdict judge_collected(const Test& test, const ObjectState& object, const TestOutcome& outcome);
  Verdict judge_item(Index test, TestOutcome& outcome, const Item& item);
  [[nodiscard]] bool matters(Index test, Verdict verdict) const;
  void judge_kept(Index test, const ObjectState& object, TestOutcome& outcome);
  TestOutcome& outcome_of(Index test);
  const StateMatcher& matcher_of(Index state);

  // objects: evaluation_objects.cc
  const ObjectState& collect(Index object);
  void collect_alone(Index object);
  void collect_with_walk(std::size_t level);
  void collect_set(Index object);
  void collect_variable(Index object);
  std::vector<StoredItem> items_of_set(const ObjectSet& set, Flag& flag, std::string& why);
  [[nodiscard]] std::optional<ObjectQuery> prepare(Index object);
  [[nodiscard]] bool can_use(Index object, const VariableValues& values);
  void give_up(Index object, Flag flag, std::string why);
  void prepare_filters(const Object& object, Index index);
  [[nodiscard]] Filtered filter(const std::vector<Filter>& filters, const Item& item);
  void remember(Index object, const ObjectQuery& query);
  void finish(Index object);

  // variables: evaluation_variables.cc
  VariableValues evaluate_variable(const Variable& variable);
  VariableValues evaluate_component(const Component& component);
  VariableValues evaluate_object_component(const Component& component);

  // what changes later: refresh.cc
  struct Users;
  const Users& users();
  [[nodiscard]] bool can_walk_below(Index object) const;
  void walk_below(std::span<const Index> objects, const std::string& path);
  void keep_note(ObjectState& state, Gathering& gathering);
  [[nodiscard]] std::vector<std::string> traces_of(Index object, const std::string& path) const;
  void tell_changed(Index object);
  void compare_facts(Index object);
  void take_out(Index object, const std::string& path);
  void take_out_of(Index test,
                   std::size_t rank,
                   const std::vector<std::string>& records,
                   const std::string& path);
  std::uint64_t run_walk(FileWalk& walk);
  [[nodiscard]] bool is_dear(const ObjectState& object) const;
  void forget_moment(std::int64_t now);
  void forget_object(Index object);
  void forget_variable(Index variable);
  void refresh_variable(Index variable);
  void forget_state(Index state);
  void forget_test(Index test);
  void forget_definition(Index definition);
  void forget_users_of(Index object);
  void tell_users_of(Index object);

  const OvalDocument& document_;
  const InspectedHost& host_;
  Bindings bindings_;
  std::int64_t now_;
  EvaluationLimits limits_;
  Scope scope_;
  RegexCache regexes_;
  std::vector<std::optional<Verdict>> definitions_;
  std::vector<bool> judging_;  // definitions
  std::vector<TestState> tests_;
  std::vector<ObjectState> objects_;
  ObjectState circular_;  // instead of an object that needs itself
  std::size_t values_octets_ = 0;
  std::vector<VariableState> variables_;
  std::vector<std::unique_ptr<StateMatcher>> states_;
  FileWalk::Cost walk_cost_;
  std::set<std::string> links_;  // that walks followed; only with EvaluationLimits::live
  std::vector<Reading> seen_readings_;
  std::uint64_t looks_ = 0;  // at facts
  std::shared_ptr<const Users> users_;
  std::vector<Forgotten> forgotten_;  // since the last touch
};

}  // namespace twoseal::scap
