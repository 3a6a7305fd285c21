#include "resources/setting_line.h"

#include <algorithm>

namespace twoseal {
namespace {

constexpr std::string_view kBlanks = " \t";

bool is_blank(char c) {
  return kBlanks.find(c) != std::string_view::npos;
}

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  return std::min(line.find_first_not_of(kBlanks, at), line.size());
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// Runs of blanks become one space; none at the ends.
std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_blank(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) {
    out.pop_back();
  }
  return out;
}

bool divides_by_equals(SettingFormat format) {
  return format == SettingFormat::ini || format == SettingFormat::key_value ||
         format == SettingFormat::sysctl;
}

bool is_comment_mark(char c, SettingFormat format) {
  return c == '#' ||
         (c == ';' && (format == SettingFormat::ini || format == SettingFormat::sysctl));
}

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.:/*-").find(c) != std::string_view::npos;
}

// Where the value begins behind a key that ends at `at`; nothing when no divider follows. sshd
// takes blanks, one `=`, or both.
std::optional<std::size_t> behind_divider(std::string_view line,
                                          std::size_t at,
                                          SettingFormat format) {
  const std::size_t next = skip_blanks(line, at);
  const bool equals = next < line.size() && line[next] == '=';
  if (divides_by_equals(format)) {
    return equals ? std::optional(skip_blanks(line, next + 1)) : std::nullopt;
  }
  if (format == SettingFormat::sshd && equals) {
    return skip_blanks(line, next + 1);
  }
  return next > at || next == line.size() ? std::optional(next) : std::nullopt;
}

// Where an sshd value ends: before a comment that stands behind blanks, outside of quotes.
std::size_t end_of_arguments(std::string_view line, std::size_t begin) {
  bool quoted = false;
  for (std::size_t i = begin; i < line.size(); ++i) {
    if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == '#' && !quoted && i > begin && is_blank(line[i - 1])) {
      return i;
    }
  }
  return line.size();
}

std::size_t without_blanks_before(std::string_view line, std::size_t begin, std::size_t end) {
  while (end > begin && is_blank(line[end - 1])) {
    --end;
  }
  return end;
}

void find_value(std::string_view line, SettingFormat format, SettingLine& parsed) {
  const std::size_t end =
      format == SettingFormat::sshd ? end_of_arguments(line, parsed.value_begin) : line.size();
  parsed.value_end = without_blanks_before(line, parsed.value_begin, end);
  const std::string_view value =
      line.substr(parsed.value_begin, parsed.value_end - parsed.value_begin);
  if (value.ends_with('\\') &&
      (format == SettingFormat::ini || format == SettingFormat::key_value)) {
    parsed.broken = "the line goes on after a backslash";
  } else if (!unquote_value(value, format)) {
    parsed.broken = "its quotes do not close on the line, or stand in its middle";
  }
}

// A setting from position `at` on; other when it is none.
SettingLine parse_setting(std::string_view line, std::size_t at, SettingFormat format) {
  SettingLine parsed;
  parsed.kind = SettingLineKind::other;
  constexpr std::string_view kExport = "export ";
  if (format == SettingFormat::key_value && line.substr(at).starts_with(kExport)) {
    at = skip_blanks(line, at + kExport.size());
  }
  if (format == SettingFormat::sysctl && at < line.size() && line[at] == '-') {
    ++at;
  }
  std::size_t end = at;
  while (end < line.size() && is_key_character(line[end])) {
    ++end;
  }
  const auto value = behind_divider(line, end, format);
  if (end == at || !value) {
    return parsed;
  }
  parsed.kind = SettingLineKind::setting;
  parsed.key = plain_key(line.substr(at, end - at), format);
  parsed.value_begin = *value;
  find_value(line, format, parsed);
  return parsed;
}

bool is_quoting_needed(std::string_view value) {
  return value.empty() || !std::all_of(value.begin(), value.end(), [](char c) {
           return is_key_character(c) ||
                  std::string_view("@%+,=").find(c) != std::string_view::npos;
         });
}

// What a shell makes of one word in double quotes.
std::optional<std::string> unquote_double(std::string_view inner) {
  std::string out;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '"' || (inner[i] == '\\' && i + 1 == inner.size())) {
      return std::nullopt;
    }
    if (inner[i] == '\\' &&
        std::string_view("\\\"$`").find(inner[i + 1]) != std::string_view::npos) {
      ++i;
    }
    out += inner[i];
  }
  return out;
}

}  // namespace

std::string plain_key(std::string_view key, SettingFormat format) {
  if (format == SettingFormat::sshd) {
    return lowered(key);
  }
  std::string out(key);
  if (format == SettingFormat::sysctl) {
    // sysctl(8): when a slash comes first, slashes divide, and dots belong to names.
    const std::size_t first = out.find_first_of("./");
    if (first != std::string::npos && out[first] == '/') {
      std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c == '/' ? '.' : c == '.' ? '/' : c;
      });
    }
  }
  return out;
}

std::string plain_section(std::string_view section, SettingFormat format) {
  if (format != SettingFormat::sshd) {
    return std::string(section);
  }
  // `Match user git`: the first two words of each pair are keywords, but patterns keep their case.
  std::string out = collapsed(section);
  bool is_keyword = true;
  for (std::size_t i = 0, word = 0; i < out.size(); ++i) {
    if (out[i] == ' ') {
      ++word;
      is_keyword = word % 2 == 1;
    } else if (is_keyword) {
      out[i] = lower(out[i]);
    }
  }
  return out;
}

std::string quote_value(std::string_view value, SettingFormat format) {
  if (format != SettingFormat::key_value || !is_quoting_needed(value)) {
    return std::string(value);
  }
  std::string out = "\"";
  for (const char c : value) {
    if (std::string_view("\\\"$`").find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

std::optional<std::string> unquote_value(std::string_view value, SettingFormat format) {
  if (format != SettingFormat::key_value) {
    return std::string(value);
  }
  const bool framed = value.size() >= 2 && value.front() == value.back();
  if (framed && value.front() == '"') {
    return unquote_double(value.substr(1, value.size() - 2));
  }
  if (framed && value.front() == '\'') {
    const std::string_view inner = value.substr(1, value.size() - 2);
    return inner.find('\'') == std::string_view::npos ? std::optional(std::string(inner))
                                                      : std::nullopt;
  }
  return value.find_first_of("\"'\\") == std::string_view::npos ? std::optional(std::string(value))
                                                                : std::nullopt;
}

SettingLine parse_setting_line(std::string_view line, SettingFormat format) {
  const std::size_t at = skip_blanks(line, 0);
  SettingLine parsed;
  if (at == line.size()) {
    return parsed;
  }
  if (is_comment_mark(line[at], format)) {
    parsed.kind = SettingLineKind::comment;
    parsed.key = parse_setting(line, skip_blanks(line, at + 1), format).key;
    return parsed;
  }
  if (format == SettingFormat::ini && line[at] == '[') {
    const std::size_t close = line.find(']', at);
    parsed.kind =
        close == std::string_view::npos ? SettingLineKind::other : SettingLineKind::section;
    parsed.name = std::string(line.substr(at + 1, close - at - 1));
    return parsed;
  }
  parsed = parse_setting(line, at, format);
  if (format == SettingFormat::sshd && parsed.key == "match") {
    parsed.kind = SettingLineKind::section;
    parsed.name = plain_section(line.substr(at, parsed.value_end - at), format);
  }
  return parsed;
}

}  // namespace twoseal
