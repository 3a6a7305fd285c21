#include "system/unit_files.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::string_view kLocal = "/etc/systemd/system";
// Source: systemd.unit(5), load path of the system manager, without generators: what they make
// stands in /run/systemd/generator and is `fixed`.
constexpr std::array<std::string_view, 6> kPlaces = {kLocal,
                                                     "/run/systemd/system",
                                                     "/run/systemd/generator",
                                                     "/usr/local/lib/systemd/system",
                                                     "/usr/lib/systemd/system",
                                                     "/lib/systemd/system"};
constexpr std::size_t kUnitFileMax = std::size_t{1024} * 1024;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

void take_words(std::string_view words, std::vector<std::string>& into) {
  if (trimmed(words).empty()) {
    into.clear();
  }
  while (!(words = trimmed(words)).empty()) {
    const std::string_view word = words.substr(0, words.find_first_of(" \t"));
    into.emplace_back(word);
    words.remove_prefix(word.size());
  }
}

bool is_nothing(const Error& error) {
  return error.code == Errc::no_input || error.code == Errc::not_regular;
}

}  // namespace

UnitInstall parse_unit_install(std::string_view text) {
  UnitInstall install;
  bool inside = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) {
      inside = line == "[Install]";
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!inside || line.starts_with('#') || line.starts_with(';') || equals == line.npos) {
      continue;
    }
    const std::string_view key = trimmed(line.substr(0, equals));
    const std::string_view value = line.substr(equals + 1);
    if (key == "WantedBy") {
      take_words(value, install.wanted_by);
    } else if (key == "RequiredBy") {
      take_words(value, install.required_by);
    } else if (key == "Alias") {
      take_words(value, install.aliases);
    }
  }
  return install;
}

bool is_unit_name(std::string_view text) {
  constexpr std::array<std::string_view, 11> kSuffixes = {".service",
                                                          ".socket",
                                                          ".target",
                                                          ".timer",
                                                          ".mount",
                                                          ".automount",
                                                          ".swap",
                                                          ".path",
                                                          ".slice",
                                                          ".scope",
                                                          ".device"};
  constexpr std::size_t kUnitNameMax = 255;
  const auto is_suffix = [&](std::string_view suffix) {
    return text.ends_with(suffix) && text.size() > suffix.size();
  };
  return text.size() <= kUnitNameMax && !text.starts_with('.') && !text.starts_with('@') &&
         std::any_of(kSuffixes.begin(), kSuffixes.end(), is_suffix) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view(":-_.\\@").find(c) != std::string_view::npos;
         });
}

std::optional<std::string> template_of_unit(std::string_view unit) {
  const std::size_t at = unit.find('@');
  const std::size_t dot = unit.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot <= at + 1) {
    return std::nullopt;
  }
  return std::string(unit.substr(0, at + 1)) + std::string(unit.substr(dot));
}

Result<std::optional<UnitFile>> UnitFiles::open(const std::string& path,
                                                const std::string& unit) const {
  TWOSEAL_TRY(const auto info, files_.look(path));
  if (!info) {
    return std::nullopt;
  }
  UnitFile file{.path = path, .text = {}};
  std::string from = path;
  if (info->kind == FileKind::symlink) {
    TWOSEAL_TRY(const std::string target, files_.read_link(path));
    file.masked = target == "/dev/null";
    file.alias = !file.masked && name_in_parent(target) != unit;
    from = target.starts_with('/') ? target : join_path(parent_of(path), target);
    // What a package links to may go through /lib, or up and down again: its text matters only
    // for [Install], which a link to elsewhere rarely has.
    if (file.masked || !is_host_path(from)) {
      return file;
    }
  }
  auto read = files_.read(from, kUnitFileMax);
  if (!read) {
    return is_nothing(read.error()) ? Result<std::optional<UnitFile>>(file)
                                    : std::unexpected(read.error());
  }
  file.text = std::move(read->bytes);
  file.masked = file.text.empty();
  return file;
}

Result<std::optional<UnitFile>> UnitFiles::find(const std::string& unit) const {
  for (const std::string_view place : kPlaces) {
    TWOSEAL_TRY(auto file, open(join_path(place, unit), unit));
    if (file) {
      return file;
    }
  }
  const auto base = template_of_unit(unit);
  return base ? find(*base) : Result<std::optional<UnitFile>>(std::nullopt);
}

// An instance that is enabled makes its template enabled too.
void UnitFiles::take_link(const std::string& unit) {
  linked_.insert(unit);
  if (const auto base = template_of_unit(unit)) {
    linked_.insert(*base);
  }
}

Result<void> UnitFiles::read_links() {
  const auto names = files_.list(std::string(kLocal), limits::kListMax);
  if (!names) {
    return is_nothing(names.error()) ? Result<void>() : std::unexpected(names.error());
  }
  for (const std::string& name : *names) {
    const std::string path = join_path(kLocal, name);
    if (name.ends_with(".wants") || name.ends_with(".requires")) {
      const auto inside = files_.list(path, limits::kListMax);
      if (!inside && !is_nothing(inside.error())) {
        return std::unexpected(inside.error());
      }
      for (const std::string& unit : inside ? *inside : std::vector<std::string>()) {
        take_link(unit);
      }
      continue;
    }
    const auto target = files_.read_link(path);
    if (!target && !is_nothing(target.error())) {
      return std::unexpected(target.error());
    }
    if (target && name_in_parent(*target) != name) {
      take_link(name_in_parent(*target));
    }
  }
  links_read_ = true;
  return {};
}

Result<UnitEnablement> UnitFiles::enablement(const std::string& unit) {
  TWOSEAL_TRY(const auto file, find(unit));
  if (!file) {
    return UnitEnablement::absent;
  }
  if (file->masked) {
    return UnitEnablement::masked;
  }
  if (file->alias) {
    return UnitEnablement::fixed;
  }
  if (!links_read_) {
    TWOSEAL_TRY_VOID(read_links());
  }
  if (linked_.contains(unit)) {
    return UnitEnablement::enabled;
  }
  return parse_unit_install(file->text).empty() ? UnitEnablement::fixed : UnitEnablement::disabled;
}

}  // namespace twoseal
