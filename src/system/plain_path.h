// Absolute paths without anything to interpret, and the links that may stand on their way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace twoseal {

/// How many links one path may lead through, as in Linux.
inline constexpr int kLinksMax = 40;

/// Whether `path` is absolute, at most 4,095 octets, and has no `.`, `..`, `//`, NUL or trailing
/// slash; `/` alone is one too.
[[nodiscard]] bool is_host_path(std::string_view path);

/// `/etc` of `/etc/hosts`, `/` of `/etc` and of `/`.
[[nodiscard]] std::string parent_of(std::string_view path);

/// `hosts` of `/etc/hosts`; empty of `/`.
[[nodiscard]] std::string name_in_parent(std::string_view path);

/// `name` in `directory`, which may end with a slash, as `/` does.
[[nodiscard]] std::string join_path(std::string_view directory, std::string_view name);

/// Whether `path` is `directory` or lies below it; all paths are below `/`.
[[nodiscard]] bool is_at_or_below(std::string_view directory, std::string_view path);

/// The parts of a path or of the target of a link that are still to be walked, the next one last.
/// What means nothing (empty parts and `.`) is left out; `..` stays.
class PathParts {
 public:
  explicit PathParts(std::string_view path) { put(path); }

  /// Puts the parts of `path` before what is left.
  void put(std::string_view path);

  /// Whether only the last part of the whole path is left, or nothing.
  [[nodiscard]] bool at_last() const { return parts_.size() <= 1; }

  [[nodiscard]] bool empty() const { return parts_.empty(); }

  /// Takes the next part; there must be one.
  [[nodiscard]] std::string take();

 private:
  std::vector<std::string> parts_;
};

/// Whether root may follow a link of owner `link_uid` that stands in a directory of owner
/// `directory_uid` and `directory_mode`: nobody else can have made it or can exchange it.
[[nodiscard]] bool is_safe_link(std::uint32_t link_uid,
                                std::uint32_t directory_uid,
                                std::uint32_t directory_mode);

/// Errc::unsafe_path for a path that is not plain.
[[nodiscard]] Result<void> check_plain_path(const std::string& path);

}  // namespace twoseal
