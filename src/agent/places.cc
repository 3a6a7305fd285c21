#include "agent/places.h"

#include "system/real_path.h"

namespace twoseal {

Result<void> name_places(const FileSystem& files, std::vector<Operation>& operations) {
  for (Operation& one : operations) {
    if (auto* file = std::get_if<FileOperation>(&one)) {
      TWOSEAL_TRY(file->path, real_path(files, file->path));
    }
  }
  return {};
}

Result<void> check_place(const FileSystem& files, const Operation& operation) {
  const auto* file = std::get_if<FileOperation>(&operation);
  if (file == nullptr) {
    return {};
  }
  TWOSEAL_TRY(const std::string now, real_path(files, file->path));
  if (now != file->path) {
    return fail(Errc::changed_meanwhile, "it leads to " + now + " now", file->path);
  }
  TWOSEAL_TRY(const auto info, files.look(file->path));
  return !info || info->kind != FileKind::regular || info->links <= 1
             ? Result<void>()
             : fail(Errc::changed_meanwhile,
                    "it has " + std::to_string(info->links) + " names now (hard links)",
                    file->path);
}

}  // namespace twoseal
