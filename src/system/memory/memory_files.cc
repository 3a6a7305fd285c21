#include "system/memory/memory_files.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/hash.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kReadOfAll = 0004;
constexpr std::int64_t kMillion = 1'000'000;

std::unexpected<Error> fail_absent(const std::string& path) {
  return fail(Errc::no_input, "is not there", path);
}

}  // namespace

std::int64_t MemoryFiles::stamp_locked_us() const {
  last_us_ = std::max(last_us_ + 1, clock_.now() * kMillion);
  tree_.set_now(last_us_ * 1000);
  return last_us_;
}

std::int64_t MemoryFiles::stamp_us() const {
  const MutexLock lock(mutex_);
  return stamp_locked_us();
}

// --- setting up -------------------------------------------------------------------------------

void MemoryFiles::put_inode(const std::string& path, const MemoryInodePtr& inode) {
  const std::string parent = parent_of(path);
  if (const auto above = tree_.find(parent); !above || !*above || !(*above)->inode) {
    const MemoryInodePtr directory = tree_.make(FileKind::directory, nullptr);
    directory->info.mode = 0755;
    put_inode(parent, directory);
  }
  const auto place = tree_.find(path);
  check(place && *place && (*place)->directory, "a host in memory is set up with safe plain paths");
  tree_.set_name((*place)->directory, (*place)->name, inode);
  tree_.sync();
}

void MemoryFiles::put(const std::string& path,
                      std::shared_ptr<const Bytes> bytes,
                      std::uint32_t mode,
                      std::uint32_t uid,
                      std::uint32_t gid) {
  const MutexLock lock(mutex_);
  stamp_locked_us();
  const MemoryInodePtr inode = tree_.make(FileKind::regular, std::move(bytes));
  tree_.set_attributes(inode, mode, uid, gid);
  put_inode(path, inode);
}

void MemoryFiles::put(const std::string& path, BytesView bytes) {
  put(path, std::make_shared<const Bytes>(bytes));
}

void MemoryFiles::put_directory(const std::string& path,
                                std::uint32_t mode,
                                std::uint32_t uid,
                                std::uint32_t gid) {
  const MutexLock lock(mutex_);
  stamp_locked_us();
  const auto there = tree_.find(path);
  if (there && *there && (*there)->inode && (*there)->inode->info.kind == FileKind::directory) {
    tree_.set_attributes((*there)->inode, mode, uid, gid);
    tree_.sync();
    return;
  }
  const MemoryInodePtr inode = tree_.make(FileKind::directory, nullptr);
  tree_.set_attributes(inode, mode, uid, gid);
  put_inode(path, inode);
}

void MemoryFiles::put_symlink(const std::string& path,
                              const std::string& target,
                              std::uint32_t uid) {
  const MutexLock lock(mutex_);
  stamp_locked_us();
  const MemoryInodePtr inode = tree_.make(FileKind::symlink, std::make_shared<const Bytes>(target));
  tree_.set_attributes(inode, 0777, uid, uid);
  put_inode(path, inode);
}

void MemoryFiles::put_link(const std::string& path, const std::string& existing) {
  const MutexLock lock(mutex_);
  stamp_locked_us();
  const auto place = tree_.find(existing);
  check(place && *place && (*place)->inode, "the other name of a file is there");
  put_inode(path, (*place)->inode);
}

void MemoryFiles::put_other(const std::string& path) {
  const MutexLock lock(mutex_);
  stamp_locked_us();
  put_inode(path, tree_.make(FileKind::other, nullptr));
}

void MemoryFiles::erase(const std::string& path) {
  const MutexLock lock(mutex_);
  stamp_locked_us();
  const auto place = tree_.find(path);
  if (place && *place && (*place)->directory && (*place)->inode) {
    tree_.set_name((*place)->directory, (*place)->name, nullptr);
    tree_.sync();
  }
}

Bytes MemoryFiles::text(const std::string& path) const {
  const MutexLock lock(mutex_);
  const auto inode = regular(path, std::numeric_limits<std::uint64_t>::max());
  return inode ? *(*inode)->bytes : Bytes();
}

void MemoryFiles::set_capacity(std::uint64_t octets) {
  const MutexLock lock(mutex_);
  capacity_ = octets;
}

void MemoryFiles::set_read_only(const std::string& path, bool read_only) {
  const MutexLock lock(mutex_);
  std::erase(read_only_, path);
  if (read_only) {
    read_only_.push_back(path);
  }
}

void MemoryFiles::hold_account_lock(bool held) {
  const MutexLock lock(mutex_);
  accounts_locked_ = held;
}

