#include "compliance/oval/value.h"

#include <doctest/doctest.h>

#include "compliance/oval/oval_words.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

constexpr Operation kOperations[] = {Operation::equals,
                                     Operation::not_equal,
                                     Operation::case_insensitive_equals,
                                     Operation::case_insensitive_not_equal,
                                     Operation::greater,
                                     Operation::less,
                                     Operation::greater_or_equal,
                                     Operation::less_or_equal,
                                     Operation::bitwise_and,
                                     Operation::bitwise_or,
                                     Operation::pattern_match,
                                     Operation::subset_of,
                                     Operation::superset_of};

constexpr Datatype kDatatypes[] = {Datatype::string,
                                   Datatype::integer,
                                   Datatype::boolean,
                                   Datatype::floating,
                                   Datatype::version,
                                   Datatype::evr,
                                   Datatype::debian_evr,
                                   Datatype::ipv4_address,
                                   Datatype::ipv6_address,
                                   Datatype::binary,
                                   Datatype::fileset_revision,
                                   Datatype::ios_version,
                                   Datatype::record};

Verdict judge(Datatype datatype, Operation operation, const ItemValue& found, ItemValue wanted) {
  RegexCache regexes;
  return compare(
      datatype, operation, found, make_wanted(datatype, operation, std::move(wanted), regexes));
}

Verdict judge(Datatype datatype,
              Operation operation,
              std::string_view found,
              std::string_view wanted) {
  return judge(datatype, operation, ItemValue::of(found), ItemValue::of(wanted));
}

// What a datatype with an order says of all six operations of it: `<`, `=`, `>`, or `!` for an
// error.
char order(Datatype datatype, std::string_view found, std::string_view wanted) {
  const auto says = [&](Operation operation) { return judge(datatype, operation, found, wanted); };
  const auto is = [&](Verdict eq, Verdict ne, Verdict gt, Verdict lt, Verdict ge, Verdict le) {
    return says(Operation::equals) == eq && says(Operation::not_equal) == ne &&
           says(Operation::greater) == gt && says(Operation::less) == lt &&
           says(Operation::greater_or_equal) == ge && says(Operation::less_or_equal) == le;
  };
  constexpr Verdict kYes = Verdict::yes;
  constexpr Verdict kNo = Verdict::no;
  constexpr Verdict kError = Verdict::error;
  return is(kNo, kYes, kNo, kYes, kNo, kYes)                  ? '<'
         : is(kYes, kNo, kNo, kNo, kYes, kYes)                ? '='
         : is(kNo, kYes, kYes, kNo, kYes, kNo)                ? '>'
         : is(kError, kError, kError, kError, kError, kError) ? '!'
                                                              : '?';
}

char mirrored(char sign) {
  return sign == '<' ? '>' : sign == '>' ? '<' : sign;
}

struct Ordered {
  std::string_view found;
  char sign;
  std::string_view wanted;
};

void check_order(Datatype datatype, std::initializer_list<Ordered> rows) {
  for (const Ordered& row : rows) {
    CAPTURE(row.found);
    CAPTURE(row.wanted);
    CHECK(order(datatype, row.found, row.wanted) == row.sign);
    CHECK(order(datatype, row.wanted, row.found) == mirrored(row.sign));
  }
}

}  // namespace

