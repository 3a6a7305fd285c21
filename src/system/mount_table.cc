#include "system/mount_table.h"

#include <algorithm>
#include <optional>

namespace twoseal {
namespace {

std::string_view take_part(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

// Nothing when it is not below the root.
std::optional<std::string> below(std::string_view root, const std::string& point) {
  if (root == "/") {
    return point;
  }
  if (!point.starts_with(root)) {
    return std::nullopt;
  }
  const std::string rest = point.substr(root.size());
  if (rest.empty()) {
    return "/";
  }
  return rest.front() == '/' ? std::optional(rest) : std::nullopt;
}

}  // namespace

std::string unescaped_mount_word(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_octal = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(i + 1) && is_octal(i + 2) &&
        is_octal(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<Mount> parse_mount_table(std::string_view text, std::string_view root) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    std::string_view line = take_part(text, '\n');
    Mount mount;
    mount.device = unescaped_mount_word(take_part(line, ' '));
    const auto point = below(root, unescaped_mount_word(take_part(line, ' ')));
    mount.type = take_part(line, ' ');
    std::string_view options = take_part(line, ' ');
    if (!point || point->empty() || options.empty() || mount.type == "rootfs") {
      continue;
    }
    mount.point = *point;
    while (!options.empty()) {
      mount.options.emplace_back(take_part(options, ','));
    }
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace twoseal
