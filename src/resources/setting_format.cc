#include "resources/setting_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "resources/setting_line.h"
#include "resources/text_edit.h"

namespace twoseal {
namespace {

struct FormatRow {
  std::string_view name;
  SettingFormat format;
  std::string_view divider;  ///< between key and value of a new line
};

constexpr std::array<FormatRow, 6> kFormats = {{
    {"ini", SettingFormat::ini, "="},
    {"key_space_value", SettingFormat::key_space_value, " "},
    {"key_value", SettingFormat::key_value, "="},
    {"login_defs", SettingFormat::login_defs, "\t"},
    {"sshd", SettingFormat::sshd, " "},
    {"sysctl", SettingFormat::sysctl, " = "},
}};

const FormatRow& row_of(SettingFormat format) {
  return *std::find_if(
      kFormats.begin(), kFormats.end(), [&](const FormatRow& row) { return row.format == format; });
}

// A text in lines, and of it the section that is meant: lines [begin, end). `comment`: the last
// line of a comment that shows the key there. `found`: lines that set it, ascending, in every
// section of that name.
struct Section {
  std::vector<std::string_view> lines;
  std::vector<SettingLine> parsed;
  std::vector<bool> within;
  bool there = false;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::optional<std::size_t> comment;
  std::vector<std::size_t> found;
};

// A section may stand several times in a file: `within` are the lines of all of them, the bounds
// those of the one that counts, in sshd the first, elsewhere the last.
void find_bounds(Section& section, const SettingName& name) {
  const std::string wanted = plain_section(name.section.value_or(""), name.format);
  bool in = !name.section;
  bool bounds = in;
  section.there = in;
  section.end = section.lines.size();
  for (std::size_t i = 0; i < section.lines.size(); ++i) {
    if (section.parsed[i].kind != SettingLineKind::section) {
      section.within.push_back(in);
      continue;
    }
    section.within.push_back(false);
    if (bounds) {
      section.end = i;
    }
    in = name.section && section.parsed[i].name == wanted;
    bounds = in && (!section.there || name.format != SettingFormat::sshd);
    if (bounds) {
      section.there = true;
      section.begin = i + 1;
      section.end = section.lines.size();
    }
  }
}

Result<Section> find_section(BytesView text, const SettingName& name) {
  Section section;
  section.lines = split_lines(text);
  for (const std::string_view line : section.lines) {
    section.parsed.push_back(parse_setting_line(without_newline(line), name.format));
  }
  find_bounds(section, name);
  const std::string key = plain_key(name.key, name.format);
  for (std::size_t i = 0; i < section.lines.size(); ++i) {
    const SettingLine& line = section.parsed[i];
    if (!section.within[i] || line.key != key) {
      continue;
    }
    if (line.kind == SettingLineKind::comment) {
      const bool counts = i >= section.begin && i < section.end;
      section.comment = counts ? std::optional(i) : section.comment;
    } else if (line.kind == SettingLineKind::setting) {
      if (line.broken) {
        return fail(Errc::not_editable, *line.broken, "line " + std::to_string(i + 1));
      }
      section.found.push_back(i);
    }
  }
  return section;
}

// Of several lines that set a key, the one that counts.
std::size_t counting(const Section& section, SettingFormat format) {
  return format == SettingFormat::sshd ? section.found.front() : section.found.back();
}

std::string_view value_in(const Section& section, std::size_t line) {
  const SettingLine& parsed = section.parsed[line];
  return section.lines[line].substr(parsed.value_begin, parsed.value_end - parsed.value_begin);
}

std::string new_line(const Section& section, const SettingName& name, std::string_view value) {
  std::string divider(row_of(name.format).divider);
  // Files of ini form have a habit of their own, and keep it.
  if (name.format == SettingFormat::ini) {
    for (std::size_t i = 0; i < section.lines.size(); ++i) {
      const SettingLine& line = section.parsed[i];
      if (line.kind == SettingLineKind::setting && line.value_begin > 0) {
        divider = section.lines[i].find(" = ") != std::string_view::npos ? " = " : "=";
        break;
      }
    }
  }
  const std::string indent =
      name.format == SettingFormat::sshd && name.section ? std::string(4, ' ') : "";
  return indent + name.key + divider + quote_value(value, name.format) + "\n";
}

// Behind which line of the section a new one goes: its index, where it will stand.
std::size_t place_for_new(const Section& section) {
  if (section.comment) {
    return *section.comment + 1;
  }
  std::size_t place = section.end;
  while (place > section.begin && section.parsed[place - 1].kind == SettingLineKind::blank) {
    --place;
  }
  return place;
}

Bytes with_new_section(BytesView text, const SettingName& name, const std::string& line) {
  Bytes out(text);
  if (!out.empty()) {
    out += out.ends_with('\n') ? "\n" : "\n\n";
  }
  out += name.format == SettingFormat::sshd ? *name.section : "[" + *name.section + "]";
  return out + "\n" + line;
}

Bytes with_new_line(const Section& section, const std::string& line) {
  Bytes out;
  const std::size_t place = place_for_new(section);
  for (std::size_t i = 0; i < section.lines.size(); ++i) {
    out += i == place ? line : "";
    out += section.lines[i];
  }
  if (place == section.lines.size()) {
    out += !out.empty() && !out.ends_with('\n') ? "\n" + line : line;
  }
  return out;
}

// `kept`: the line that gets `value`; every other one that sets the key goes.
Bytes rewritten(const Section& section, std::optional<std::size_t> kept, std::string_view value) {
  Bytes out;
  for (std::size_t i = 0; i < section.lines.size(); ++i) {
    const bool sets =
        std::find(section.found.begin(), section.found.end(), i) != section.found.end();
    if (!sets) {
      out += section.lines[i];
    } else if (i == kept) {
      const SettingLine& line = section.parsed[i];
      out += section.lines[i].substr(0, line.value_begin);
      out += value;
      out += section.lines[i].substr(line.value_end);
    }
  }
  return out;
}

}  // namespace

std::optional<SettingFormat> parse_setting_format(std::string_view name) {
  const auto* found = std::find_if(
      kFormats.begin(), kFormats.end(), [&](const FormatRow& row) { return row.name == name; });
  return found != kFormats.end() ? std::optional(found->format) : std::nullopt;
}

Result<std::optional<std::string>> read_setting(BytesView text, const SettingName& name) {
  TWOSEAL_TRY(const Section section, find_section(text, name));
  if (section.found.empty()) {
    return std::nullopt;
  }
  return unquote_value(value_in(section, counting(section, name.format)), name.format);
}

Result<Bytes> with_setting(BytesView text, const SettingName& name, std::string_view value) {
  TWOSEAL_TRY(const Section section, find_section(text, name));
  Bytes edited;
  if (!section.there) {
    edited = with_new_section(text, name, new_line(section, name, value));
  } else if (section.found.empty()) {
    edited = with_new_line(section, new_line(section, name, value));
  } else {
    const std::size_t kept = counting(section, name.format);
    const std::string_view old_value = value_in(section, kept);
    const bool same = unquote_value(old_value, name.format) == std::string(value);
    edited =
        rewritten(section, kept, same ? std::string(old_value) : quote_value(value, name.format));
  }
  // What a reader of the file would not take for the value, such as a second line or a comment in
  // it, was not what people approved.
  const auto counts = read_setting(edited, name);
  if (!counts || *counts != value) {
    return fail(Errc::not_editable, "a file of this format cannot hold this key and value");
  }
  return edited;
}

Result<Bytes> without_setting(BytesView text, const SettingName& name) {
  TWOSEAL_TRY(const Section section, find_section(text, name));
  return rewritten(section, std::nullopt, {});
}

}  // namespace twoseal
