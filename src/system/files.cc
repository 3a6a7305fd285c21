#include "system/files.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::size_t kTemporaryDigits = 16;

Result<std::size_t> sweep_directory(FileSystem& files, const std::string& directory) {
  const auto names = files.list(directory, limits::kListMax);
  if (!names) {
    // What is absent or no directory holds nothing that we left.
    const bool nothing =
        names.error().code == Errc::no_input || names.error().code == Errc::not_regular;
    return nothing ? Result<std::size_t>(0) : std::unexpected(names.error());
  }
  std::vector<FileChange> removals;
  for (const std::string& name : *names) {
    if (!is_temporary_name(name)) {
      continue;
    }
    const std::string path = join_path(directory, name);
    TWOSEAL_TRY(const auto info, files.look(path));
    if (info) {
      removals.push_back({.act = FileAct::remove, .path = path, .before = info});
    }
  }
  TWOSEAL_TRY_VOID(files.apply(removals));
  return removals.size();
}

}  // namespace

bool is_same_file(const FileInfo& a, const FileInfo& b) {
  if (a.kind != b.kind || a.device != b.device || a.inode != b.inode) {
    return false;
  }
  if (a.kind == FileKind::directory) {
    return a.mode == b.mode && a.uid == b.uid && a.gid == b.gid;
  }
  return a.size == b.size && a.changed_ns == b.changed_ns;
}

std::string temporary_name(std::uint64_t number) {
  std::string digits(kTemporaryDigits, '0');
  for (std::size_t i = kTemporaryDigits; i-- > 0; number >>= 4U) {
    digits[i] = "0123456789abcdef"[number & 15U];
  }
  return std::string(kTemporaryPrefix) + digits;
}

bool is_temporary_name(std::string_view name) {
  return name.starts_with(kTemporaryPrefix) &&
         name.size() == kTemporaryPrefix.size() + kTemporaryDigits &&
         name.find_first_not_of("0123456789abcdef", kTemporaryPrefix.size()) ==
             std::string_view::npos;
}

Result<std::size_t> sweep_temporaries(FileSystem& files, std::span<const std::string> paths) {
  std::set<std::string> directories;
  for (const std::string& path : paths) {
    directories.insert(parent_of(path));
  }
  std::size_t count = 0;
  for (const std::string& directory : directories) {
    TWOSEAL_TRY(const std::size_t swept, sweep_directory(files, directory));
    count += swept;
  }
  return count;
}

}  // namespace twoseal
