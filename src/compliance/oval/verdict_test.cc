#include "compliance/oval/verdict.h"

#include <vector>

#include <doctest/doctest.h>

using namespace twoseal::scap;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr Verdict kAll[] = {Verdict::yes,
                            Verdict::no,
                            Verdict::error,
                            Verdict::unknown,
                            Verdict::not_evaluated,
                            Verdict::not_applicable};

// One row of a table of the specification: how many there must be of each, `-` for none, `1` for
// exactly one, `+` for one or more, `*` for any number, `o` and `e` for an odd and an even one, `2`
// for two or more, `s` for none or one.
struct Row {
  std::string_view counts;
  Verdict verdict;
};

bool is_so(char asked, std::uint64_t count) {
  switch (asked) {
    case '-':
      return count == 0;
    case '1':
      return count == 1;
    case '+':
      return count >= 1;
    case '2':
      return count >= 2;
    case 's':
      return count <= 1;
    case 'o':
      return count % 2 == 1;
    case 'e':
      return count % 2 == 0;
    default:
      return true;
  }
}

// The verdict of the first row that fits; there must be one.
template <std::size_t N>
Verdict look_up(const Row (&rows)[N], const std::vector<std::uint64_t>& counts) {
  for (const Row& row : rows) {
    bool fits = true;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      fits = fits && is_so(row.counts[i], counts[i]);
    }
    if (fits) {
      return row.verdict;
    }
  }
  FAIL("the table has no row for this");
  return Verdict::error;
}

// Source: OVAL Language Specification 5.11, tables of §5.3.6.4 and §5.3.6.5. Columns: true, false,
// error, unknown, not evaluated, not applicable.
constexpr Row kNothing[] = {{"------", Verdict::unknown}, {"-----+", Verdict::not_applicable}};

constexpr Row kAllOf[] = {{"------", Verdict::unknown},
                          {"-----+", Verdict::not_applicable},
                          {"+----*", Verdict::yes},
                          {"*+****", Verdict::no},
                          {"*-+***", Verdict::error},
                          {"*--+**", Verdict::unknown},
                          {"*---+*", Verdict::not_evaluated}};

constexpr Row kAnyOf[] = {{"------", Verdict::unknown},
                          {"-----+", Verdict::not_applicable},
                          {"+*****", Verdict::yes},
                          {"-+---*", Verdict::no},
                          {"-*+***", Verdict::error},
                          {"-*-+**", Verdict::unknown},
                          {"-*--+*", Verdict::not_evaluated}};

constexpr Row kOneOf[] = {{"------", Verdict::unknown},
                          {"-----+", Verdict::not_applicable},
                          {"1*---*", Verdict::yes},
                          {"2*****", Verdict::no},
                          {"-+---*", Verdict::no},
                          {"s*+***", Verdict::error},
                          {"s*-+**", Verdict::unknown},
                          {"s*--+*", Verdict::not_evaluated}};

constexpr Row kNoneOf[] = {{"------", Verdict::unknown},
                           {"-----+", Verdict::not_applicable},
                           {"-+---*", Verdict::yes},
                           {"+*****", Verdict::no},
                           {"-*+***", Verdict::error},
                           {"-*-+**", Verdict::unknown},
                           {"-*--+*", Verdict::not_evaluated}};

constexpr Row kOddOf[] = {{"------", Verdict::unknown},
                          {"-----+", Verdict::not_applicable},
                          {"o*---*", Verdict::yes},
                          {"e*---*", Verdict::no},
                          {"**+***", Verdict::error},
                          {"**-+**", Verdict::unknown},
                          {"**--+*", Verdict::not_evaluated}};

// Calls `each` with all counts up to three of each verdict.
template <class Each>
void for_all_counts(std::size_t kinds, Each each) {
  std::vector<std::uint64_t> counts(kinds);
  for (;;) {
    each(counts);
    std::size_t i = 0;
    while (i < kinds && ++counts[i] > 3) {
      counts[i++] = 0;
    }
    if (i == kinds) {
      return;
    }
  }
}

Verdicts verdicts_of(const std::vector<std::uint64_t>& counts) {
  Verdicts verdicts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    verdicts.add(kAll[i], counts[i]);
  }
  return verdicts;
}

template <class How, std::size_t N>
void check_table(How how, const Row (&rows)[N]) {
  for_all_counts(kVerdicts, [&](const std::vector<std::uint64_t>& counts) {
    CHECK_MESSAGE(combine(how, verdicts_of(counts)) == look_up(rows, counts),
                  counts[0],
                  counts[1],
                  counts[2],
                  counts[3],
                  counts[4],
                  counts[5]);
  });
}

}  // namespace

TEST_CASE("AND, OR, ONE and XOR are the tables of the specification") {
  check_table(Operator::conjunction, kAllOf);
  check_table(Operator::disjunction, kAnyOf);
  check_table(Operator::exactly_one, kOneOf);
  check_table(Operator::odd, kOddOf);
}

TEST_CASE("all, at least one, only one and none satisfy are the tables of the specification") {
  check_table(Check::all, kAllOf);
  check_table(Check::at_least_one, kAnyOf);
  check_table(Check::only_one, kOneOf);
  check_table(Check::none_satisfy, kNoneOf);
  check_table(Check::none_exist, kNoneOf);
}

