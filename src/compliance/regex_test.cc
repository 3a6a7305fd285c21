#include "compliance/regex.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/fuzz/choices.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

Matched search(std::string_view pattern, std::string_view subject, RegexOptions options = {}) {
  return Regex::compile(pattern, options).value().search(subject);
}

Matched partial(std::string_view pattern, std::string_view subject) {
  return Regex::compile(pattern).value().partial(subject);
}

}  // namespace

TEST_CASE("an expression matches anywhere unless it is anchored") {
  CHECK(search("b+", "abbc") == Matched::yes);
  CHECK(search("^b+", "abbc") == Matched::no);
  CHECK(search("c$", "abbc\n") == Matched::yes);
  CHECK(search("", "") == Matched::yes);
  CHECK(search("a", "") == Matched::no);
}

TEST_CASE("each option changes what it says, and nothing else") {
  CHECK(search("ROOT", "root") == Matched::no);
  CHECK(search("ROOT", "root", {.ignore_case = true}) == Matched::yes);
  CHECK(search("^b$", "a\nb\nc") == Matched::no);
  CHECK(search("^b$", "a\nb\nc", {.multiline = true}) == Matched::yes);
  CHECK(search("a.b", "a\nb", {.multiline = true}) == Matched::no);
  CHECK(search("a.b", "a\nb", {.singleline = true}) == Matched::yes);
  CHECK(search("^b", "a\nb", {.singleline = true}) == Matched::no);
}

TEST_CASE("a carriage return is a character like others") {
  CHECK(search("^a$", "a\r\nb", {.multiline = true}) == Matched::no);
  CHECK(search("^a.$", "a\r\nb", {.multiline = true}) == Matched::yes);
}

TEST_CASE("words and digits are those of ASCII") {
  CHECK(search("^\\w$", "\xC3\xA9") == Matched::no);
  CHECK(search("^.$", "\xC3\xA9") == Matched::yes);
}

TEST_CASE("groups that took no part are not set, also at the end") {
  const Regex regex = Regex::compile("(a)|(b)(c)?").value();
  CHECK(regex.group_count() == 3);
  std::vector<Capture> groups;
  REQUIRE(regex.search("xb", 0, &groups) == Matched::yes);
  REQUIRE(groups.size() == 4);
  CHECK(groups[0] == "b");
  CHECK_FALSE(groups[1].has_value());
  CHECK(groups[2] == "b");
  CHECK_FALSE(groups[3].has_value());
  REQUIRE(regex.search("xa", 0, &groups) == Matched::yes);
  CHECK(groups == std::vector<Capture>{"a", "a", std::nullopt, std::nullopt});
}

TEST_CASE("a group that matched nothing is set and empty") {
  std::vector<Capture> groups;
  REQUIRE(Regex::compile("a(b*)").value().search("a", 0, &groups) == Matched::yes);
  CHECK(groups[1] == "");
}

TEST_CASE("a search from an offset sees what stands before it") {
  const Regex behind = Regex::compile("(?<=a)b").value();
  CHECK(behind.search("ab", 1) == Matched::yes);
  CHECK(Regex::compile("^b").value().search("ab", 1) == Matched::no);
  CHECK(Regex::compile("a").value().search("ab", 1) == Matched::no);
  CHECK(Regex::compile("$").value().search("ab", 2) == Matched::yes);
}

TEST_CASE("a subject that is no text is looked through octet by octet") {
  CHECK(search("b",
               "a\xFF"
               "b") == Matched::yes);
  CHECK(search("a.b",
               "a\xFF"
               "b") == Matched::yes);
  CHECK(search("c",
               "a\xFF"
               "b") == Matched::no);
}

TEST_CASE("an octet that is no text hides neither its line nor another") {
  const auto regex = Regex::compile("^Debug.*$", {.multiline = true});
  REQUIRE(regex);
  for (const char* text : {"Debug yes # caf\xe9\n", "# \xff\nDebug yes\n", "Debug \xc0\x80\n"}) {
    CAPTURE(text);
    std::vector<Capture> groups;
    REQUIRE(regex->search(text, 0, &groups) == Matched::yes);
    CHECK(groups[0]->starts_with("Debug"));
  }
  CHECK(regex->search("Quiet \xff\n") == Matched::no);
}

TEST_CASE("an expression that has no meaning for octets fails on them, and is no miss") {
  const auto regex = Regex::compile("\\x{1F512}");
  REQUIRE(regex);
  CHECK(regex->search("lock") == Matched::no);
  CHECK(regex->search("lock \xff") == Matched::failed);
}

