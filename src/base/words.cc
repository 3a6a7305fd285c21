#include "base/words.h"

namespace twoseal {
namespace {

constexpr unsigned kWordBits = 11;

constexpr std::array<std::string_view, kWordListSize> kWords = {
#include "base/words.def"
};

}  // namespace

const std::array<std::string_view, kWordListSize>& word_list() {
  return kWords;
}

std::array<std::string_view, kDigestWords> digest_words(const Digest& digest) {
  const Bytes bytes = digest.bytes();
  std::array<std::string_view, kDigestWords> words;
  std::size_t at = 0;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (std::string_view& word : words) {
    while (bits < kWordBits) {
      held = (held << 8U) | octet(bytes, at++);
      bits += 8;
    }
    bits -= kWordBits;
    word = kWords[(held >> bits) % kWordListSize];
  }
  return words;
}

std::string digest_words_text(const Digest& digest) {
  std::string text;
  for (const std::string_view word : digest_words(digest)) {
    text += text.empty() ? "" : "-";
    text += word;
  }
  return text;
}

}  // namespace twoseal
