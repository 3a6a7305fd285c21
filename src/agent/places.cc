#include "agent/places.h"

#include <set>

#include "system/real_path.h"

namespace twoseal {
namespace {

// Where `path` is; nothing when one of `links` is on the way: where those lead, the run decides.
Result<std::optional<std::string>> place_of(const FileSystem& files,
                                            const std::set<std::string>& links,
                                            const std::string& path) {
  bool behind_own_link = false;
  const auto target = [&](const std::string& at) -> Result<std::optional<std::string>> {
    if (links.contains(at)) {
      behind_own_link = true;
      return std::optional<std::string>();
    }
    return link_at(files, at);
  };
  TWOSEAL_TRY(std::string place, real_path(LinkReader(target), path));
  return behind_own_link ? std::optional<std::string>() : std::optional(std::move(place));
}

// The places of links that the run makes or takes away.
Result<std::set<std::string>> own_links(const FileSystem& files,
                                        const std::vector<Operation>& operations) {
  std::set<std::string> links;
  for (const Operation& one : operations) {
    const auto* file = std::get_if<FileOperation>(&one);
    if (file != nullptr &&
        (file->before.kind == FileKind::symlink || file->after.kind == FileKind::symlink)) {
      TWOSEAL_TRY(std::string place, real_path(files, file->path));
      links.insert(std::move(place));
    }
  }
  return links;
}

}  // namespace

Result<void> name_places(const FileSystem& files, std::vector<Operation>& operations) {
  TWOSEAL_TRY(const auto links, own_links(files, operations));
  for (Operation& one : operations) {
    if (auto* file = std::get_if<FileOperation>(&one)) {
      TWOSEAL_TRY(const auto place, place_of(files, links, file->path));
      file->path = place.value_or(file->path);
    }
  }
  return {};
}

Result<Places> Places::of(const FileSystem& files, const std::vector<Operation>& operations) {
  TWOSEAL_TRY(auto links, own_links(files, operations));
  return Places(files, std::move(links));
}

Result<void> Places::check(const Operation& one) const {
  const auto* file = std::get_if<FileOperation>(&one);
  if (file == nullptr) {
    return {};
  }
  TWOSEAL_TRY(const auto now, place_of(*files_, links_, file->path));
  if (now && *now != file->path) {
    return fail(Errc::changed_meanwhile, "it leads to " + *now + " now", file->path);
  }
  TWOSEAL_TRY(const auto info, files_->look(file->path));
  return !info || info->kind != FileKind::regular || info->links <= 1
             ? Result<void>()
             : fail(Errc::changed_meanwhile,
                    "it has " + std::to_string(info->links) + " names now (hard links)",
                    file->path);
}

}  // namespace twoseal
