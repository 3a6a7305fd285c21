#include "cli/compliance/said_elsewhere.h"

#include <algorithm>
#include <vector>

#include "compliance/families/lines.h"
#include "compliance/xml.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kFileMax = std::size_t{1} << 20U;
constexpr std::string_view kBlank = " \t";

// A key as it is compared, and its value without quotes.
struct Said {
  std::string key;
  std::string value;
};

std::string lowered(std::string_view text) {
  std::string lower;
  for (const char c : text) {
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

// `Key value`, `Key=value` and `key = value`.
Said said_in(std::string_view line) {
  const std::string_view plain = scap::trimmed(line);
  const std::size_t end = plain.find_first_of(" \t=");
  const std::size_t value = plain.find_first_not_of(" \t=", end);
  Said said{lowered(plain.substr(0, end)), {}};
  if (end != std::string_view::npos && value != std::string_view::npos) {
    said.value = lowered(plain.substr(value));
    std::erase(said.value, '"');
  }
  return said;
}

std::string wanted_value(const Resource& resource) {
  const auto found = resource.want.find("value");
  const auto* const text =
      found == resource.want.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text == nullptr ? std::string() : lowered(*text);
}

// Files `*.conf` of a directory, ascending; nothing when it cannot be listed.
std::optional<std::vector<std::string>> files_in(const scap::InspectedHost& host,
                                                 const std::string& directory) {
  std::vector<std::string> paths;
  const auto open = host.files->open(directory);
  if (!open) {
    return std::nullopt;
  }
  if (*open == nullptr) {
    return paths;
  }
  const auto listed = each_entry(**open, [&](const NodeEntry& entry) {
    if (entry.name.ends_with(".conf")) {
      paths.push_back(directory + "/" + std::string(entry.name));
    }
  });
  std::sort(paths.begin(), paths.end());
  return listed ? std::optional(std::move(paths)) : std::nullopt;
}

std::optional<std::string> otherwise_in(const scap::InspectedHost& host,
                                        const std::string& path,
                                        const std::string& key,
                                        const std::string& value) {
  const auto text = host.files->read(path, kFileMax);
  if (!text) {
    return path + " cannot be read, and may say otherwise";
  }
  std::string_view rest = *text ? std::string_view(**text) : std::string_view();
  std::string_view line;
  for (int number = 1; scap::next_line(rest, line); ++number) {
    Said said = said_in(line);
    std::replace(said.key.begin(), said.key.end(), '/', '.');
    if (said.key == key && said.value != value) {
      return path + ":" + std::to_string(number) + " says otherwise, and counts instead";
    }
  }
  return std::nullopt;
}

std::optional<std::string> otherwise_below(const scap::InspectedHost& host,
                                           const std::string& directory,
                                           std::string_view behind,
                                           const Resource& resource,
                                           const std::string& key) {
  const auto paths = files_in(host, directory);
  if (!paths) {
    return directory + " cannot be read, and may say otherwise";
  }
  for (const std::string& path : *paths) {
    if (std::string_view(path).substr(directory.size() + 1) <= behind) {
      continue;
    }
    if (auto found = otherwise_in(host, path, key, wanted_value(resource))) {
      return found;
    }
  }
  return std::nullopt;
}

// sudo reads its directory only when it is told to.
std::optional<std::string> unread_sudoers(const scap::InspectedHost& host) {
  const auto text = host.files->read("/etc/sudoers", kFileMax);
  std::string_view rest = text && *text ? std::string_view(**text) : std::string_view();
  std::string_view line;
  while (scap::next_line(rest, line)) {
    const std::string_view plain = scap::trimmed(line);
    const bool includes = plain.starts_with("@includedir") || plain.starts_with("#includedir");
    if (includes && plain.find("/etc/sudoers.d") != std::string_view::npos) {
      return std::nullopt;
    }
  }
  return "/etc/sudoers does not include /etc/sudoers.d";
}

}  // namespace

std::optional<std::string> said_elsewhere(const scap::InspectedHost& host,
                                          const Resource& resource) {
  const std::string& kind = resource.kind.text();
  // Of sshd the first word counts, and Debian and Red Hat begin with the directory.
  if (kind == "setting" && resource.key == "/etc/ssh/sshd_config" && resource.sub) {
    const std::string_view sub = *resource.sub;
    const std::string key = lowered(sub.substr(sub.rfind(']') + 1));
    const std::size_t begin = key.find_first_not_of(kBlank);
    return otherwise_below(host,
                           "/etc/ssh/sshd_config.d",
                           "",
                           resource,
                           begin == std::string::npos ? key : key.substr(begin));
  }
  if (kind == "sysctl") {
    return otherwise_below(
        host, "/etc/sysctl.d", "90-twoseal.conf", resource, lowered(resource.key));
  }
  if (kind == "file" && resource.key.starts_with("/etc/sudoers.d/")) {
    return unread_sudoers(host);
  }
  return std::nullopt;
}

}  // namespace twoseal::cli
