#include "base/shell_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/encoding.h"

namespace twoseal {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// `$'…'` for what no line can show: a blank in its place would hide where a comment ends.
std::string escaped_word(std::string_view word) {
  std::string text = "$'";
  for (const char c : word) {
    constexpr std::array<std::pair<char, std::string_view>, 5> kNamed = {
        {{'\n', "\\n"}, {'\t', "\\t"}, {'\r', "\\r"}, {'\'', "\\'"}, {'\\', "\\\\"}}};
    const auto named =
        std::find_if(kNamed.begin(), kNamed.end(), [c](const auto& one) { return one.first == c; });
    if (named != kNamed.end()) {
      text += named->second;
    } else if (is_control(c)) {
      text += "\\x" + hex_encode(std::string(1, c));
    } else {
      text += c;
    }
  }
  return text + "'";
}

std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
  if (std::any_of(word.begin(), word.end(), is_control)) {
    return escaped_word(word);
  }
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return std::string(word);
  }
  std::string text = "'";
  for (const char c : word) {
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return text + "'";
}

}  // namespace

std::string shell_text(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    text += (text.empty() ? "" : " ") + shell_word(argument);
  }
  return text;
}

}  // namespace twoseal