TEST_CASE("each datatype has its operations, and every other one is an error") {
  const auto has = [](Datatype datatype, Operation operation) {
    const bool equality = operation == Operation::equals || operation == Operation::not_equal;
    const bool ordered = equality || operation == Operation::greater ||
                         operation == Operation::less || operation == Operation::greater_or_equal ||
                         operation == Operation::less_or_equal;
    const bool bits = operation == Operation::bitwise_and || operation == Operation::bitwise_or;
    const bool sets = operation == Operation::subset_of || operation == Operation::superset_of;
    switch (datatype) {
      case Datatype::string:
        return equality || operation == Operation::case_insensitive_equals ||
               operation == Operation::case_insensitive_not_equal ||
               operation == Operation::pattern_match;
      case Datatype::integer:
        return ordered || bits;
      case Datatype::boolean:
      case Datatype::binary:
        return equality;
      case Datatype::ipv4_address:
      case Datatype::ipv6_address:
        return ordered || sets;
      case Datatype::record:
        return false;
      default:
        return ordered;
    }
  };
  for (const Datatype datatype : kDatatypes) {
    const std::string_view value = datatype == Datatype::boolean        ? "true"
                                   : datatype == Datatype::ipv4_address ? "10.0.0.1"
                                   : datatype == Datatype::ipv6_address ? "fe80::1"
                                                                        : "10";
    for (const Operation operation : kOperations) {
      CAPTURE(scap::word_of(datatype));
      CAPTURE(scap::word_of(operation));
      const Verdict verdict = judge(datatype, operation, value, value);
      CHECK((verdict != Verdict::error) == has(datatype, operation));
      // Each is compared with itself, so what can be answered is known.
      const bool yes =
          operation == Operation::equals || operation == Operation::case_insensitive_equals ||
          operation == Operation::greater_or_equal || operation == Operation::less_or_equal ||
          operation == Operation::bitwise_and || operation == Operation::bitwise_or ||
          operation == Operation::pattern_match || operation == Operation::subset_of ||
          operation == Operation::superset_of;
      if (verdict != Verdict::error) {
        CHECK(verdict == (yes ? Verdict::yes : Verdict::no));
      }
    }
  }
}

TEST_CASE("what is no value of its datatype is an error, and never yes or no") {
  const std::string_view nul("10.0.0.1\0x", 10);

  struct Bad {
    Datatype datatype;
    std::string_view good;
    std::vector<std::string_view> bad;
  };

  const Bad rows[] = {
      {Datatype::integer, "5", {"", "x", "5x", "0x5", "5.0", "+-5", "-+5", "--5", "+", "-", "1 2"}},
      {Datatype::floating, "5", {"", "x", "5x", "1e999", "nan", "+-5", ".", "1,5"}},
      {Datatype::boolean, "true", {"", "TRUE", "yes", "2", "bogus"}},
      {Datatype::binary, "0a", {"a", "xx", "0a0", "0x0a"}},
      {Datatype::version, "1.2", {"", "abc", "."}},
      {Datatype::fileset_revision, "1.2", {"", "abc"}},
      {Datatype::evr, "0:1-1", {"", ":", "x:1-1", "-1"}},
      {Datatype::debian_evr, "0:1-1", {"", ":", "x:1-1", "-1"}},
      {Datatype::ios_version, "12.2(13)T", {"", "abc"}},
      {Datatype::ipv4_address,
       "10.0.0.1",
       {"",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.1/33",
        "10.0.0.1/-1",
        "10.0.0.1/",
        "10.0.0.1/x",
        "10.0.0.1/255.0.255.0",
        "fe80::1",
        nul}},
      {Datatype::ipv6_address,
       "fe80::1",
       {"", "fe80", "fe80::1/129", "fe80::1/", "10.0.0.1", "fe80::1::2"}},
  };
  for (const Bad& row : rows) {
    for (const std::string_view bad : row.bad) {
      for (const Operation operation : kOperations) {
        CAPTURE(scap::word_of(row.datatype));
        CAPTURE(scap::word_of(operation));
        CAPTURE(bad);
        CHECK(judge(row.datatype, operation, bad, row.good) == Verdict::error);
        CHECK(judge(row.datatype, operation, row.good, bad) == Verdict::error);
        CHECK(judge(row.datatype, operation, bad, bad) == Verdict::error);
      }
    }
    CHECK(judge(row.datatype, Operation::equals, row.good, row.good) == Verdict::yes);
  }
}

