// What kinds of file systems there are, by the numbers that statfs(2) tells: statfs(2),
// linux/magic.h. In one place, since walks, facts of the kernel and listening ask for them.
#pragma once

#include <cstdint>
#include <string_view>

namespace twoseal {

inline constexpr std::uint64_t kProcFileSystem = 0x9fa0;
inline constexpr std::uint64_t kSelinuxFileSystem = 0xf97cff8c;
/// Served by some program; which one, only the mount table tells.
inline constexpr std::uint64_t kFuseFileSystem = 0x65735546;

/// Those in which the kernel shows and takes settings: /proc, /sys and their kind.
[[nodiscard]] bool is_kernel_file_system(std::uint64_t type);

/// Those that other machines serve, and those that are only mounted when somebody looks (autofs).
[[nodiscard]] bool is_remote_file_system(std::uint64_t type);

/// The same of a FUSE file system by its name in the mount table, such as `fuse.sshfs`.
[[nodiscard]] bool is_remote_fuse(std::string_view name);

}  // namespace twoseal