void MemoryFiles::lose_power(std::size_t kept) {
  const MutexLock lock(mutex_);
  stamp_locked_us();
  tree_.lose_power(kept);
  accounts_locked_ = false;
}

// --- reading ----------------------------------------------------------------------------------

Result<std::optional<FileInfo>> MemoryFiles::look(const std::string& path) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::look, path));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const auto place, tree_.find(path));
  return place && place->inode ? std::optional(place->inode->info) : std::nullopt;
}

Result<MemoryInodePtr> MemoryFiles::regular(const std::string& path, std::uint64_t size_max) const {
  TWOSEAL_TRY(const auto place, tree_.find(path));
  if (!place || !place->inode) {
    return fail_absent(path);
  }
  if (place->inode->info.kind != FileKind::regular) {
    return fail(Errc::not_regular, "is no regular file", path);
  }
  if (place->inode->info.size > size_max) {
    return fail(Errc::too_large, "larger than " + std::to_string(size_max) + " bytes", path);
  }
  return place->inode;
}

Result<FileBytes> MemoryFiles::read(const std::string& path, std::size_t size_max) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::read, path));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const MemoryInodePtr inode, regular(path, size_max));
  return FileBytes{inode->info, *inode->bytes};
}

Result<FileDigest> MemoryFiles::digest(const std::string& path, std::uint64_t size_max) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::read, path));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const MemoryInodePtr inode, regular(path, size_max));
  return FileDigest{inode->info, sha256(*inode->bytes)};
}

Result<std::string> MemoryFiles::read_link(const std::string& path) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::read_link, path));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const auto place, tree_.find(path));
  if (!place || !place->inode) {
    return fail_absent(path);
  }
  if (place->inode->info.kind != FileKind::symlink) {
    return fail(Errc::not_regular, "is no link", path);
  }
  return *place->inode->bytes;
}

Result<std::vector<std::string>> MemoryFiles::list(const std::string& path,
                                                   std::size_t count_max) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::list, path));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const auto place, tree_.find(path));
  if (!place || !place->inode) {
    return fail_absent(path);
  }
  if (place->inode->info.kind != FileKind::directory) {
    return fail(Errc::not_regular, "is no directory", path);
  }
  if (place->inode->names.size() > count_max) {
    return fail(Errc::too_large, "holds more than " + std::to_string(count_max) + " names", path);
  }
  std::vector<std::string> names;
  for (const auto& [name, inode] : place->inode->names) {
    names.push_back(name);
  }
  return names;
}

Result<bool> MemoryFiles::readable_by_all(const std::string& path) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::look, path));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const auto place, tree_.find(path));
  return place && place->inode && place->searchable && (place->inode->info.mode & kReadOfAll) != 0;
}

Result<std::uint64_t> MemoryFiles::free_space(const std::string& path) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::look, path));
  TWOSEAL_TRY_VOID(check_plain_path(path));
  const MutexLock lock(mutex_);
  const std::uint64_t used = tree_.used();
  return capacity_ > used ? capacity_ - used : 0;
}

// --- changing ---------------------------------------------------------------------------------

Result<void> MemoryFiles::check_writable(const std::string& path) const {
  for (const std::string& place : read_only_) {
    if (is_at_or_below(place, path)) {
      return fail(Errc::no_permission, "is on a read-only file system", path);
    }
  }
  return {};
}

Result<void> MemoryFiles::check_space(std::uint64_t more, const std::string& path) const {
  // Without a limit nobody counts: the count walks over all files.
  if (capacity_ == std::numeric_limits<std::uint64_t>::max()) {
    return {};
  }
  const std::uint64_t used = tree_.used();
  if (used > capacity_ || more > capacity_ - used) {
    return fail(Errc::disk_full, "no space left on the device", path);
  }
  return {};
}

Result<MemoryPlace> MemoryFiles::place_to_change(const FileChange& change) const {
  TWOSEAL_TRY(auto place, tree_.find(change.path));
  if (!place || !place->directory) {
    return fail(Errc::bad_output, "its directory is not there", change.path);
  }
  TWOSEAL_TRY_VOID(check_writable(change.path));
  return *std::move(place);
}

Result<MemoryPlace> MemoryFiles::expected_place(const FileChange& change) const {
  TWOSEAL_TRY(auto place, place_to_change(change));
  const FileInfo* there = place.inode ? &place.inode->info : nullptr;
  const bool holds = change.before ? there != nullptr && is_same_file(*there, *change.before)
                                   : there == nullptr && change.act != FileAct::remove &&
                                         change.act != FileAct::set_attributes;
  if (!holds) {
    return fail(Errc::changed_meanwhile,
                there == nullptr ? "is not there any more" : "is not what it was",
                change.path);
  }
  const bool makes_file = change.act == FileAct::write || change.act == FileAct::make_symlink;
  if (makes_file && there != nullptr && there->kind != FileKind::regular &&
      there->kind != FileKind::symlink) {
    return fail(Errc::not_regular, "is neither file nor link", change.path);
  }
  if (change.act == FileAct::make_directory && there != nullptr) {
    return fail(Errc::changed_meanwhile, "is there already", change.path);
  }
  return place;
}

