#include "base/words.h"

#include <algorithm>
#include <functional>
#include <set>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

std::string words_of(std::string_view hex) {
  return digest_words_text(Digest::parse_hex(hex).value());
}

}  // namespace

TEST_CASE("the words stand in ascending order, so all are distinct") {
  const auto& words = word_list();
  CHECK(words.size() == 2048);
  CHECK(std::adjacent_find(words.begin(), words.end(), std::greater_equal<>()) == words.end());
}

TEST_CASE("every word has three to seven letters of a-z") {
  for (const std::string_view word : word_list()) {
    CAPTURE(word);
    CHECK(word.size() >= 3);
    CHECK(word.size() <= 7);
    CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos);
  }
}

TEST_CASE("four letters tell two words apart, and no word begins another") {
  std::set<std::string_view> beginnings;
  std::string_view before = " ";
  for (const std::string_view word : word_list()) {
    CAPTURE(word);
    CHECK(beginnings.insert(word.substr(0, 4)).second);
    CHECK_FALSE(word.starts_with(before));
    before = word;
  }
}

TEST_CASE("digests have the words that the shell computes") {
  // The right-hand sides were printed by the commands in docs/formats/digest-words.md.
  CHECK(words_of("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") ==
        "relax-round-prime-canal-cable-vocal-aloud-clock-switch-uncle-maximum-equal");
  CHECK(words_of("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") ==
        "three-mansion-baron-curtain-ruler-ask-hurdle-lettuce-send-ship-unlock-essay");
  CHECK(words_of(std::string(64, '0')) ==
        "abacus-abacus-abacus-abacus-abacus-abacus-abacus-abacus-abacus-abacus-abacus-abacus");
  CHECK(words_of(std::string(64, 'f')) ==
        "zoom-zoom-zoom-zoom-zoom-zoom-zoom-zoom-zoom-zoom-zoom-zoom");
}

TEST_CASE("the first 132 bits decide the words, and no later bit does") {
  const std::string zeros(64, '0');
  for (std::size_t digit = 0; digit < zeros.size(); ++digit) {
    CAPTURE(digit);
    std::string other = zeros;
    other[digit] = '1';
    CHECK((words_of(other) != words_of(zeros)) == (digit < 33));
  }
}

TEST_CASE("the list itself has not changed") {
  // Weighted sum over all letters: a word that is replaced or moved shows here.
  std::uint64_t sum = 0;
  for (const std::string_view word : word_list()) {
    for (const char letter : word) {
      sum = sum * 1'000'003 + static_cast<std::uint8_t>(letter);
    }
  }
  CHECK(sum == 2'712'208'847'213'055'740ULL);
}
