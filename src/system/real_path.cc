#include "system/real_path.h"

#include "system/plain_path.h"

namespace twoseal {

Result<std::string> real_path(const FileSystem& files, const std::string& path) {
  TWOSEAL_TRY_VOID(check_plain_path(path));
  PathParts parts(path);
  std::string walked = "/";
  int links = 0;
  while (!parts.empty()) {
    const bool last = parts.at_last();
    const std::string name = parts.take();
    if (name == "..") {
      walked = parent_of(walked);
      continue;
    }
    const std::string next = join_path(walked, name);
    if (last) {
      return next;
    }
    TWOSEAL_TRY(const auto info, files.look(next));
    if (!info || info->kind != FileKind::symlink) {
      walked = next;
      continue;
    }
    if (++links > kLinksMax) {
      return fail(Errc::unsafe_path, "leads through too many links", path);
    }
    TWOSEAL_TRY(const std::string target, files.read_link(next));
    walked = target.starts_with('/') ? "/" : walked;
    parts.put(target);
  }
  return walked;
}

}  // namespace twoseal