Result<void> MemoryFiles::stage(const FileChange& change,
                                FileKind kind,
                                std::vector<Staged>& staged) {
  TWOSEAL_TRY(const MemoryPlace place, expected_place(change));
  if (kind == FileKind::regular) {
    TWOSEAL_TRY_VOID(check_space(change.bytes->size(), change.path));
  }
  faults_.step();
  stamp_locked_us();
  const MemoryInodePtr inode = tree_.make(kind, change.bytes);
  tree_.set_attributes(
      inode, kind == FileKind::symlink ? 0777 : change.mode, change.uid, change.gid);
  staged.push_back({place.directory, temporary_name(++temporaries_)});
  tree_.set_name(place.directory, staged.back().temporary, inode);
  return {};
}

Result<void> MemoryFiles::rename(const FileChange& change, const Staged& staged) {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::rename, change.path));
  TWOSEAL_TRY(const MemoryPlace place, expected_place(change));
  faults_.step();
  stamp_locked_us();
  const MemoryInodePtr inode = staged.directory->child(staged.temporary);
  tree_.set_name(place.directory, place.name, inode);
  tree_.set_name(staged.directory, staged.temporary, nullptr);
  return {};
}

Result<void> MemoryFiles::write_together(std::span<const FileChange> writes) {
  std::vector<Staged> staged;
  Result<void> result;
  for (std::size_t i = 0; i < writes.size() && result; ++i) {
    result = faults_.take(MemoryVerb::write, writes[i].path);
    if (result) {
      result = stage(writes[i], FileKind::regular, staged);
    }
  }
  std::size_t renamed = 0;
  while (result && renamed < writes.size()) {
    result = rename(writes[renamed], staged[renamed]);
    renamed += result ? 1 : 0;
  }
  // By hand and not by a destructor: a crash must leave them.
  for (std::size_t i = renamed; i < staged.size(); ++i) {
    tree_.set_name(staged[i].directory, staged[i].temporary, nullptr);
  }
  return result;
}

Result<void> MemoryFiles::make_named(const FileChange& change, FileKind kind) {
  TWOSEAL_TRY_VOID(faults_.take(
      kind == FileKind::symlink ? MemoryVerb::make_symlink : MemoryVerb::make_directory,
      change.path));
  std::vector<Staged> staged;
  TWOSEAL_TRY_VOID(stage(change, kind, staged));
  Result<void> renamed = rename(change, staged[0]);
  if (!renamed) {
    tree_.set_name(staged[0].directory, staged[0].temporary, nullptr);
  }
  return renamed;
}

Result<void> MemoryFiles::set_attributes(const FileChange& change) {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::set_attributes, change.path));
  TWOSEAL_TRY(const MemoryPlace place, expected_place(change));
  if (place.inode->info.kind == FileKind::regular && place.inode->info.links > 1) {
    FileChange copy = change;
    copy.act = FileAct::write;
    copy.bytes = place.inode->bytes;
    return write_together({&copy, 1});
  }
  if (place.inode->info.kind != FileKind::regular &&
      place.inode->info.kind != FileKind::directory) {
    return fail(Errc::not_regular, "is neither file nor directory", change.path);
  }
  faults_.step();
  stamp_locked_us();
  tree_.set_attributes(place.inode, change.mode, change.uid, change.gid);
  return {};
}

Result<void> MemoryFiles::remove(const FileChange& change) {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::remove, change.path));
  TWOSEAL_TRY(const MemoryPlace place, expected_place(change));
  if (!place.inode->names.empty()) {
    return fail(Errc::io_failed, "the directory is not empty", change.path);
  }
  faults_.step();
  stamp_locked_us();
  tree_.set_name(place.directory, place.name, nullptr);
  return {};
}

Result<void> MemoryFiles::apply_in_order(std::span<const FileChange> changes) {
  while (!changes.empty()) {
    const auto other = std::find_if(changes.begin(), changes.end(), [](const FileChange& change) {
      return change.act != FileAct::write;
    });
    if (other != changes.begin()) {
      const auto count = static_cast<std::size_t>(other - changes.begin());
      TWOSEAL_TRY_VOID(write_together(changes.first(count)));
      changes = changes.subspan(count);
      continue;
    }
    const FileChange& change = changes.front();
    Result<void> done;
    switch (change.act) {
      case FileAct::make_directory:
        done = make_named(change, FileKind::directory);
        break;
      case FileAct::make_symlink:
        done = make_named(change, FileKind::symlink);
        break;
      case FileAct::set_attributes:
        done = set_attributes(change);
        break;
      default:
        done = remove(change);
    }
    TWOSEAL_TRY_VOID(std::move(done));
    changes = changes.subspan(1);
  }
  return {};
}

