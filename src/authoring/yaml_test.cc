#include "authoring/yaml.h"

#include <chrono>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

std::string refusal(std::string_view text) {
  const auto node = parse_yaml(text, "f.yaml");
  return node ? "" : node.error().where + " " + node.error().what;
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

}  // namespace

TEST_CASE("a document becomes a tree with places") {
  const auto root = parse_yaml("# note\na: {b: \"4\", c: yes}\nlist:\n- x\n- |\n  y\n  z\n", "f");
  REQUIRE(root.has_value());
  REQUIRE(root->kind == NodeKind::map);
  REQUIRE(root->items.size() == 4);
  CHECK(root->items[0].text == "a");
  CHECK(root->items[0].place == Place{2, 1});
  const Node& a = root->items[1];
  REQUIRE(a.items.size() == 4);
  CHECK(a.items[1].text == "4");
  CHECK(a.items[1].quoted);
  CHECK(a.items[1].place == Place{2, 8});
  CHECK(a.items[3].text == "yes");
  CHECK_FALSE(a.items[3].quoted);
  const Node& list = root->items[3];
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[1].text == "y\nz\n");
  CHECK(list.items[1].quoted);
}

TEST_CASE("columns count characters") {
  CHECK(refusal("é: ä\nöö: *x\n").starts_with("f.yaml:2:5 an alias"));
}

TEST_CASE("a value that is absent has the place of its key") {
  const auto root = parse_yaml("a:\nb: ~\n", "f");
  REQUIRE(root.has_value());
  CHECK(root->items[1].kind == NodeKind::null);
  CHECK(root->items[1].place == Place{1, 1});
  CHECK(root->items[3].place == Place{2, 1});
}

TEST_CASE("a leading document mark and an end mark are accepted") {
  CHECK(refusal("---\na: 1\n...\n").empty());
}

TEST_CASE("what makes YAML more than text, lists and maps is refused with its place") {
  CHECK(refusal("a: &x 1\n") == "f.yaml:1:4 an anchor (&); write each value where it is used");
  CHECK(refusal("a: &x\nb: 1\n").find("an anchor") != std::string::npos);
  CHECK(refusal("a: &x {b: 1}\n").find("an anchor") != std::string::npos);
  CHECK(refusal("a: *x\n") == "f.yaml:1:4 an alias (*); write the value out");
  CHECK(refusal("<<: {a: 1}\n") == "f.yaml:1:1 a merge key (<<); write the fields out");
  CHECK(refusal("a: !!str 1\n").starts_with("f.yaml:1:4 a tag"));
  CHECK(refusal("a: ! 1\n").starts_with("f.yaml:1:4 a tag"));
  CHECK(refusal("a: !<?> 1\n").starts_with("f.yaml:1:4 a tag"));
  CHECK(refusal("a: !x {}\n").starts_with("f.yaml:1:4 a tag"));
  CHECK(refusal("a: !x []\n").starts_with("f.yaml:1:4 a tag"));
  CHECK(refusal("%YAML 1.1\n---\na: 1\n") == "f.yaml:1:1 a directive (%); only plain YAML is read");
  CHECK(refusal("a: 1\n---\nb: 2\n").find("a second document") != std::string::npos);
  CHECK(refusal("{a: 1}: 2\n") == "f.yaml:1:1 a key that is not a text");
  CHECK(refusal("? [a]\n: 2\n").find("a key that is not a text") != std::string::npos);
  CHECK(refusal("~: 2\n").find("a key that is not a text") != std::string::npos);
  CHECK(refusal("").ends_with("the file is empty"));
  CHECK(refusal("# nothing\n").ends_with("the file is empty"));
}

TEST_CASE("a key that stands twice is refused with both lines") {
  CHECK(refusal("a: 1\nb: 2\n\"a\": 3\n") ==
        "f.yaml:3:1 the key 'a' stands twice; first in line 1");
}

