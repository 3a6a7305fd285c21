// How results of OVAL combine: the tables of the specification, as pure functions over counts.
// Source: OVAL Language Specification 5.11, §5.3.6 (combining results).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "compliance/oval/definitions.h"

namespace twoseal::scap {

/// What a test, criteria or definition says. Only `yes` is a pass: whatever could not be read,
/// compared or collected is one of the others.
enum class Verdict : std::uint8_t { yes, no, error, unknown, not_evaluated, not_applicable };

inline constexpr std::size_t kVerdicts = 6;

/// What is known of an item, or of one of its entities.
enum class Status : std::uint8_t { exists, does_not_exist, not_collected, error };

/// What is known of all items of an object together.
enum class Flag : std::uint8_t {
  complete,
  incomplete,
  does_not_exist,
  not_collected,
  not_applicable,
  error,
};

/// How many of each verdict there were.
class Verdicts {
 public:
  void add(Verdict verdict, std::uint64_t times = 1) {
    counts_[static_cast<std::size_t>(verdict)] += times;
  }

  /// Takes back one that was added.
  void remove(Verdict verdict) { --counts_[static_cast<std::size_t>(verdict)]; }

  [[nodiscard]] std::uint64_t count(Verdict verdict) const {
    return counts_[static_cast<std::size_t>(verdict)];
  }

  [[nodiscard]] std::uint64_t total() const;

 private:
  std::array<std::uint64_t, kVerdicts> counts_ = {};
};

/// How many items had each status.
class Statuses {
 public:
  void add(Status status) { ++counts_[static_cast<std::size_t>(status)]; }

  /// Takes back one that was added.
  void remove(Status status) { --counts_[static_cast<std::size_t>(status)]; }

  [[nodiscard]] std::uint64_t count(Status status) const {
    return counts_[static_cast<std::size_t>(status)];
  }

  [[nodiscard]] std::uint64_t total() const;

 private:
  std::array<std::uint64_t, 4> counts_ = {};
};

[[nodiscard]] Verdict combine(Operator op, const Verdicts& verdicts);

[[nodiscard]] Verdict combine(Check check, const Verdicts& verdicts);

/// The same when others were not seen: what they cannot change, otherwise unknown.
[[nodiscard]] Verdict combine_seen(Check check, const Verdicts& seen);

/// Whether as many items exist as asked for.
[[nodiscard]] Verdict judge_existence(Existence existence, const Statuses& items);

/// Yes and no exchanged; the others stay.
[[nodiscard]] Verdict negated(Verdict verdict);

/// `true`, `false`, `error`, `unknown`, `not evaluated`, `not applicable`, as in OVAL results.
[[nodiscard]] std::string_view word_of(Verdict verdict);

/// `exists`, `does not exist`, `not collected`, `error`.
[[nodiscard]] std::string_view word_of(Status status);

[[nodiscard]] std::string_view word_of(Flag flag);

}  // namespace twoseal::scap
