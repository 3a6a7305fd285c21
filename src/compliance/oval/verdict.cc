#include "compliance/oval/verdict.h"

#include <numeric>

namespace twoseal::scap {
namespace {

// What is said when neither yes nor no can be: the strongest reason for not knowing, or nothing.
// Not applicable only when nothing else was there.
Verdict weakest(const Verdicts& verdicts, Verdict otherwise) {
  for (const Verdict each : {Verdict::error, Verdict::unknown, Verdict::not_evaluated}) {
    if (verdicts.count(each) > 0) {
      return each;
    }
  }
  return otherwise;
}

bool all_not_applicable(const Verdicts& verdicts) {
  return verdicts.count(Verdict::not_applicable) > 0 &&
         verdicts.count(Verdict::not_applicable) == verdicts.total();
}

Verdict all_of(const Verdicts& verdicts) {
  return verdicts.count(Verdict::no) > 0 ? Verdict::no : weakest(verdicts, Verdict::yes);
}

Verdict any_of(const Verdicts& verdicts) {
  return verdicts.count(Verdict::yes) > 0 ? Verdict::yes : weakest(verdicts, Verdict::no);
}

Verdict one_of(const Verdicts& verdicts) {
  if (verdicts.count(Verdict::yes) > 1) {
    return Verdict::no;
  }
  return weakest(verdicts, verdicts.count(Verdict::yes) == 1 ? Verdict::yes : Verdict::no);
}

Verdict none_of(const Verdicts& verdicts) {
  return verdicts.count(Verdict::yes) > 0 ? Verdict::no : weakest(verdicts, Verdict::yes);
}

}  // namespace

std::uint64_t Verdicts::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t Statuses::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

Verdict combine(Operator op, const Verdicts& verdicts) {
  if (verdicts.total() == 0) {
    return Verdict::unknown;
  }
  if (all_not_applicable(verdicts)) {
    return Verdict::not_applicable;
  }
  switch (op) {
    case Operator::conjunction:
      return all_of(verdicts);
    case Operator::disjunction:
      return any_of(verdicts);
    case Operator::exactly_one:
      return one_of(verdicts);
    case Operator::odd:
      break;
  }
  return weakest(verdicts, verdicts.count(Verdict::yes) % 2 == 1 ? Verdict::yes : Verdict::no);
}

Verdict combine(Check check, const Verdicts& verdicts) {
  if (verdicts.total() == 0) {
    return Verdict::unknown;
  }
  if (all_not_applicable(verdicts)) {
    return Verdict::not_applicable;
  }
  switch (check) {
    case Check::all:
      return all_of(verdicts);
    case Check::at_least_one:
      return any_of(verdicts);
    case Check::only_one:
      return one_of(verdicts);
    case Check::none_exist:
    case Check::none_satisfy:
      break;
  }
  return none_of(verdicts);
}

Verdict combine_seen(Check check, const Verdicts& seen) {
  const std::uint64_t yes = seen.count(Verdict::yes);
  const bool no = seen.count(Verdict::no) > 0;
  switch (check) {
    case Check::all:
      return no ? Verdict::no : Verdict::unknown;
    case Check::at_least_one:
      return yes > 0 ? Verdict::yes : Verdict::unknown;
    case Check::only_one:
      return yes > 1 ? Verdict::no : Verdict::unknown;
    case Check::none_exist:
    case Check::none_satisfy:
      break;
  }
  return yes > 0 ? Verdict::no : Verdict::unknown;
}

Verdict judge_existence(Existence existence, const Statuses& items) {
  const std::uint64_t there = items.count(Status::exists);
  const std::uint64_t absent = items.count(Status::does_not_exist);
  const bool error = items.count(Status::error) > 0;
  const bool unknown = items.count(Status::not_collected) > 0;
  const auto unless_hidden = [&](Verdict verdict) {
    return error ? Verdict::error : unknown ? Verdict::unknown : verdict;
  };
  switch (existence) {
    case Existence::all_exist:
      if (absent > 0) {
        return Verdict::no;
      }
      return unless_hidden(there > 0 ? Verdict::yes : Verdict::no);
    case Existence::any_exist:
      return there > 0 || !error ? Verdict::yes : Verdict::error;
    case Existence::at_least_one_exists:
      return there > 0 ? Verdict::yes : unless_hidden(Verdict::no);
    case Existence::none_exist:
      return there > 0 ? Verdict::no : unless_hidden(Verdict::yes);
    case Existence::only_one_exists:
      break;
  }
  if (there > 1) {
    return Verdict::no;
  }
  return unless_hidden(there == 1 ? Verdict::yes : Verdict::no);
}

Verdict negated(Verdict verdict) {
  switch (verdict) {
    case Verdict::yes:
      return Verdict::no;
    case Verdict::no:
      return Verdict::yes;
    default:
      return verdict;
  }
}

std::string_view word_of(Verdict verdict) {
  constexpr std::string_view kWords[] = {
      "true", "false", "error", "unknown", "not evaluated", "not applicable"};
  return kWords[static_cast<std::size_t>(verdict)];
}

std::string_view word_of(Status status) {
  constexpr std::string_view kWords[] = {"exists", "does not exist", "not collected", "error"};
  return kWords[static_cast<std::size_t>(status)];
}

std::string_view word_of(Flag flag) {
  constexpr std::string_view kWords[] = {
      "complete", "incomplete", "does not exist", "not collected", "not applicable", "error"};
  return kWords[static_cast<std::size_t>(flag)];
}

}  // namespace twoseal::scap
