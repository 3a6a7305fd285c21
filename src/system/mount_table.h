// The mount table as the kernel writes it into /proc/self/mounts (proc(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace twoseal {

struct Mount {
  std::string device;
  std::string point;
  std::string type;
  std::vector<std::string> options;
};

/// A word of a mount table, also of mountinfo, as it is meant: blanks and backslashes are written
/// as octal numbers there (proc(5)).
[[nodiscard]] std::string unescaped_mount_word(std::string_view text);

/// What is mounted at `root` and below it, named from there: `/mnt/image/tmp` is `/tmp` of
/// `/mnt/image`. `root`: as the table names it; `/` for all of it. Lines that are none are left
/// out, as is the `rootfs` below everything.
[[nodiscard]] std::vector<Mount> parse_mount_table(std::string_view text, std::string_view root);

}  // namespace twoseal
