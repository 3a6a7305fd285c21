// Digest words: the first 132 bits of a digest as twelve words that people can compare by eye or
// read to each other. docs/formats/digest-words.md.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/id.h"

namespace twoseal {

inline constexpr std::size_t kDigestWords = 12;
inline constexpr std::size_t kWordListSize = 2048;

/// All words in ascending order; the index of a word is its value of 11 bits.
[[nodiscard]] const std::array<std::string_view, kWordListSize>& word_list();

/// The first 132 bits of `digest`, most significant bit first, in twelve groups of 11 bits.
[[nodiscard]] std::array<std::string_view, kDigestWords> digest_words(const Digest& digest);

/// The twelve words joined with `-`, as screens and messages show them.
[[nodiscard]] std::string digest_words_text(const Digest& digest);

}  // namespace twoseal