TEST_CASE("nothing at all is unknown, for every operator and check") {
  for (const Operator op :
       {Operator::conjunction, Operator::disjunction, Operator::exactly_one, Operator::odd}) {
    CHECK(combine(op, Verdicts()) == look_up(kNothing, {0, 0, 0, 0, 0, 0}));
    CHECK(combine(op, verdicts_of({0, 0, 0, 0, 0, 2})) == look_up(kNothing, {0, 0, 0, 0, 0, 2}));
  }
}

TEST_CASE("no error, unknown or missing part becomes yes under AND, all or none satisfy") {
  for_all_counts(kVerdicts, [](const std::vector<std::uint64_t>& counts) {
    if (counts[2] + counts[3] + counts[4] == 0) {
      return;
    }
    const Verdicts verdicts = verdicts_of(counts);
    CHECK(combine(Operator::conjunction, verdicts) != Verdict::yes);
    CHECK(combine(Check::all, verdicts) != Verdict::yes);
    CHECK(combine(Check::none_satisfy, verdicts) != Verdict::yes);
    CHECK(combine(Operator::exactly_one, verdicts) != Verdict::yes);
    CHECK(combine(Operator::odd, verdicts) != Verdict::yes);
  });
}

TEST_CASE("existence is the tables of the specification") {
  // Columns: exists, does not exist, not collected, error.
  constexpr Row kAllExist[] = {{"+---", Verdict::yes},
                               {"----", Verdict::no},
                               {"*+**", Verdict::no},
                               {"*-*+", Verdict::error},
                               {"*-+-", Verdict::unknown}};
  constexpr Row kAnyExist[] = {
      {"***-", Verdict::yes}, {"+**+", Verdict::yes}, {"-**+", Verdict::error}};
  constexpr Row kAtLeastOne[] = {{"+***", Verdict::yes},
                                 {"-*--", Verdict::no},
                                 {"-**+", Verdict::error},
                                 {"-*+-", Verdict::unknown}};
  constexpr Row kNoneExist[] = {{"-*--", Verdict::yes},
                                {"+***", Verdict::no},
                                {"-**+", Verdict::error},
                                {"-*+-", Verdict::unknown}};
  constexpr Row kOnlyOne[] = {{"1*--", Verdict::yes},
                              {"2***", Verdict::no},
                              {"-*--", Verdict::no},
                              {"s**+", Verdict::error},
                              {"s*+-", Verdict::unknown}};
  for_all_counts(4, [&](const std::vector<std::uint64_t>& counts) {
    Statuses items;
    constexpr Status kStatuses[] = {
        Status::exists, Status::does_not_exist, Status::not_collected, Status::error};
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::uint64_t left = counts[i]; left > 0; --left) {
        items.add(kStatuses[i]);
      }
    }
    CHECK(items.total() == counts[0] + counts[1] + counts[2] + counts[3]);
    CHECK(judge_existence(Existence::all_exist, items) == look_up(kAllExist, counts));
    CHECK(judge_existence(Existence::any_exist, items) == look_up(kAnyExist, counts));
    CHECK(judge_existence(Existence::at_least_one_exists, items) == look_up(kAtLeastOne, counts));
    CHECK(judge_existence(Existence::none_exist, items) == look_up(kNoneExist, counts));
    CHECK(judge_existence(Existence::only_one_exists, items) == look_up(kOnlyOne, counts));
  });
}

TEST_CASE("of items of which some were not seen only what those cannot change is said") {
  const auto seen = [](Check check, std::uint64_t yes, std::uint64_t no) {
    Verdicts verdicts;
    verdicts.add(Verdict::yes, yes);
    verdicts.add(Verdict::no, no);
    return combine_seen(check, verdicts);
  };
  CHECK(seen(Check::all, 2, 0) == Verdict::unknown);
  CHECK(seen(Check::all, 2, 1) == Verdict::no);
  CHECK(seen(Check::at_least_one, 0, 2) == Verdict::unknown);
  CHECK(seen(Check::at_least_one, 1, 2) == Verdict::yes);
  CHECK(seen(Check::only_one, 0, 2) == Verdict::unknown);
  CHECK(seen(Check::only_one, 1, 2) == Verdict::unknown);
  CHECK(seen(Check::only_one, 2, 0) == Verdict::no);
  CHECK(seen(Check::none_satisfy, 0, 2) == Verdict::unknown);
  CHECK(seen(Check::none_satisfy, 1, 2) == Verdict::no);
  CHECK(seen(Check::none_exist, 0, 0) == Verdict::unknown);
}

TEST_CASE("negation exchanges yes and no alone") {
  for (const Verdict verdict : kAll) {
    const Verdict other = negated(verdict);
    CHECK(negated(other) == verdict);
    const bool decided = verdict == Verdict::yes || verdict == Verdict::no;
    CHECK((other != verdict) == decided);
  }
  CHECK(negated(Verdict::yes) == Verdict::no);
}

TEST_CASE("words are those of OVAL results") {
  CHECK(word_of(Verdict::yes) == "true");
  CHECK(word_of(Verdict::no) == "false");
  CHECK(word_of(Verdict::not_evaluated) == "not evaluated");
  CHECK(word_of(Verdict::not_applicable) == "not applicable");
  CHECK(word_of(Status::not_collected) == "not collected");
  CHECK(word_of(Status::error) == "error");
  CHECK(word_of(Flag::does_not_exist) == "does not exist");
  CHECK(word_of(Flag::error) == "error");
}
