#include "compliance/oval/functions.h"

#include <limits>

#include <doctest/doctest.h>

using namespace twoseal::scap;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

VariableValues values(std::initializer_list<std::string_view> texts, Flag flag = Flag::complete) {
  VariableValues made;
  made.flag = flag;
  for (const std::string_view text : texts) {
    made.values.push_back(ItemValue::of(text));
  }
  return made;
}

VariableValues flagged(Flag flag) {
  return {flag, {}, "because"};
}

Component function(ComponentKind kind, std::string_view text = {}) {
  Component component;
  component.kind = kind;
  component.text = text;
  return component;
}

VariableValues worked_out(const Component& component, std::vector<VariableValues> arguments) {
  RegexCache regexes;
  return apply_function(component, std::move(arguments), kNow, regexes);
}

std::vector<std::string> texts(const VariableValues& from) {
  std::vector<std::string> all;
  for (const ItemValue& value : from.values) {
    all.push_back(value.written());
  }
  return all;
}

using Texts = std::vector<std::string>;

Texts made(const Component& component, std::vector<VariableValues> arguments) {
  const VariableValues result = worked_out(component, std::move(arguments));
  CHECK(result.flag == Flag::complete);
  return texts(result);
}

Component substring(std::int64_t start, std::int64_t length) {
  Component component = function(ComponentKind::substring);
  component.start = start;
  component.length = length;
  return component;
}

Component arithmetic(bool multiply) {
  Component component = function(ComponentKind::arithmetic);
  component.multiply = multiply;
  return component;
}

Component difference(TimeFormat first, TimeFormat second) {
  Component component = function(ComponentKind::time_difference);
  component.format_1 = first;
  component.format_2 = second;
  return component;
}

}  // namespace

TEST_CASE("begin and end add what is not there yet") {
  const auto arguments = [] { return std::vector{values({"a", "/b", "/", ""})}; };
  CHECK(made(function(ComponentKind::begin, "/"), arguments()) == Texts{"/a", "/b", "/", "/"});
  CHECK(made(function(ComponentKind::end, "/"), arguments()) == Texts{"a/", "/b/", "/", "/"});
}

TEST_CASE("concat makes every combination, the first part varying fastest") {
  CHECK(made(function(ComponentKind::concat),
             {values({"a", "b"}), values({"-"}), values({"1", "2"})}) ==
        Texts{"a-1", "b-1", "a-2", "b-2"});
  CHECK(made(function(ComponentKind::concat), {values({"a"}), values({})}) == Texts{"a"});
}

TEST_CASE("a part that does not exist leaves nothing, and an error is an error") {
  for (const ComponentKind kind :
       {ComponentKind::concat, ComponentKind::count, ComponentKind::unique}) {
    const auto missing = worked_out(function(kind), {values({"a"}), flagged(Flag::does_not_exist)});
    CHECK(missing.flag == Flag::does_not_exist);
    CHECK(missing.values.empty());
    const auto error = worked_out(function(kind), {values({"a"}), flagged(Flag::error)});
    CHECK(error.flag == Flag::error);
    CHECK(error.values.empty());
    CHECK(error.why == "because");
    const auto part = worked_out(function(kind), {values({"a"}), values({"b"}, Flag::incomplete)});
    CHECK(part.flag == (kind == ComponentKind::count ? Flag::error : Flag::incomplete));
  }
}