Result<void> MemoryFiles::apply(std::span<const FileChange> changes) {
  const MutexLock lock(mutex_);
  Result<void> done = apply_in_order(changes);
  for (const FileChange& change : changes) {
    if (auto synced = faults_.take(MemoryVerb::sync, change.path); !synced) {
      return synced;
    }
  }
  tree_.sync();
  return done;
}

// --- growing files ----------------------------------------------------------------------------

class MemoryAppendFile final : public AppendFile {
 public:
  MemoryAppendFile(MemoryFiles& files, std::string path, MemoryInodePtr inode)
      : files_(files), path_(std::move(path)), inode_(std::move(inode)) {}

  Result<void> append(BytesView bytes) override {
    TWOSEAL_TRY_VOID(files_.faults_.take(MemoryVerb::append, path_));
    const MutexLock lock(files_.mutex_);
    TWOSEAL_TRY_VOID(files_.check_writable(path_));
    TWOSEAL_TRY_VOID(files_.check_space(bytes.size(), path_));
    const bool last = files_.faults_.is_last_step();
    files_.stamp_locked_us();
    if (inode_->bytes != own_) {
      own_ = std::make_shared<Bytes>(*inode_->bytes);
    }
    own_->append(bytes.substr(0, last ? bytes.size() / 2 : bytes.size()));
    files_.tree_.set_bytes(inode_, own_);
    if (last) {
      throw MemoryCrash();
    }
    return {};
  }

  Result<void> sync() override {
    if (!files_.faults_.take(MemoryVerb::sync, path_)) {
      return fail(Errc::sync_failed, "was not synced", path_);
    }
    const MutexLock lock(files_.mutex_);
    files_.faults_.step();
    files_.tree_.sync_bytes(inode_);
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    TWOSEAL_TRY_VOID(files_.faults_.take(MemoryVerb::truncate, path_));
    const MutexLock lock(files_.mutex_);
    TWOSEAL_TRY_VOID(files_.check_writable(path_));
    files_.faults_.step();
    files_.stamp_locked_us();
    own_ = std::make_shared<Bytes>(*inode_->bytes);
    own_->resize(size);
    files_.tree_.set_bytes(inode_, own_);
    return {};
  }

  std::uint64_t size() const override {
    const MutexLock lock(files_.mutex_);
    return inode_->info.size;
  }

 private:
  MemoryFiles& files_;
  std::string path_;
  MemoryInodePtr inode_;
  // The bytes of the inode, when this object made them: only then may they grow in place.
  std::shared_ptr<Bytes> own_;
};

Result<std::unique_ptr<AppendFile>> MemoryFiles::append_to(const std::string& path) {
  const MutexLock lock(mutex_);
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::write, path));
  TWOSEAL_TRY(MemoryPlace place, place_to_change({.path = path}));
  if (place.inode && place.inode->info.kind != FileKind::regular) {
    return fail(Errc::not_regular, "is no regular file", path);
  }
  if (!place.inode) {
    faults_.step();
    stamp_locked_us();
    place.inode = tree_.make(FileKind::regular, std::make_shared<const Bytes>());
    tree_.set_attributes(place.inode, 0600, 0, 0);
    tree_.set_name(place.directory, place.name, place.inode);
    tree_.sync();
  }
  return std::make_unique<MemoryAppendFile>(*this, path, place.inode);
}

// --- the lock of the account files ------------------------------------------------------------

class MemoryAccountLock final : public FileSystem::AccountLock {
 public:
  explicit MemoryAccountLock(MemoryFiles& files) : files_(files) {}

  MemoryAccountLock(const MemoryAccountLock&) = delete;
  MemoryAccountLock& operator=(const MemoryAccountLock&) = delete;

  ~MemoryAccountLock() override { files_.hold_account_lock(false); }

 private:
  MemoryFiles& files_;
};

Result<std::unique_ptr<FileSystem::AccountLock>> MemoryFiles::lock_accounts() {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::lock_accounts, "/etc/passwd"));
  const MutexLock lock(mutex_);
  if (accounts_locked_) {
    return fail(Errc::try_again, "somebody else changes accounts", "/etc/passwd");
  }
  accounts_locked_ = true;
  return std::make_unique<MemoryAccountLock>(*this);
}

}  // namespace twoseal
