// Words for digests and printed keys: the words of a digest give its first 132 bits back, and a
// printed key is read in any case and spacing, but only with all its words right.
#include "base/words.h"

#include <algorithm>

#include "base/check.h"
#include "cli/key_words.h"
#include "crypto/hash.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

void check_digest(const Digest& digest) {
  Bytes octets;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::string_view word : digest_words(digest)) {
    const auto found = std::ranges::lower_bound(word_list(), word);
    check(found != word_list().end() && *found == word, "a digest word is in the list");
    held = (held << 11U) | static_cast<std::uint32_t>(found - word_list().begin());
    for (bits += 11; bits >= 8; bits -= 8) {
      octets += static_cast<char>((held >> (bits - 8)) & 0xFFU);
    }
  }
  check(digest.bytes().starts_with(octets), "the words are the first bits of the digest");
  check((held & 0xFU) == octet(digest.view(), 16) >> 4U, "down to the last of 132");
}

// `text` in lower case with one space or line feed behind each word, four words in a row.
std::string normalized(std::string_view text) {
  std::string out;
  std::size_t words = 0;
  bool inside = false;
  const auto end_word = [&] {
    if (std::exchange(inside, false)) {
      out += ++words % 4 == 0 ? '\n' : ' ';
    }
  };
  for (const char c : text) {
    if (std::string_view(" \n\r\t-").find(c) != std::string_view::npos) {
      end_word();
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      inside = true;
    }
  }
  end_word();
  return out;
}

void read_key(std::string_view text) {
  const auto key = cli::parse_key_words(text);
  check(!key || cli::key_words(*key) == normalized(text), "a key has one row of words");
}

}  // namespace

// The first octet chooses: words as they are, or those of a key with some exchanged.
// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  if (!choices.flag()) {
    read_key(choices.rest());
    return 0;
  }
  const Digest digest = sha256(choices.bytes());
  check_digest(digest);
  const PrivateKey key = PrivateKey::from_seed(digest.view());
  std::string text = cli::key_words(key);
  check(cli::parse_key_words(text).value().secret() == key.secret(), "a printed key is read back");
  while (!choices.at_end()) {
    if (choices.flag()) {
      text = fuzz::damaged(text, choices);
    } else {
      const std::size_t at = choices.below(text.size());
      text.insert(at, " " + std::string(word_list()[choices.number<std::uint16_t>() % 2048]) + "-");
    }
  }
  read_key(text);
  return 0;
}
