#include "cli/parse.h"

#include <map>
#include <set>

#include <doctest/doctest.h>

#include "cli/verbs.h"

using namespace twoseal;
using namespace twoseal::cli;

namespace {

Error refused(const std::vector<std::string>& words) {
  const auto request = parse(words);
  REQUIRE(!request);
  CHECK(request.error().code == Errc::usage);
  return request.error();
}

}  // namespace

TEST_CASE("flags may stand before, between and behind the words of a verb") {
  const std::vector<std::vector<std::string>> orders = {
      {"canon", "f.json", "--json", "-o", "x"},
      {"--json", "-o", "x", "canon", "f.json"},
      {"--output=x", "canon", "--json", "f.json"},
      {"-ox", "canon", "--json", "--", "f.json"},
  };
  for (const auto& words : orders) {
    const auto request = parse(words);
    REQUIRE(request);
    REQUIRE(request->verb != nullptr);
    CHECK(request->verb->name == "canon");
    CHECK(request->arguments.text("FILE") == "f.json");
    CHECK(request->flags.output == "x");
    CHECK(request->flags.json == std::vector<std::string>{"*"});
  }
}

TEST_CASE("after two hyphens everything is an operand") {
  const auto request = parse({"canon", "--", "--json"});
  REQUIRE(request);
  CHECK(request->arguments.text("FILE") == "--json");
  CHECK(request->flags.json.empty());
}

TEST_CASE("fields of JSON output are separated by commas") {
  CHECK(parse({"canon", "f", "--json=a,b"})->flags.json == std::vector<std::string>{"a", "b"});
}

TEST_CASE("an unknown verb or flag suggests the nearest one") {
  CHECK(refused({"cannon", "f"}).next == "did you mean: twoseal canon");
  CHECK(refused({"canon", "f", "--qiet"}).next == "did you mean: --quiet");
  CHECK(refused({"qwertyuiop"}).next == "twoseal --help lists every verb");
  CHECK(refused({"canon", "f", "-z"}).next.starts_with("twoseal canon --help"));
}

TEST_CASE("an incomplete or doubled command line is refused") {
  CHECK(refused({}).what == "no verb was given");
  CHECK(refused({"canon"}).what.find("FILE") != std::string::npos);
  CHECK(refused({"canon", "a", "b"}).what.find('b') != std::string::npos);
  refused({"canon", "f", "-o"});
  refused({"canon", "f", "-o", "a", "-o", "b"});
}

TEST_CASE("help and version are answered whatever else is there") {
  CHECK(parse({"--help"})->wish == Wish::help);
  CHECK(parse({"help"})->wish == Wish::help);
  CHECK(parse({"--version"})->wish == Wish::version);
  const auto request = parse({"canon", "--no-such-flag", "-h"});
  REQUIRE(request);
  CHECK(request->wish == Wish::help);
  CHECK(request->verb->name == "canon");
  CHECK(parse({"help", "canon"})->verb->name == "canon");
}

TEST_CASE("a flag of one name takes a value in every verb or in none") {
  std::map<std::string_view, bool> valued;
  for (const Verb* verb : all_verbs()) {
    for (const auto flags : {verb->flags, global_flags()}) {
      for (const Flag& flag : flags) {
        CAPTURE(flag.name);
        CHECK(valued.emplace(flag.name, !flag.value.empty()).first->second == !flag.value.empty());
      }
    }
  }
}

TEST_CASE("every verb is complete and none stands twice") {
  std::set<std::string_view> names;
  for (const Verb* verb : all_verbs()) {
    CAPTURE(verb->name);
    CHECK(names.insert(verb->name).second);
    CHECK(find_verb(verb->name) == verb);
    const bool runs = verb->run != nullptr;
    CHECK(runs);
    CHECK(verb->summary.size() > 10);
    CHECK(!verb->summary.ends_with('.'));
    CHECK(verb->description.size() > 40);
    CHECK(!verb->examples.empty());
    for (const std::string_view example : verb->examples) {
      CHECK(example.find("twoseal " + std::string(verb->name)) != std::string_view::npos);
    }
    std::set<std::string_view> flags;
    for (const Flag& flag : verb->flags) {
      CHECK(flag.name.starts_with("--"));
      CHECK(flags.insert(flag.name).second);
    }
  }
}

TEST_CASE("what a person says with a verb is text, and says something") {
  const std::vector<std::string> reject = {"reject", "CHG-1", "--reason"};
  const auto with = [&](const std::string& reason) {
    std::vector<std::string> words = reject;
    words.push_back(reason);
    return words;
  };
  CHECK(parse(with("the window\nis that of the audit: é")));
  for (const std::string& blank : {std::string(), std::string("  "), std::string("\n\t")}) {
    CHECK(refused(with(blank)).what.find("--reason is blank") != std::string::npos);
  }
  CHECK(refused(with("\x1b[31m")).what.find("--reason holds a control") != std::string::npos);
  CHECK(refused(with("\xff")).what.find("no UTF-8") != std::string::npos);
  CHECK(refused(with(std::string(20'000, 'a'))).what.find("16384") != std::string::npos);
  CHECK(refused({"host", "retire", "web-01", "--reason", ""}).what.find("blank") !=
        std::string::npos);
}