TEST_CASE("more than a million values are an error, not made") {
  VariableValues thousand;
  for (int i = 0; i < 1001; ++i) {
    thousand.values.push_back(ItemValue::of_integer(i));
  }
  CHECK(worked_out(function(ComponentKind::concat), {thousand, thousand}).flag == Flag::error);
  CHECK(worked_out(arithmetic(false), {thousand, thousand}).flag == Flag::error);
  CHECK(worked_out(difference(TimeFormat::seconds_since_epoch, TimeFormat::seconds_since_epoch),
                   {thousand, thousand})
            .flag == Flag::error);
  CHECK(worked_out(function(ComponentKind::split), {values({std::string(1'000'001, 'x')})}).flag ==
        Flag::error);
  CHECK(worked_out(function(ComponentKind::split), {values({std::string(1'000, 'x')})})
            .values.size() == 1000);
}

TEST_CASE("split keeps empty pieces, and cuts at each octet without a delimiter") {
  CHECK(made(function(ComponentKind::split, ","), {values({",a,,b,"})}) ==
        Texts{"", "a", "", "b", ""});
  CHECK(made(function(ComponentKind::split, "ab"), {values({"1ab2", "3"})}) ==
        Texts{"1", "2", "3"});
  CHECK(made(function(ComponentKind::split, ","), {values({""})}) == Texts{""});
  CHECK(made(function(ComponentKind::split), {values({"abc"})}) == Texts{"a", "b", "c"});
}

TEST_CASE("a substring counts from 1 and ends with the text") {
  CHECK(made(substring(2, 2), {values({"abcd"})}) == Texts{"bc"});
  CHECK(made(substring(1, -1), {values({"abcd"})}) == Texts{"abcd"});
  CHECK(made(substring(0, 2), {values({"abcd"})}) == Texts{"ab"});
  CHECK(made(substring(-9, 2), {values({"abcd"})}) == Texts{"ab"});
  CHECK(made(substring(3, 99), {values({"abcd"})}) == Texts{"cd"});
  CHECK(made(substring(3, 0), {values({"abcd"})}) == Texts{""});
  CHECK(made(substring(4, 1), {values({"abcd"})}) == Texts{"d"});
}

TEST_CASE("a substring that begins behind the end is an error, and the others stay") {
  const auto result = worked_out(substring(5, 1), {values({"abcd", "abcde"})});
  CHECK(result.flag == Flag::error);
  CHECK(texts(result) == Texts{"e"});
  CHECK(worked_out(substring(std::numeric_limits<std::int64_t>::max(), 1), {values({"a"})}).flag ==
        Flag::error);
}

TEST_CASE("a capture is the first group of the first match, or an empty text") {
  CHECK(made(function(ComponentKind::regex_capture, "(\\d+)"), {values({"a12b34"})}) ==
        Texts{"12"});
  CHECK(made(function(ComponentKind::regex_capture, "x(y)?"), {values({"x"})}) == Texts{""});
  CHECK(made(function(ComponentKind::regex_capture, "x"), {values({"x"})}) == Texts{""});
  CHECK(made(function(ComponentKind::regex_capture, "(z)"), {values({"x", "z"})}) ==
        Texts{"", "z"});
}

TEST_CASE("a pattern that is none, or is cut off, is an error without values") {
  const auto bad = worked_out(function(ComponentKind::regex_capture, "("), {values({"x"})});
  CHECK(bad.flag == Flag::error);
  CHECK(bad.values.empty());
  CHECK_FALSE(bad.why.empty());
  const auto cut = worked_out(function(ComponentKind::regex_capture, "^((a+)+)$"),
                              {values({std::string(40, 'a') + "b"})});
  CHECK(cut.flag == Flag::error);
  CHECK(cut.values.empty());
}

TEST_CASE("a capture of nothing has the flag of what it looks at") {
  CHECK(worked_out(function(ComponentKind::regex_capture, "(a)"), {flagged(Flag::does_not_exist)})
            .flag == Flag::does_not_exist);
  CHECK(worked_out(function(ComponentKind::regex_capture, "(a)"), {flagged(Flag::error)}).flag ==
        Flag::error);
}

TEST_CASE("no function makes an error complete, whatever values came with it") {
  for (const ComponentKind kind : {ComponentKind::begin,
                                   ComponentKind::end,
                                   ComponentKind::concat,
                                   ComponentKind::count,
                                   ComponentKind::escape_regex,
                                   ComponentKind::glob_to_regex,
                                   ComponentKind::merge,
                                   ComponentKind::regex_capture,
                                   ComponentKind::split,
                                   ComponentKind::unique,
                                   ComponentKind::arithmetic}) {
    CAPTURE(static_cast<int>(kind));
    CHECK(worked_out(function(kind, "(1)"), {values({"1"}, Flag::error)}).flag == Flag::error);
    // Of a part nobody knows how many there are of the whole.
    CHECK(worked_out(function(kind, "(1)"), {values({"1"}, Flag::incomplete)}).flag ==
          (kind == ComponentKind::count ? Flag::error : Flag::incomplete));
    CHECK(worked_out(function(kind, "(1)"), {values({"1"})}).flag == Flag::complete);
  }
  CHECK(worked_out(substring(1, 1), {values({"1"}, Flag::error)}).flag == Flag::error);
}

namespace {

// One value of so many letters.
VariableValues long_value(std::size_t size, char letter = 'x') {
  return values({std::string(size, letter)});
}

}  // namespace

TEST_CASE("no function makes more text than a variable may hold") {
  constexpr std::size_t kHalf = kValuesOctetsMax / 2;
  const auto twice = [](ComponentKind kind, std::size_t size) {
    return worked_out(function(kind), {long_value(size), long_value(size)}).flag;
  };
  CHECK(twice(ComponentKind::concat, kHalf) == Flag::complete);
  CHECK(twice(ComponentKind::concat, kHalf + 1) == Flag::error);
  CHECK(twice(ComponentKind::merge, kHalf) == Flag::complete);
  CHECK(twice(ComponentKind::merge, kHalf + 1) == Flag::error);
  CHECK(worked_out(function(ComponentKind::unique),
                   {long_value(kHalf, 'x'), long_value(kHalf + 1, 'y')})
            .flag == Flag::error);
  CHECK(worked_out(function(ComponentKind::escape_regex), {long_value(kHalf + 1, '.')}).flag ==
        Flag::error);
  CHECK(worked_out(function(ComponentKind::glob_to_regex), {long_value(kHalf, '*')}).flag ==
        Flag::error);
  CHECK(worked_out(function(ComponentKind::begin, "y"), {long_value(kValuesOctetsMax)}).flag ==
        Flag::error);
}

TEST_CASE("no function makes more values than a variable may have") {
  const auto count = [](const std::string& delimiter, std::size_t size) {
    return worked_out(function(ComponentKind::split, delimiter), {long_value(size, ':')}).flag;
  };
  CHECK(count(":", kValuesMax - 1) == Flag::complete);
  CHECK(count(":", kValuesMax) == Flag::error);
  CHECK(count("", kValuesMax) == Flag::complete);
  CHECK(count("", kValuesMax + 1) == Flag::error);
  VariableValues many;
  many.values.assign(kValuesMax / 2 + 1, ItemValue::of("a"));
  CHECK(worked_out(function(ComponentKind::merge), {many, many}).flag == Flag::error);
}

TEST_CASE("what is escaped matches itself") {
  RegexCache regexes;
  const std::string all = "^$\\.[](){}*+?|/-#a ";
  const auto escaped = made(function(ComponentKind::escape_regex), {values({all})});
  CHECK(regexes.get("^" + escaped.front() + "$").value()->search(all) == Matched::yes);
  CHECK(made(function(ComponentKind::escape_regex), {values({"a.b/c"})}) == Texts{"a\\.b/c"});
}

TEST_CASE("a shell pattern becomes an expression of one part of a path") {
  struct Row {
    std::string_view glob;
    std::vector<std::string_view> matches;
    std::vector<std::string_view> others;
  };

  const Row rows[] = {
      {"*.conf", {"a.conf", "a.b.conf"}, {".conf", "a/b.conf", "a.confx", "xaconf"}},
      {"/etc/*", {"/etc/a"}, {"/etc/.a", "/etc/a/b", "/etc/"}},
      {"a?c", {"abc"}, {"ac", "a/c", "abbc"}},
      {"/?", {"/a"}, {"/.", "//"}},
      {"[ab]c", {"ac", "bc"}, {"cc", "[ab]c"}},
      {"[!ab]c", {"cc"}, {"ac", "bc"}},
      {"[]a]c", {"]c", "ac"}, {"bc"}},
      {"[!]a]c", {"bc"}, {"]c", "ac"}},
      {"[ab", {"[ab"}, {"a"}},
      {"a\\*b", {"a*b"}, {"axb"}},
      {"a.b+", {"a.b+"}, {"axb+", "a.bb"}},
  };
  RegexCache regexes;
  for (const Row& row : rows) {
    const auto regex = regexes.get(regex_of_glob(row.glob, false)).value();
    for (const std::string_view text : row.matches) {
      CHECK_MESSAGE(regex->search(text) == Matched::yes, row.glob, " matches ", text);
    }
    for (const std::string_view text : row.others) {
      CHECK_MESSAGE(regex->search(text) == Matched::no, row.glob, " does not match ", text);
    }
  }
  CHECK(regexes.get(regex_of_glob("a\\*", true)).value()->search("a\\xyz") == Matched::yes);
  CHECK(regexes.get(regex_of_glob("a\\*", true)).value()->search("a*") == Matched::no);
}

TEST_CASE("values are counted over all parts, and nothing is not the number 0") {
  CHECK(made(function(ComponentKind::count), {values({"a", "a"}), values({"b"})}) == Texts{"3"});
  CHECK(made(function(ComponentKind::count), {values({})}) == Texts{"0"});
  CHECK(worked_out(function(ComponentKind::count), {flagged(Flag::does_not_exist)}).values.empty());
}

TEST_CASE("unique has each text once, in order; merge has all") {
  CHECK(made(function(ComponentKind::unique), {values({"b", "a", "b"}), values({"a", "c"})}) ==
        Texts{"a", "b", "c"});
  CHECK(made(function(ComponentKind::merge), {values({"b", "a", "b"}), values({"a"})}) ==
        Texts{"b", "a", "b", "a"});
}

TEST_CASE("numbers are added and multiplied in every combination") {
  CHECK(made(arithmetic(false), {values({"1", "2"}), values({"10"})}) == Texts{"11", "12"});
  CHECK(made(arithmetic(true), {values({"3"}), values({"4"}), values({"5"})}) == Texts{"60"});
  CHECK(made(arithmetic(false), {values({"1.5"}), values({"2"})}) == Texts{"3.500000"});
  CHECK(made(arithmetic(false), {values({"7"})}) == Texts{"7"});
  CHECK(made(arithmetic(false), {values({"-7"}), values({"3"})}) == Texts{"-4"});
}

TEST_CASE("what is no number, or too great, is an error") {
  const auto is_error = [](bool multiply, std::vector<VariableValues> arguments) {
    const auto result = worked_out(arithmetic(multiply), std::move(arguments));
    return result.flag == Flag::error && result.values.empty();
  };
  CHECK(is_error(false, {values({"x"}), values({"1"})}));
  CHECK(is_error(false, {values({""})}));
  CHECK(is_error(false, {values({"1x"})}));
  CHECK(is_error(false, {values({"inf"})}));
  CHECK(is_error(false, {values({"9223372036854775807"}), values({"1"})}));
  CHECK(is_error(true, {values({"9223372036854775807"}), values({"2"})}));
  CHECK(is_error(true, {values({"1e300"}), values({"1e300"})}));
  CHECK_FALSE(is_error(false, {values({"9223372036854775806"}), values({"1"})}));
}

TEST_CASE("dates are seconds since 1970, of each format") {
  struct Row {
    TimeFormat format;
    std::string_view date;
    std::optional<std::int64_t> seconds;
  };

  // From date(1), `date -u -d DATE +%s`.
  constexpr std::int64_t kDay = 1'795'651'200;  // 2026-11-26
  constexpr std::int64_t kMoment = kDay + 10 * 3600 + 15 * 60 + 7;
  const Row rows[] = {
      {TimeFormat::year_month_day, "20261126", kDay},
      {TimeFormat::year_month_day, "2026-11-26", kDay},
      {TimeFormat::year_month_day, "2026/11/26", kDay},
      {TimeFormat::year_month_day, "20261126T101507", kMoment},
      {TimeFormat::year_month_day, "2026-11-26 10:15:07", kMoment},
      {TimeFormat::year_month_day, "1970-01-01", 0},
      {TimeFormat::year_month_day, "1969-12-31", -86'400},
      {TimeFormat::year_month_day, "2024-02-29", 1'709'164'800},
      {TimeFormat::year_month_day, "2023-02-29", std::nullopt},
      {TimeFormat::year_month_day, "2026-04-31", std::nullopt},
      {TimeFormat::year_month_day, "2026-13-01", std::nullopt},
      {TimeFormat::year_month_day, "2026-00-01", std::nullopt},
      {TimeFormat::year_month_day, "2026-11", std::nullopt},
      {TimeFormat::year_month_day, "2026-11-26 24:00:00", std::nullopt},
      {TimeFormat::year_month_day, "99999999999999999999-11-26", std::nullopt},
      {TimeFormat::year_month_day, "", std::nullopt},
      {TimeFormat::year_month_day, "today", std::nullopt},
      {TimeFormat::month_day_year, "11/26/2026", kDay},
      {TimeFormat::month_day_year, "11-26-2026 10:15:07", kMoment},
      {TimeFormat::month_day_year, "Nov, 26 2026", kDay},
      {TimeFormat::month_day_year, "November, 26 2026", kDay},
      {TimeFormat::month_day_year, "Nop, 26 2026", std::nullopt},
      {TimeFormat::month_day_year, "26/11/2026", std::nullopt},
      {TimeFormat::day_month_year, "26/11/2026", kDay},
      {TimeFormat::day_month_year, "26-11-2026 10:15:07", kMoment},
      {TimeFormat::day_month_year, "11/26/2026", std::nullopt},
      {TimeFormat::seconds_since_epoch, "1795651200", kDay},
      {TimeFormat::seconds_since_epoch, "-1", -1},
      {TimeFormat::seconds_since_epoch, "1x", std::nullopt},
      {TimeFormat::seconds_since_epoch, "", std::nullopt},
      {TimeFormat::win_filetime, "19DB1DED53E8000", 0},
      {TimeFormat::win_filetime, "x", std::nullopt},
      {TimeFormat::cim_datetime, "20261126101507.000000+000", kMoment},
      {TimeFormat::cim_datetime, "2026112610150", std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.date);
    CHECK(seconds_of(row.date, row.format) == row.seconds);
  }
}

TEST_CASE("a difference of times is in seconds, of all pairs, or to now") {
  constexpr TimeFormat kSeconds = TimeFormat::seconds_since_epoch;
  CHECK(made(difference(TimeFormat::year_month_day, kSeconds),
             {values({"19700102"}), values({"0", "1"})}) == Texts{"86400", "86399"});
  CHECK(made(difference(kSeconds, kSeconds), {values({"1"}), values({"5"})}) == Texts{"-4"});
  CHECK(made(difference(TimeFormat::year_month_day, kSeconds), {values({"1699999990"})}) ==
        Texts{"10"});
  CHECK(worked_out(difference(kSeconds, kSeconds), {values({"x"}), values({"1"})}).flag ==
        Flag::error);
  CHECK(worked_out(difference(kSeconds, kSeconds),
                   {values({"9223372036854775807"}), values({"-9223372036854775807"})})
            .flag == Flag::error);
}

TEST_CASE("what is no function is an error") {
  CHECK(worked_out(function(ComponentKind::literal), {values({"a"})}).flag == Flag::error);
}

TEST_CASE("the flag of a union is the table of the specification") {
  // Source: OVAL Language Specification 5.11, §5.3.6.2.2, table of UNION; rows and columns: error,
  // complete, incomplete, does not exist, not collected, not applicable.
  constexpr Flag kFlags[] = {Flag::error,
                             Flag::complete,
                             Flag::incomplete,
                             Flag::does_not_exist,
                             Flag::not_collected,
                             Flag::not_applicable};
  constexpr std::string_view kTable[] = {
      "EEEEEE", "ECICIC", "EIIIII", "ECIDID", "EIIINN", "ECIDNA"};
  constexpr std::string_view kLetters = "ECIDNA";
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j < 6; ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK(united(kFlags[i], kFlags[j]) == kFlags[kLetters.find(kTable[i][j])]);
    }
  }
}