TEST_CASE("strings are compared octet by octet, or without the case of ASCII letters") {
  const auto says = [](Operation operation, std::string_view found, std::string_view wanted) {
    return judge(Datatype::string, operation, found, wanted);
  };
  CHECK(says(Operation::equals, "a", "a") == Verdict::yes);
  CHECK(says(Operation::equals, "a", "A") == Verdict::no);
  CHECK(says(Operation::equals, "a", "a ") == Verdict::no);
  CHECK(says(Operation::not_equal, "a", "A") == Verdict::yes);
  CHECK(says(Operation::not_equal, "a", "a") == Verdict::no);
  CHECK(says(Operation::case_insensitive_equals, "aBc", "AbC") == Verdict::yes);
  CHECK(says(Operation::case_insensitive_equals, "abc", "abcd") == Verdict::no);
  CHECK(says(Operation::case_insensitive_equals, "\xC3\xA9", "\xC3\x89") == Verdict::no);
  CHECK(says(Operation::case_insensitive_not_equal, "a", "A") == Verdict::no);
  CHECK(says(Operation::case_insensitive_not_equal, "a", "b") == Verdict::yes);
  CHECK(says(Operation::equals, std::string_view("a\0b", 3), "a") == Verdict::no);
}

TEST_CASE("a pattern is looked for anywhere, and one that is none is an error") {
  const auto says = [](std::string_view found, std::string_view wanted) {
    return judge(Datatype::string, Operation::pattern_match, found, wanted);
  };
  CHECK(says("abc", "b") == Verdict::yes);
  CHECK(says("abc", "^b") == Verdict::no);
  CHECK(says("abc", "(") == Verdict::error);
  CHECK(says(std::string(40, 'a') + "b", "^(a+)+$") == Verdict::error);
}

TEST_CASE("numbers and booleans that were found as such are compared as their texts too") {
  CHECK(
      judge(Datatype::string, Operation::equals, ItemValue::of_integer(-7), ItemValue::of("-7")) ==
      Verdict::yes);
  CHECK(judge(Datatype::string,
              Operation::equals,
              ItemValue::of_boolean(true),
              ItemValue::of("true")) == Verdict::yes);
  CHECK(judge(Datatype::string,
              Operation::pattern_match,
              ItemValue::of_integer(644),
              ItemValue::of("^6")) == Verdict::yes);
  CHECK(judge(Datatype::integer,
              Operation::equals,
              ItemValue::of_integer(8),
              ItemValue::of_integer(8)) == Verdict::yes);
  CHECK(
      judge(Datatype::floating, Operation::less, ItemValue::of_integer(8), ItemValue::of("8.5")) ==
      Verdict::yes);
  CHECK(judge(Datatype::boolean,
              Operation::equals,
              ItemValue::of_integer(1),
              ItemValue::of("true")) == Verdict::yes);
  CHECK(judge(Datatype::version, Operation::less, ItemValue::of_integer(8), ItemValue::of("8.1")) ==
        Verdict::yes);
  CHECK(judge(Datatype::ipv4_address,
              Operation::not_equal,
              ItemValue::of_integer(8),
              ItemValue::of("10.0.0.1")) == Verdict::error);
  CHECK(judge(Datatype::binary,
              Operation::not_equal,
              ItemValue::of_boolean(true),
              ItemValue::of("0a")) == Verdict::error);
}

TEST_CASE("whole numbers are ordered by their value, of any length") {
  check_order(Datatype::integer,
              {{"5", '=', "5"},
               {"5", '=', "05"},
               {" 5", '=', "5 "},
               {"+5", '=', "5"},
               {"-0", '=', "0"},
               {"-5", '<', "5"},
               {"-5", '>', "-6"},
               {"9", '<', "10"},
               {"9223372036854775807", '<', "9223372036854775808"},
               {"-9223372036854775808", '>', "-9223372036854775809"},
               {"18446744073709551616", '>', "18446744073709551615"},
               {"18446744073709551616", '=', "0018446744073709551616"},
               {"-18446744073709551616", '<', "1"},
               {"99999999999999999999", '<', "100000000000000000000"},
               {"+99999999999999999999", '=', "99999999999999999999"},
               {"5", '!', "+-99999999999999999999"}});
}

