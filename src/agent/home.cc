#include "agent/home.h"

#include <array>

#include "base/mutex.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::uint32_t kParentMode = 0755;  // /var/lib/twoseal is no secret
constexpr std::uint32_t kFileMode = 0600;
constexpr std::uint32_t kWriteOfOthers = 0022;
constexpr std::size_t kNamesMax = 100'000;
constexpr const char* kReserveName = "reserve";
constexpr std::array kParts = {"blobs", "changes", "held", "outbox", "scopes", "undo"};

}  // namespace

Result<void> AgentHome::make_directory(const std::string& path, std::uint32_t mode) {
  TWOSEAL_TRY(const auto there, files_.look(path));
  if (there) {
    if (there->kind != FileKind::directory || there->uid != 0 ||
        (there->mode & kWriteOfOthers) != 0) {
      return fail(Errc::unsafe_path, "the agent's directory is not root's alone", path);
    }
    return {};
  }
  FileChange change;
  change.act = FileAct::make_directory;
  change.path = path;
  change.mode = mode;
  return files_.apply({&change, 1});
}

Result<void> AgentHome::prepare() {
  const std::string parent = directory_.substr(0, directory_.rfind('/'));
  if (!parent.empty()) {
    TWOSEAL_TRY_VOID(make_directory(parent, kParentMode));
  }
  TWOSEAL_TRY_VOID(make_directory(directory_, kDirectoryMode));
  for (const char* part : kParts) {
    TWOSEAL_TRY_VOID(make_directory(path(part), kDirectoryMode));
  }
  return keep_reserve();
}

Result<void> AgentHome::sweep() {
  std::vector<std::string> beside = {path(kReserveName)};
  for (const char* part : kParts) {
    beside.push_back(path(std::string(part) + "/any"));
  }
  TWOSEAL_TRY(const std::size_t left_by_crashes, sweep_temporaries(files_, beside));
  static_cast<void>(left_by_crashes);
  return {};
}

// Zeros take room as anything else does; a file with holes would not. Hosts in memory share them;
// of a real one's they are gone from memory once they are written.
std::shared_ptr<const Bytes> AgentHome::reserve_bytes() {
  static Mutex mutex;
  static std::weak_ptr<const Bytes> kept;
  const MutexLock lock(mutex);
  std::shared_ptr<const Bytes> zeros = kept.lock();
  if (zeros == nullptr) {
    zeros = std::make_shared<const Bytes>(kReserveSize, '\0');
    kept = zeros;
  }
  return zeros;
}

Result<void> AgentHome::keep_reserve() {
  TWOSEAL_TRY(const auto there, files_.look(path(kReserveName)));
  if (there) {
    return {};
  }
  TWOSEAL_TRY(const std::uint64_t room, files_.free_space(directory_));
  if (room < 2 * kReserveSize) {
    return {};
  }
  auto written = write_all({{kReserveName, reserve_bytes()}});
  // Somebody else was faster.
  return !written && written.error().code == Errc::disk_full ? Result<void>() : written;
}

Result<void> AgentHome::with_reserve(const std::function<Result<void>()>& work) {
  auto done = work();
  if (done || done.error().code != Errc::disk_full) {
    return done;
  }
  TWOSEAL_TRY_VOID(remove(kReserveName));
  return work();
}

Result<std::optional<Bytes>> AgentHome::read(const std::string& name, std::size_t size_max) const {
  auto read = files_.read(path(name), size_max);
  if (!read && read.error().code == Errc::no_input) {
    return std::nullopt;
  }
  if (!read) {
    return std::unexpected(std::move(read).error());
  }
  return std::move(read->bytes);
}

Result<void> AgentHome::write(const std::string& name, Bytes bytes) {
  return write_all({{name, std::make_shared<const Bytes>(std::move(bytes))}});
}

Result<void> AgentHome::write_all(const std::vector<NamedBytes>& files) {
  std::vector<FileChange> changes;
  for (const NamedBytes& file : files) {
    FileChange change;
    change.act = FileAct::write;
    change.path = path(file.name);
    change.bytes = file.bytes;
    change.mode = kFileMode;
    TWOSEAL_TRY(change.before, files_.look(change.path));
    changes.push_back(std::move(change));
  }
  return files_.apply(changes);
}

Result<void> AgentHome::remove(const std::string& name) {
  FileChange change;
  change.act = FileAct::remove;
  change.path = path(name);
  TWOSEAL_TRY(change.before, files_.look(change.path));
  return change.before ? files_.apply({&change, 1}) : Result<void>();
}

Result<std::vector<std::string>> AgentHome::list(const std::string& directory) const {
  auto names = files_.list(path(directory), kNamesMax);
  if (!names && names.error().code == Errc::no_input) {
    return std::vector<std::string>();
  }
  return names;
}

}  // namespace twoseal
