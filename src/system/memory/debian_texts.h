// The texts of a Debian 12 host in memory, made once and shared between hosts.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace twoseal {

struct DebianText {
  std::string_view path;
  std::uint32_t mode = 0644;
  std::uint32_t gid = 0;
  std::string_view text;
};

/// Files that belong to no package.
[[nodiscard]] std::span<const DebianText> debian_texts();

/// Configuration and unit files that packages bring, by their path.
[[nodiscard]] std::shared_ptr<const Bytes> debian_package_text(std::string_view path);

}  // namespace twoseal