TEST_CASE("tabs, carriage returns, byte order marks and binary are refused with their place") {
  CHECK(refusal("a:\n\tb: 1\n").starts_with("f.yaml:2:1 a tab; indent with spaces"));
  CHECK(refusal("a:\t1\n").starts_with("f.yaml:1:3 a tab"));
  CHECK(refusal("a: 1\r\n").starts_with("f.yaml:1:5 a carriage return"));
  CHECK(refusal("\xef\xbb\xbf"
                "a: 1\n")
            .starts_with("f.yaml:1:1 the file begins with a byte"));
  CHECK(refusal(std::string_view("a: \0\n", 5)) == "f.yaml:1:4 this is not text in UTF-8: 0x00");
  CHECK(refusal("a: \x04\n").find("0x04") != std::string::npos);
  CHECK(refusal("\x7f"
                "ELF\x02\x01")
            .starts_with("f.yaml:1:1 this is not text"));
  CHECK(refusal("a: \xff\xfe\n").starts_with("f.yaml:1:4 this is not text"));
  CHECK(refusal("a: \xed\xa0\x80\n").starts_with("f.yaml:1:4 this is not text"));
  CHECK(refusal("a: \xc3").starts_with("f.yaml:1:4 this is not text"));
  CHECK(refusal(std::string_view("\xff\xfe"
                                 "a\0:\0",
                                 6))
            .starts_with("f.yaml:1:1"));
}

TEST_CASE("an escape cannot bring in what the bytes may not hold") {
  CHECK(refusal("a: \"\\0\"\n").find("may not hold") != std::string::npos);
  CHECK(refusal("a: \"\\x07\"\n").find("may not hold") != std::string::npos);
  CHECK(refusal("a: \"\\ufffe\"\n").find("may not hold") != std::string::npos);
  CHECK(refusal("a: \"\\ud800\"\n").find("not valid YAML") != std::string::npos);
  CHECK(refusal("a: \"\\t\"\n").empty());
}

TEST_CASE("syntax errors carry a place") {
  CHECK(refusal("a: [1, 2\n").find("f.yaml:") == 0);
  CHECK(refusal("a: 1\n b: 2\n").find("f.yaml:2:") == 0);
  CHECK(refusal("a: \"x\n") == "f.yaml:1:4 a quote that is not closed");
  CHECK(refusal("a: 'x''\n") == "f.yaml:1:4 a quote that is not closed");
  CHECK(refusal("a: \"x\\\"\n") == "f.yaml:1:4 a quote that is not closed");
  CHECK(refusal("a: ['', 'it''s', \"\\\"\", \"\\\\\"]\n").empty());
  CHECK(refusal("@\n").find("not valid YAML") != std::string::npos);
}

TEST_CASE("size, depth and number of values are bounded") {
  const auto large = parse_yaml(std::string(kYamlMax + 1, ' '), "f.yaml");
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().code == Errc::too_large);
  CHECK(refusal(std::string(31, '[') + std::string(31, ']')).empty());
  CHECK(refusal(std::string(33, '[') + std::string(33, ']')) ==
        "f.yaml:1:33 nested deeper than 32 levels");
  CHECK(refusal(std::string(500, '[') + std::string(500, ']')).find("nested deeper") !=
        std::string::npos);
  CHECK_FALSE(refusal(std::string(1'000'000, '[')).empty());
  CHECK(refusal(repeated("- ", 1'000'000)).find("nested deeper") != std::string::npos);
  CHECK(refusal(repeated("{a: ", 200) + repeated("}", 200)).find("nested deeper") !=
        std::string::npos);
  CHECK_FALSE(refusal(repeated("{a: ", 250'000)).empty());
  CHECK(refusal(repeated("- a\n", kYamlNodesMax + 1)).find("more than 200000 values") !=
        std::string::npos);
}

TEST_CASE("an alias bomb never expands") {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [" + before + ", " + before + ", " + before + "]\n";
  }
  CHECK(refusal(bomb).starts_with("f.yaml:1:4 an anchor"));
}

TEST_CASE("hostile shapes of a megabyte are judged, each in bounded time") {
  for (const std::string_view part :
       {"\"",       "'",   "[",   "{",      "? ",    "a: ",  "a\n", " \n",   "#",
        "a,",       "[a,", "{a,", "\"\\\n", "a: b,", "[a],", "]",   "a\n\n", "- [{a: b}]\n",
        "\xc3\xa9", "--- "}) {
    CAPTURE(part);
    const std::string text = repeated(part, (1U << 20U) / part.size());
    const auto start = std::chrono::steady_clock::now();
    static_cast<void>(parse_yaml(text, "f.yaml"));
    static_cast<void>(parse_yaml("a: [" + text, "f.yaml"));
    const auto spent = std::chrono::steady_clock::now() - start;
    CHECK(spent < std::chrono::seconds(20));
  }
}
