#include "agent/plain_line.h"

#include <algorithm>

#include "base/json.h"

namespace twoseal {
namespace {

// Whether an octet belongs to a character of several in UTF-8, and is not its first.
bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string plain_line(std::string text, std::size_t size_max) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > size_max) {
    std::size_t end = size_max;
    while (end > 0 && continues(text[end])) {
      --end;
    }
    text.resize(end);
  }
  if (!json::is_allowed_text(text)) {
    std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
  }
  return text.empty() ? "-" : text;
}

std::string error_line(const Error& error, std::size_t size_max) {
  return plain_line(error_code_text(error.code) + " " + error.what +
                        (error.where.empty() ? "" : " (" + error.where + ")"),
                    size_max);
}

}  // namespace twoseal