TEST_CASE("bits are asked for: and means all wanted are there, or that no others are") {
  const auto says = [](Operation operation, std::int64_t found, std::int64_t wanted) {
    return judge(
        Datatype::integer, operation, ItemValue::of_integer(found), ItemValue::of_integer(wanted));
  };
  for (std::int64_t found = 0; found < 16; ++found) {
    for (std::int64_t wanted = 0; wanted < 16; ++wanted) {
      bool all = true;
      bool none_other = true;
      for (std::int64_t bit = 1; bit < 16; bit *= 2) {
        const bool has = found / bit % 2 == 1;
        const bool asked = wanted / bit % 2 == 1;
        all = all && (!asked || has);
        none_other = none_other && (!has || asked);
      }
      CHECK((says(Operation::bitwise_and, found, wanted) == Verdict::yes) == all);
      CHECK((says(Operation::bitwise_or, found, wanted) == Verdict::yes) == none_other);
    }
  }
  CHECK(judge(Datatype::integer, Operation::bitwise_and, "99999999999999999999", "1") ==
        Verdict::error);
}

TEST_CASE("floats are ordered by their value") {
  check_order(Datatype::floating,
              {{"1.5", '=', "1.50"},
               {" 1.5 ", '=', "15e-1"},
               {"+1.5", '=', "1.5"},
               {"-1.5", '<', "0"},
               {"1.5", '>', "1.49"},
               {"2", '=', "2.0"},
               {"1e10", '>', "9999999999"}});
}

TEST_CASE("true and 1 are one boolean, false and 0 the other") {
  for (const std::string_view yes : {"true", "1"}) {
    for (const std::string_view no : {"false", "0"}) {
      CHECK(judge(Datatype::boolean, Operation::equals, yes, no) == Verdict::no);
      CHECK(judge(Datatype::boolean, Operation::not_equal, yes, no) == Verdict::yes);
      CHECK(judge(Datatype::boolean, Operation::equals, no, "false") == Verdict::yes);
    }
    CHECK(judge(Datatype::boolean, Operation::equals, yes, "true") == Verdict::yes);
    CHECK(judge(Datatype::boolean, Operation::not_equal, yes, "1") == Verdict::no);
  }
}

TEST_CASE("binary values are octets in hexadecimal of any case") {
  CHECK(judge(Datatype::binary, Operation::equals, "0aFF", "0Aff") == Verdict::yes);
  CHECK(judge(Datatype::binary, Operation::equals, "0aFF", "0a") == Verdict::no);
  CHECK(judge(Datatype::binary, Operation::not_equal, "0a", "0b") == Verdict::yes);
}

TEST_CASE("versions are their numbers, and a missing one is 0") {
  for (const Datatype datatype : {Datatype::version, Datatype::fileset_revision}) {
    check_order(datatype,
                {{"1.2", '=', "1.2.0"},
                 {"1.2", '=', "1-2"},
                 {"1a2", '=', "1.2"},
                 {"1.02", '=', "1.2"},
                 {"1.9", '<', "1.10"},
                 {"2", '>', "1.99.99"},
                 {"1.2.3", '>', "1.2"},
                 {"1.18446744073709551617", '>', "1.1"}});
  }
}

