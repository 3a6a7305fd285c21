#include "system/dpkg_status.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

namespace twoseal {
namespace {

constexpr std::size_t kNameMax = 128;
constexpr std::size_t kArchMax = 32;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

// Takes the next word off `rest`.
std::string_view take_word(std::string_view& rest) {
  rest = trimmed(rest);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

bool is_field(std::string_view line, std::string_view lower_name) {
  return line.size() > lower_name.size() && line[lower_name.size()] == ':' &&
         std::equal(lower_name.begin(), lower_name.end(), line.begin(), [](char a, char b) {
           return a == lower(b);
         });
}

std::string_view value_of(std::string_view line) {
  return trimmed(line.substr(line.find(':') + 1));
}

// Four comparisons of one letter sort out nearly every line of a file of a megabyte.
void take_field(std::string_view line, DpkgParagraph& paragraph) {
  switch (lower(line.front())) {
    case 'p':
      if (is_field(line, "package")) {
        paragraph.package = value_of(line);
      }
      break;
    case 's':
      if (is_field(line, "status")) {
        paragraph.status = value_of(line);
      }
      break;
    case 'v':
      if (is_field(line, "version")) {
        paragraph.version = value_of(line);
      }
      break;
    case 'a':
      if (is_field(line, "architecture")) {
        paragraph.architecture = value_of(line);
      }
      break;
    default:
      break;
  }
}

bool is_well_formed(std::string_view line) {
  const char first = line.front();
  return first == ' ' || first == '\t' ||
         (first != ':' && line.find(':') != std::string_view::npos);
}

struct Status {
  bool hold = false;
  std::optional<PackageStatus> package;  // nothing: not installed
};

// `install ok installed`: what is wanted, whether dpkg found an error, and how far it is.
std::optional<Status> parse_status(std::string_view text) {
  constexpr std::array<std::string_view, 5> kWants = {
      "install", "hold", "deinstall", "purge", "unknown"};
  constexpr std::array<std::string_view, 5> kBroken = {
      "half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"};
  const std::string_view want = take_word(text);
  const std::string_view flag = take_word(text);
  const std::string_view state = take_word(text);
  const bool known = std::find(kWants.begin(), kWants.end(), want) != kWants.end() &&
                     (flag == "ok" || flag == "reinstreq") && trimmed(text).empty();
  if (!known) {
    return std::nullopt;
  }
  Status status{.hold = want == "hold", .package = std::nullopt};
  if (state == "installed") {
    status.package = flag == "ok" ? PackageStatus::configured : PackageStatus::broken;
  } else if (state == "config-files") {
    status.package = PackageStatus::leftover;
  } else if (std::find(kBroken.begin(), kBroken.end(), state) != kBroken.end()) {
    status.package = PackageStatus::broken;
  } else if (state != "not-installed") {
    return std::nullopt;
  }
  return status;
}

std::unexpected<Error> fail_at(std::string_view text, std::string_view place, std::string what) {
  const auto lines = std::count(text.begin(), text.begin() + (place.data() - text.data()), '\n');
  return fail(
      Errc::package_failed, std::move(what), "/var/lib/dpkg/status:" + std::to_string(lines + 1));
}

// What is wrong with the lines of a paragraph, or nothing.
bool has_odd_line(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!line.empty() && !is_well_formed(line)) {
      return true;
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return false;
}

}  // namespace

bool next_dpkg_paragraph(std::string_view& rest, DpkgParagraph& paragraph) {
  rest.remove_prefix(std::min(rest.find_first_not_of('\n'), rest.size()));
  paragraph = {};
  const std::string_view begin = rest;
  while (!rest.empty() && rest.front() != '\n') {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    take_field(line, paragraph);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  paragraph.text = begin.substr(0, begin.size() - rest.size());
  return !paragraph.text.empty();
}

Result<std::vector<InstalledPackage>> parse_dpkg_status(std::string_view text) {
  std::vector<InstalledPackage> packages;
  DpkgParagraph paragraph;
  for (std::string_view rest = text; next_dpkg_paragraph(rest, paragraph);) {
    if (paragraph.text.find('\0') != std::string_view::npos || has_odd_line(paragraph.text)) {
      return fail_at(text, paragraph.text, "holds a line that is no field");
    }
    if (!is_package_name(paragraph.package)) {
      return fail_at(text, paragraph.text, "a package without a name");
    }
    const std::optional<Status> status = parse_status(paragraph.status);
    if (!status) {
      return fail_at(text, paragraph.text, "a package of unknown status");
    }
    if (!status->package) {
      continue;
    }
    if (!is_package_version(paragraph.version) || !is_package_arch(paragraph.architecture)) {
      return fail_at(text, paragraph.text, "a package without version or architecture");
    }
    packages.push_back({.name = std::string(paragraph.package),
                        .version = std::string(paragraph.version),
                        .arch = std::string(paragraph.architecture),
                        .status = *status->package,
                        .hold = status->hold});
  }
  std::sort(packages.begin(), packages.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.arch) < std::tie(b.name, b.arch);
  });
  return packages;
}

bool is_package_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= kNameMax && (is_lower(name[0]) || is_digit(name[0])) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_lower(c) || is_digit(c) || c == '+' || c == '.' || c == '-';
         });
}

bool is_package_version(std::string_view version) {
  return !version.empty() && version.size() <= kNameMax && is_digit(version[0]) &&
         std::all_of(version.begin(), version.end(), [](char c) {
           return is_lower(lower(c)) || is_digit(c) ||
                  std::string_view(".+:~-").find(c) != std::string_view::npos;
         });
}

bool is_package_arch(std::string_view arch) {
  return !arch.empty() && arch.size() <= kArchMax &&
         std::all_of(arch.begin(), arch.end(), [](char c) {
           return is_lower(c) || is_digit(c) || c == '-';
         });
}

}  // namespace twoseal
