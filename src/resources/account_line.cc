#include "resources/account_line.h"

#include <charconv>

namespace twoseal {
namespace {

// The next line of `rest` without its end; `rest` then begins behind it.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

std::vector<std::string> split(std::string_view line, char divider) {
  std::vector<std::string> fields;
  while (true) {
    const std::size_t end = line.find(divider);
    fields.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) {
      return fields;
    }
    line.remove_prefix(end + 1);
  }
}

bool is_of(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':';
}

std::string join(const std::vector<std::string>& fields, char divider) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    line += (i > 0 ? std::string(1, divider) : std::string()) + fields[i];
  }
  return line;
}

std::string_view third_field(std::string_view line) {
  for (int i = 0; i < 2; ++i) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return {};
    }
    line.remove_prefix(colon + 1);
  }
  return line.substr(0, line.find(':'));
}

}  // namespace

std::optional<std::vector<std::string>> find_account_line(BytesView database,
                                                          std::string_view name) {
  while (!database.empty()) {
    const std::string_view line = take_line(database);
    if (is_of(line, name)) {
      return split(line, ':');
    }
  }
  return std::nullopt;
}

std::optional<std::string> find_account_name(BytesView database, std::uint32_t id) {
  while (!database.empty()) {
    const std::string_view line = take_line(database);
    if (account_number(third_field(line)) == id) {
      return std::string(line.substr(0, line.find(':')));
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> account_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number != UINT32_MAX ? std::optional(number) : std::nullopt;
}

std::vector<std::uint32_t> account_numbers(BytesView database) {
  std::vector<std::uint32_t> numbers;
  while (!database.empty()) {
    if (const auto number = account_number(third_field(take_line(database)))) {
      numbers.push_back(*number);
    }
  }
  return numbers;
}

std::vector<std::string> account_names(BytesView database) {
  std::vector<std::string> names;
  while (!database.empty()) {
    const std::string_view line = take_line(database);
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos && colon > 0) {
      names.emplace_back(line.substr(0, colon));
    }
  }
  return names;
}

Bytes with_account_line(BytesView database, const std::vector<std::string>& fields) {
  const std::string line = join(fields, ':') + "\n";
  Bytes out;
  bool placed = false;
  while (!database.empty()) {
    const std::string_view whole = database;
    const std::string_view old = take_line(database);
    if (!placed && is_of(old, fields.front())) {
      out += line;
      placed = true;
    } else {
      out += whole.substr(0, whole.size() - database.size());
    }
  }
  if (!placed) {
    out += !out.empty() && out.back() != '\n' ? "\n" + line : line;
  }
  return out;
}

Bytes without_account_line(BytesView database, std::string_view name) {
  Bytes out;
  while (!database.empty()) {
    const std::string_view whole = database;
    if (!is_of(take_line(database), name)) {
      out += whole.substr(0, whole.size() - database.size());
    }
  }
  return out;
}

std::vector<std::string> split_members(std::string_view field) {
  return field.empty() ? std::vector<std::string>() : split(field, ',');
}

std::string join_members(const std::vector<std::string>& members) {
  return join(members, ',');
}

}  // namespace twoseal
