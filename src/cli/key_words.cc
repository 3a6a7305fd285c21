#include "cli/key_words.h"

#include <algorithm>
#include <vector>

#include "base/wipe.h"
#include "base/words.h"
#include "crypto/hash.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kKeyWords = 24;
constexpr std::size_t kSeedSize = 32;
constexpr unsigned kWordBits = 11;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '-') {
      if (!word.empty()) {
        words.push_back(std::exchange(word, {}));
      }
    } else {
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (!word.empty()) {
    words.push_back(word);
  }
  return words;
}

}  // namespace

std::string key_words(const PrivateKey& key) {
  Bytes octets = Bytes(key.secret()) + sha256(key.secret()).bytes()[0];
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    held = (held << 8U) | octet(octets, i);
    bits += 8;
    if (bits >= kWordBits) {
      bits -= kWordBits;
      text += word_list()[(held >> bits) & 0x7FFU];
      text += ++count % 4 == 0 ? '\n' : ' ';
    }
  }
  wipe(octets);
  return text;
}

Result<PrivateKey> parse_key_words(std::string_view text) {
  const std::vector<std::string> words = words_of(text);
  if (words.size() != kKeyWords) {
    return fail(Errc::bad_key, "a printed key has 24 words, not " + std::to_string(words.size()));
  }
  Bytes octets;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::string& word : words) {
    const auto found = std::lower_bound(word_list().begin(), word_list().end(), word);
    if (found == word_list().end() || *found != word) {
      return fail(Errc::bad_key, "'" + word + "' is not in the list of words");
    }
    held = (held << kWordBits) | static_cast<std::uint32_t>(found - word_list().begin());
    for (bits += kWordBits; bits >= 8; bits -= 8) {
      octets += static_cast<char>((held >> (bits - 8)) & 0xFFU);
    }
  }
  const BytesView seed = BytesView(octets).substr(0, kSeedSize);
  const bool right = sha256(seed).bytes()[0] == octets[kSeedSize];
  auto key = right ? Result<PrivateKey>(PrivateKey::from_seed(seed))
                   : fail(Errc::bad_key, "these words do not belong together; one is mistaken");
  wipe(octets);
  return key;
}

}  // namespace twoseal::cli