TEST_CASE("rpm versions are ordered as rpm orders them") {
  // From rpm's own tests of rpmvercmp.
  check_order(Datatype::evr,
              {{"1.0", '=', "1.0"},
               {"1.0", '<', "2.0"},
               {"2.0.1", '=', "2.0.1"},
               {"2.0", '<', "2.0.1"},
               {"2.0.1a", '>', "2.0.1"},
               {"5.5p1", '<', "5.5p2"},
               {"5.5p10", '>', "5.5p1"},
               {"10xyz", '<', "10.1xyz"},
               {"xyz10", '<', "xyz10.1"},
               {"xyz.4", '<', "8"},
               {"xyz.4", '<', "2"},
               {"5.5p2", '<', "5.6p1"},
               {"6.5p1", '>', "5.6p1"},
               {"6.0.rc1", '>', "6.0"},
               {"10b2", '>', "10a1"},
               {"1.0aa", '=', "1.0aa"},
               {"1.0a", '<', "1.0aa"},
               {"10.0001", '=', "10.1"},
               {"10.0001", '<', "10.0039"},
               {"4.999.9", '<', "5.0"},
               {"20101121", '=', "20101121"},
               {"2_0", '=', "2.0"},
               {"a+", '=', "a_"},
               {"1.0~rc1", '<', "1.0"},
               {"1.0~rc1", '<', "1.0~rc2"},
               {"1.0~rc1~git1", '<', "1.0~rc1"},
               {"1.0^", '>', "1.0"},
               {"1.0^git1", '<', "1.01"},
               {"1.0^20160102", '<', "1.0.1"},
               {"1.0^git1", '<', "1.0^git2"},
               {"1.0~rc1^git1", '>', "1.0~rc1"},
               {"1.0^git1~pre", '<', "1.0^git1"}});
}

TEST_CASE("an epoch goes before the version, the release behind it") {
  check_order(Datatype::evr,
              {{"1:1-1", '>', "0:9-9"},
               {"0:1-1", '=', "1-1"},
               {":1-1", '=', "0:1-1"},
               {"(none):1-1", '=', "0:1-1"},
               {"0:1-2", '>', "0:1-1"},
               {"0:1-1", '>', "0:1"},
               {"0:1-1~x", '<', "0:1-1"},
               {"10:1-1", '>', "9:1-1"}});
}

TEST_CASE("Debian versions are ordered as the policy says") {
  check_order(Datatype::debian_evr,
              {{"1.0-1", '=', "0:1.0-1"},
               {"1:0.1", '>', "9.9"},
               {"1.0", '=', "1.0-0"},
               {"1.0~rc1-1", '<', "1.0-1"},
               {"1.0~~", '<', "1.0~"},
               {"1.0~~a", '>', "1.0~~"},
               {"1.0a", '>', "1.0"},
               {"1.0+b1", '>', "1.0"},
               {"1.0+b1", '>', "1.0a"},
               {"1.0.", '>', "1.0"},
               {"abc", '>', "1.0"},
               {"1.9", '<', "1.10"},
               {"1.01", '=', "1.1"},
               {"1-2-3", '<', "1-10-1"},
               {"1.0-1", '<', "1.0-1.1"},
               {"1.0-1+deb12u1", '>', "1.0-1"},
               {"1.0-1~bpo1", '<', "1.0-1"}});
}

TEST_CASE("releases of IOS have numbers and letters") {
  check_order(
      Datatype::ios_version,
      {{"12.2(13)T3", '=', "12.2(13)T3"}, {"12.2(9)T", '<', "12.2(13)T"}, {"12.2", '<', "12.3"}});
}

TEST_CASE("addresses are equal with their mask, however that is written") {
  const auto four = [](Operation operation, std::string_view found, std::string_view wanted) {
    return judge(Datatype::ipv4_address, operation, found, wanted);
  };
  CHECK(four(Operation::equals, "10.0.0.1/255.0.0.0", "10.0.0.1/8") == Verdict::yes);
  CHECK(four(Operation::equals, "10.0.0.1", "10.0.0.1/32") == Verdict::yes);
  CHECK(four(Operation::equals, "10.0.0.1", "10.0.0.2") == Verdict::no);
  CHECK(four(Operation::equals, "10.0.0.0/8", "10.0.0.0/9") == Verdict::no);
  CHECK(four(Operation::not_equal, "10.0.0.0/8", "10.0.0.0/9") == Verdict::yes);
  const auto six = [](Operation operation, std::string_view found, std::string_view wanted) {
    return judge(Datatype::ipv6_address, operation, found, wanted);
  };
  CHECK(six(Operation::equals, "FE80::1", "fe80:0:0::1") == Verdict::yes);
  CHECK(six(Operation::equals, "fe80::1/ffff::", "fe80::1/16") == Verdict::yes);
  CHECK(six(Operation::not_equal, "fe80::1", "fe80::2") == Verdict::yes);
}

