#include "resources/text_diff.h"

#include <algorithm>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

std::string shown(BytesView a, BytesView b) {
  std::string text;
  for (const DiffLine& line : diff_texts(a, b)) {
    text +=
        line.node + " <" + line.old_value.value_or("") + "> <" + line.new_value.value_or("") + ">|";
  }
  return text;
}

// The new text, made from the old one and what was shown.
std::string replayed(const std::string& old_text, const std::vector<DiffLine>& diff) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < old_text.size();) {
    const std::size_t end = old_text.find('\n', at) + 1;
    lines.push_back(old_text.substr(at, end - at));
    at = end;
  }
  std::string text;
  std::size_t next = 0;
  for (const DiffLine& line : diff) {
    const bool after = line.node.starts_with("after");
    const std::size_t number = std::stoul(line.node.substr(line.node.find_first_of("0123456789")));
    const std::size_t begin = after ? number : number - 1;
    while (next < begin) {
      text += lines[next++];
    }
    if (line.old_value) {
      next += static_cast<std::size_t>(
                  std::count(line.old_value->begin(), line.old_value->end(), '\n')) +
              1;
    }
    if (line.new_value) {
      text += *line.new_value + "\n";
    }
  }
  while (next < lines.size()) {
    text += lines[next++];
  }
  return text;
}

}  // namespace

TEST_CASE("each run of lines that differ is shown with its place in the old text") {
  CHECK(shown("a\nb\nc\n", "a\nB\nc\n") == "line 2 <b> <B>|");
  CHECK(shown("a\nb\nc\nd\n", "a\nx\nd\ne\n") == "lines 2-3 <b\nc> <x>|after line 4 <> <e>|");
  CHECK(shown("", "a\nb\n") == "after line 0 <> <a\nb>|");
  CHECK(shown("a\n", "") == "line 1 <a> <>|");
  CHECK(shown("same\n", "same\n").empty());
}

TEST_CASE("what cannot be shown is told by digest and size") {
  CHECK(shown(std::string("\0\1", 2), "a\n").starts_with("content <sha256:"));
  CHECK(shown("a", "a\n").find("(1 bytes)> <sha256:") != std::string::npos);
  CHECK(shown("", std::string(9'000, 'x') + "\n").starts_with("content <sha256:"));
}

TEST_CASE("what is shown turns the old text into the new one") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same texts in each run
  for (int round = 0; round < 2'000; ++round) {
    std::string a;
    std::string b;
    for (unsigned i = 0; i < random() % 12; ++i) {
      a += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
    }
    for (unsigned i = 0; i < random() % 12; ++i) {
      b += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
    }
    CHECK(replayed(a, diff_texts(a, b)) == b);
  }
}

TEST_CASE("texts that have little in common are one run") {
  std::string a;
  std::string b;
  for (int i = 0; i < 700; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  CHECK(diff_texts("first\n" + a, "first\n" + b).size() == 1);
}
