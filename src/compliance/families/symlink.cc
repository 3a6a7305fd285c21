// symlink: where a link leads in the end.
#include <set>

#include "compliance/families/family.h"

namespace twoseal::scap {

void collect_symlink(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  const Matcher* filepath = query.find(EntityName::filepath);
  if (filepath == nullptr) {
    to.note(Flag::error, "the object has no filepath");
    return;
  }
  std::set<std::string> paths;  // a variable may have the same value twice
  for (const Wanted& wanted : filepath->wanted()) {
    paths.insert(wanted.text);
  }
  for (const std::string& path : paths) {
    const auto status = host.files->status(path, FollowLast::no);
    if (!status) {
      to.note(Flag::error, status.error().what);
      continue;
    }
    if (!*status || (*status)->kind != NodeKind::symlink) {
      continue;
    }
    const auto target = host.files->real_path(path);
    if (!target || !*target) {
      to.note(Flag::error, path + " leads nowhere");
      continue;
    }
    StoredItem item(Family::symlink);
    item.add(EntityName::filepath, path);
    item.add(EntityName::canonical_path, **target);
    to.add(item);
  }
}

}  // namespace twoseal::scap
