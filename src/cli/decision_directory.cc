#include "cli/decision_directory.h"

#include <set>

#include "base/limits.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kFilesMax = 200'000;
constexpr std::size_t kDepthMax = 4;  // assignments/HOST/N.json is three deep
constexpr std::size_t kTotalMax = 512U * 1024 * 1024;
constexpr std::string_view kUnreadable = "unreadable";

class Reader {
 public:
  explicit Reader(std::string root) : root_(std::move(root)) {}

  Result<Files> run() {
    TWOSEAL_TRY_VOID(descend("", 1));
    return std::move(files_);
  }

 private:
  Result<void> descend(const std::string& folder, std::size_t depth) {
    const std::string path_here = folder.empty() ? root_ : root_ + "/" + folder;
    TWOSEAL_TRY(const auto entries, list_directory(path_here, kFilesMax));
    for (const DirectoryEntry& entry : entries) {
      const std::string path = folder + entry.name;
      if (entry.kind == EntryKind::directory && depth < kDepthMax) {
        TWOSEAL_TRY_VOID(descend(path + "/", depth + 1));
      } else {
        TWOSEAL_TRY_VOID(take(path, entry.kind));
      }
    }
    return {};
  }

  Result<void> take(const std::string& path, EntryKind kind) {
    auto bytes = kind == EntryKind::file
                     ? read_file(root_ + "/" + path, limits::kBlobMax, Links::refuse)
                     : Result<Bytes>(std::string(kUnreadable));
    total_ += bytes ? bytes->size() : 0;
    files_[path] = bytes ? *std::move(bytes) : std::string(kUnreadable);
    if (files_.size() > kFilesMax || total_ > kTotalMax) {
      return fail(Errc::too_large, "the directory holds more than a decision needs", root_);
    }
    return {};
  }

  std::string root_;
  Files files_;
  std::size_t total_ = 0;
};

Result<void> write_into(const std::string& path,
                        const Files& files,
                        Existing existing,
                        Durability durability) {
  std::set<std::string> made;
  for (const auto& [name, bytes] : files) {
    for (std::size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      const std::string folder = name.substr(0, slash);
      if (made.insert(folder).second) {
        TWOSEAL_TRY_VOID(
            make_directory(path + "/" + folder, Access::everybody, Existing::replace, durability));
      }
    }
    TWOSEAL_TRY_VOID(write_file(path + "/" + name, bytes, Access::everybody, existing, durability));
  }
  return {};
}

}  // namespace

Result<Files> read_decision_directory(const std::string& path) {
  return Reader(path).run();
}

Result<void> write_decision_directory(const std::string& path,
                                      const Files& files,
                                      Durability durability) {
  TWOSEAL_TRY_VOID(make_directory(path, Access::everybody, Existing::keep, durability));
  return write_into(path, files, Existing::keep, durability);
}

Result<void> write_into_directory(const std::string& path, const Files& files) {
  TWOSEAL_TRY_VOID(make_directory(path, Access::everybody, Existing::replace));
  return write_into(path, files, Existing::replace, Durability::synced);
}

}  // namespace twoseal::cli