TEST_CASE("a NUL octet is part of the subject and of the pattern") {
  const std::string_view subject("a\0b", 3);
  CHECK(search("b", subject) == Matched::yes);
  CHECK(search(std::string_view("\0b", 2), subject) == Matched::yes);
  CHECK(search("^a$", subject) == Matched::no);
}

TEST_CASE("an expression that goes back and forth for ever failed, and never says no") {
  const std::string many = std::string(40, 'a') + "b";
  CHECK(search("^(a+)+$", many) == Matched::failed);
  CHECK(search("^(a|aa)+$", many) == Matched::failed);
  CHECK(search("^(a|a)*$", many) == Matched::failed);
  // The same as machine code, which comes with long subjects.
  CHECK(search("^(a+)+$", std::string(5000, 'a') + "b") == Matched::failed);
  CHECK(search("^(a+)+$", std::string(5000, 'a')) == Matched::yes);
}

TEST_CASE("machine code finds what is found without") {
  const Regex regex = Regex::compile("^key=(\\d+)$", {.multiline = true}).value();
  std::string subject = "key=12\n";
  std::vector<Capture> groups;
  for (int i = 0; i < 40; ++i) {  // it is made after some uses
    REQUIRE(regex.search(subject, 0, &groups) == Matched::yes);
    CHECK(groups[1] == "12");
    CHECK(regex.search("key=x") == Matched::no);
  }
}

TEST_CASE("partial says whether more text could make a match") {
  CHECK(partial("^/etc/ssh/x$", "/etc/") == Matched::partly);
  CHECK(partial("^/etc/ssh/x$", "/usr/") == Matched::no);
  CHECK(partial("^/etc/", "/etc/") == Matched::yes);
  CHECK(partial("^/(etc|usr)/x", "/usr/") == Matched::partly);
  CHECK(partial("^/a", "") == Matched::partly);
}

TEST_CASE("partial looks from the beginning of the subject alone") {
  CHECK(partial("/etc/x", "/usr/") == Matched::no);
  CHECK(partial("/etc/x", "/etc/") == Matched::partly);
  CHECK(partial("(?x)^/etc/x$ # the file", "/etc/") == Matched::partly);
  CHECK(partial("/a|/etc/x", "/etc/") == Matched::partly);
}

TEST_CASE("a match that would end before it begins failed") {
  CHECK(search("(?(DEFINE)(?<k>ab\\K))(?=(?&k))", "zzabab") == Matched::failed);
}

TEST_CASE("an odd octet counts also where no search has begun before") {
  const Regex regex = Regex::compile("b", {}).value();
  const std::string subject =
      "ab\xff"
      "b";
  CHECK(regex.search(subject) == Matched::yes);
  CHECK(regex.search(subject, 3) == Matched::yes);
  CHECK(regex.partial("\xff") == Matched::no);
}

TEST_CASE("what is no expression is refused with its place") {
  for (const std::string_view bad : {"(", "[a", "a{2,1}", "*", "(?<n", "\\C", "[z-a]", "(?P>no)"}) {
    CAPTURE(bad);
    const auto regex = Regex::compile(bad);
    REQUIRE_FALSE(regex.has_value());
    CHECK(regex.error().code == Errc::bad_regex);
    CHECK(regex.error().where.starts_with("octet "));
  }
  const auto text = Regex::compile("\xFF");
  REQUIRE_FALSE(text.has_value());
  CHECK(text.error().code == Errc::bad_regex);
}

