#include "cli/decision_directory.h"

#include <set>

#include "base/limits.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kFilesMax = 200'000;
constexpr std::size_t kDepthMax = 4;  // assignments/HOST/N.json is three deep
constexpr std::size_t kTotalMax = 512U * 1024 * 1024;

// What of a file that could not be read is told: what it is, or why.
std::string text_of(const Error& error) {
  switch (error.code) {
    case Errc::not_regular:
      return error.what + ", not a regular file";
    case Errc::too_large:
      return "is " + error.what;
    default:
      return "cannot be read: " + error.what;
  }
}

class Reader {
 public:
  explicit Reader(std::string root) : root_(std::move(root)) {}

  Result<FoundDirectory> run() {
    TWOSEAL_TRY_VOID(descend("", 1));
    return std::move(found_);
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
        TWOSEAL_TRY_VOID(take(path));
      }
    }
    return {};
  }

  Result<void> take(const std::string& path) {
    const std::size_t size_max = path.starts_with("blobs/") ? limits::kBlobMax : limits::kObjectMax;
    auto bytes = read_file(root_ + "/" + path, size_max, Links::refuse);
    if (bytes) {
      total_ += bytes->size();
      found_.files[path] = *std::move(bytes);
    } else {
      Error error = std::move(bytes).error();
      error.what = text_of(error);
      found_.unread.emplace(path, std::move(error));
    }
    if (found_.files.size() + found_.unread.size() > kFilesMax || total_ > kTotalMax) {
      return fail(Errc::too_large, "the directory holds more than a decision needs", root_);
    }
    return {};
  }

  std::string root_;
  FoundDirectory found_;
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

Result<FoundDirectory> find_decision_directory(const std::string& path) {
  return Reader(path).run();
}

Result<Files> read_decision_directory(const std::string& path) {
  TWOSEAL_TRY(FoundDirectory found, find_decision_directory(path));
  if (!found.unread.empty()) {
    return std::unexpected(found.unread.begin()->second);
  }
  return std::move(found.files);
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
