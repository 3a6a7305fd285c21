#include "system/real_path.h"

#include "system/plain_path.h"

namespace twoseal {

Result<std::optional<std::string>> link_at(const FileSystem& files, const std::string& path) {
  TWOSEAL_TRY(const auto info, files.look(path));
  if (!info || info->kind != FileKind::symlink) {
    return std::optional<std::string>();
  }
  TWOSEAL_TRY(std::string target, files.read_link(path));
  return std::optional(std::move(target));
}

Result<std::string> real_path(const FileSystem& files, const std::string& path) {
  return real_path([&](const std::string& at) { return link_at(files, at); }, path);
}

Result<std::string> real_path(const LinkReader& links, const std::string& path) {
  TWOSEAL_TRY_VOID(check_plain_path(path));
  PathParts parts(path);
  std::string walked = "/";
  int followed = 0;
  while (!parts.empty()) {
    const bool last = parts.at_last();
    const std::string name = parts.take();
    if (name == "..") {
      walked = parent_of(walked);
      continue;
    }
    std::string next = join_path(walked, name);
    if (last) {
      return next;
    }
    TWOSEAL_TRY(const auto target, links(next));
    if (!target) {
      walked = std::move(next);
      continue;
    }
    if (++followed > kLinksMax) {
      return fail(Errc::unsafe_path, "leads through too many links", path);
    }
    walked = target->starts_with('/') ? "/" : walked;
    parts.put(*target);
  }
  return walked;
}

}  // namespace twoseal