TEST_CASE("a network is subset of those that hold it, and superset of those that it holds") {
  struct Row {
    Datatype datatype;
    std::string_view found;
    std::string_view wanted;
    bool subset;
    bool superset;
  };

  constexpr Datatype kFour = Datatype::ipv4_address;
  constexpr Datatype kSix = Datatype::ipv6_address;
  constexpr Row kRows[] = {
      {kFour, "10.1.2.3", "10.0.0.0/8", true, false},
      {kFour, "10.0.0.0/8", "10.1.2.3", false, true},
      {kFour, "10.0.0.0/8", "10.0.0.0/8", true, true},
      {kFour, "10.0.0.0/8", "0.0.0.0/0", true, false},
      {kFour, "11.0.0.0/16", "10.0.0.0/8", false, false},
      {kFour, "10.0.0.0/8", "10.0.0.0/9", false, true},
      {kFour, "10.128.0.0/9", "10.0.0.0/9", false, false},
      {kSix, "fe80::1", "fe80::/10", true, false},
      {kSix, "fe80::/10", "fe80::1", false, true},
      {kSix, "2001:db8::1", "fe80::/10", false, false},
      {kSix, "2001:db8:0:1::/64", "2001:db8::/32", true, false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.found);
    CAPTURE(row.wanted);
    CHECK(judge(row.datatype, Operation::subset_of, row.found, row.wanted) ==
          (row.subset ? Verdict::yes : Verdict::no));
    CHECK(judge(row.datatype, Operation::superset_of, row.found, row.wanted) ==
          (row.superset ? Verdict::yes : Verdict::no));
  }
}

TEST_CASE("addresses of one mask are ordered, others have no order") {
  check_order(Datatype::ipv4_address,
              {{"10.0.0.1", '<', "10.0.0.2"}, {"9.255.255.255", '<', "10.0.0.0"}});
  check_order(Datatype::ipv6_address, {{"fe80::1", '<', "fe80::1:0"}});
  CHECK(judge(Datatype::ipv4_address, Operation::less, "10.0.0.0/8", "10.0.0.0/9") ==
        Verdict::error);
}

TEST_CASE("values are written as documents have them, and equal when they are written alike") {
  CHECK(ItemValue::of_integer(-12).written() == "-12");
  CHECK(ItemValue::of_boolean(true).written() == "true");
  CHECK(ItemValue::of_boolean(false).written() == "false");
  CHECK(ItemValue::of("x").written() == "x");
  CHECK(ItemValue::of_integer(1) == ItemValue::of("1"));
  CHECK_FALSE(ItemValue::of_integer(1) == ItemValue::of_boolean(true));
  CHECK_FALSE(ItemValue::of_integer(1) == ItemValue::of("01"));
}

TEST_CASE("the orders of versions are orders: antisymmetric, transitive, and equal to themselves") {
  const std::string letters = "0129aZ.~^-:+";
  for (const auto& compared : {compare_evr, compare_debian_evr}) {
    std::vector<std::string> texts;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      fuzz::Choices choices(fuzz::octets_of(seed, 16));
      std::string text = "1";
      for (std::size_t left = choices.below(6); left > 0; --left) {
        text += letters[choices.below(letters.size() - 2)];  // one epoch, added below
      }
      texts.push_back(choices.flag() ? "1:" + text : text);
    }
    for (const std::string& a : texts) {
      CHECK(compared(a, a) == 0);
      for (const std::string& b : texts) {
        const int order = compared(a, b);
        CHECK_MESSAGE(order == -compared(b, a), a, " and ", b);
        for (const std::string& c : texts) {
          if (order <= 0 && compared(b, c) <= 0) {
            CHECK_MESSAGE(compared(a, c) <= 0, a, " to ", b, " to ", c);
          }
        }
      }
    }
  }
}