TEST_CASE("an expression of more than 64 KiB is refused, one of some thousand octets is not") {
  CHECK(Regex::compile(std::string(30'000, 'a')).has_value());
  const auto longer = Regex::compile(std::string(65'537, 'a'));
  REQUIRE_FALSE(longer.has_value());
  CHECK(longer.error().code == Errc::too_large);
}

TEST_CASE("the cache gives one expression for one pattern with the same options") {
  RegexCache cache;
  const auto first = cache.get("a").value();
  CHECK(cache.get("a").value() == first);
  CHECK(cache.get("b").value() != first);
  const auto without_case = cache.get("a", {.ignore_case = true}).value();
  CHECK(without_case != first);
  CHECK(without_case->search("A") == Matched::yes);
  CHECK(first->search("A") == Matched::no);
  CHECK(cache.get("(").error().code == Errc::bad_regex);
}

TEST_CASE("a full cache starts anew and what was taken stays") {
  RegexCache cache;
  const auto first = cache.get("first").value();
  for (int i = 0; i < 9000; ++i) {
    REQUIRE(cache.get("p" + std::to_string(i)).has_value());
  }
  CHECK(first->search("first") == Matched::yes);
  CHECK(cache.get("first").value() != first);
}

TEST_CASE("the literal prefix is what every match must begin with") {
  struct Row {
    std::string_view pattern;
    std::string_view prefix;
  };

  constexpr Row kRows[] = {
      {"^/etc/ssh/.*\\.conf$", "/etc/ssh/"},
      {"^/etc/a\\.b$", "/etc/a.b"},
      {"/etc/ssh", ""},       // may match anywhere
      {"^/etc|/usr", ""},     // either
      {"^/(etc|usr)/", "/"},  // either within a group
      {"^/a[|]b", "/a"},      // a character of a class
      {"^/a\\|b", "/a|b"},
      {"^ab*", "a"},
      {"^ab?c", "a"},
      {"^ab{0,1}", "a"},
      {"^ab+c", "ab"},
      {"^a\\.?", "a"},
      {"^a\\d", "a"},
      {"^a\\x41", "a"},
      {"^/a\\Qb|c\\E", ""},
      {"^", ""},
      {"", ""},
      {"^\\", ""},
      {"^a$b", "a"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.pattern);
    CHECK(literal_prefix(row.pattern) == row.prefix);
  }
}

TEST_CASE("a match certainly begins at the start only when each branch says so") {
  for (const std::string_view pattern :
       {"^", "^/etc/.*", "^/a|^/b", "^/(a|b)", "^/a[|]b", "^/a\\|b", "^/a[]|]b", "^(/a|/b)$"}) {
    CAPTURE(pattern);
    CHECK(begins_at_start(pattern));
  }
  for (const std::string_view pattern : {"",
                                         "etc",
                                         ".*",
                                         "(^|/)a",
                                         "(^/a)",
                                         "^/a|b",
                                         "b|^/a",
                                         "^/a|",
                                         "\\^a",
                                         "[^]a",
                                         "^*a",
                                         "^?a",
                                         "^{0,1}a",
                                         "(?m)^a",
                                         "^/a[x^]|/b",
                                         "^/a(?#[)|/b",
                                         "^/a\\Q[\\E|/b"}) {
    CAPTURE(pattern);
    CHECK_FALSE(begins_at_start(pattern));
  }
}

TEST_CASE("a branch behind a class, a comment or a quoted character is still a branch") {
  for (const std::string_view pattern : {"^/a[x^]|/b",
                                         "^/a[[]|/b",
                                         "^/a[]x]|/b",
                                         "^/a[^]]|/b",
                                         "^/a[[:alpha:](]|/b",
                                         "^/a(?#[)|/b",
                                         "^/a(?x:#(\n)|/b",
                                         "^/a\\c[|/b"}) {
    CAPTURE(pattern);
    CHECK(literal_prefix(pattern).empty());
    CHECK(search(pattern, "/b") == Matched::yes);
  }
}

TEST_CASE("a character of several octets may be absent as a whole") {
  CHECK(literal_prefix("^/a/\xC3\xA9*") == "/a/");
  CHECK(literal_prefix("^/a/\xE2\x82\xAC?x") == "/a/");
  CHECK(literal_prefix("^/a/\xC3\xA9") == "/a/\xC3\xA9");
}

TEST_CASE("no match of any pattern begins otherwise than its literal prefix") {
  const std::vector<std::string> parts = {"/",  "a",  "b",    "\\.", "[ab|]", "[^a]", "(",  ")",
                                          "|",  "*",  "?",    "+",   ".",     "$",    "^",  "\\d",
                                          "[[", "]]", "(?:a", "{2}", "[]]",   "\\|",  "/b", "[^]]"};
  const std::vector<std::string> letters = {"/", "a", "b", ".", "|", "]", "[", "1"};
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    fuzz::Choices choices(fuzz::octets_of(seed, 80));
    std::string pattern = "^";
    for (std::size_t i = 1 + choices.below(8); i > 0; --i) {
      pattern += choices.one_of(parts);
    }
    const auto regex = Regex::compile(pattern);
    if (!regex) {
      continue;
    }
    const std::string prefix = literal_prefix(pattern);
    for (int i = 0; i < 8; ++i) {
      std::string subject;
      for (std::size_t left = choices.below(6); left > 0; --left) {
        subject += choices.one_of(letters);
      }
      if (regex->search(subject) == Matched::yes) {
        ++compared;
        CHECK_MESSAGE(subject.starts_with(prefix), pattern, " matches ", subject);
      }
    }
  }
  CHECK(compared > 1000);
}
