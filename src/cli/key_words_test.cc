#include "cli/key_words.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/words.h"

using namespace twoseal;
using namespace twoseal::cli;

TEST_CASE("a key written as words is read back, however it is typed") {
  for (int i = 0; i < 50; ++i) {
    const PrivateKey key = PrivateKey::generate();
    std::string words = key_words(key);
    CHECK(std::count(words.begin(), words.end(), '\n') == 6);
    const auto read = parse_key_words(words);
    REQUIRE(read);
    CHECK(read->public_key() == key.public_key());
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
    CHECK(parse_key_words("  " + words + "\n\n"));
  }
}

TEST_CASE("the words of a known seed stay the same") {
  const PrivateKey key = PrivateKey::from_seed(Bytes(32, '\0'));
  std::string expected;
  for (int i = 0; i < 23; ++i) {
    expected += std::string(word_list()[0]) + (i % 4 == 3 ? "\n" : " ");
  }
  CHECK(key_words(key).starts_with(expected));
  CHECK(key_words(key) == expected + std::string(word_list()[0x66]) + "\n");
}

TEST_CASE("missing, unknown and mistaken words are refused") {
  const PrivateKey key = PrivateKey::from_seed(Bytes(32, '\1'));
  const std::string words = key_words(key);
  CHECK(parse_key_words(words.substr(words.find(' ') + 1)).error().what ==
        "a printed key has 24 words, not 23");
  const std::string first = words.substr(0, words.find(' '));
  CHECK(parse_key_words("qqq" + words.substr(first.size())).error().what ==
        "'qqq' is not in the list of words");
  int accepted = 0;
  for (const std::string_view other : word_list()) {
    accepted += parse_key_words(std::string(other) + words.substr(first.size())) ? 1 : 0;
  }
  CHECK(accepted < 40);  // one in 256 passes by chance
}
