#include "system/linux/linux_changes.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace twoseal {
namespace {

// Bounds the open descriptors: a directory for each.
constexpr std::size_t kTogetherMax = 256;
constexpr int kNamesMax = 100;
constexpr std::size_t kAttributesMax = 65'536;
constexpr std::size_t kRewriteMax = std::size_t{256} * 1024 * 1024;

// The same error for what is made, where a missing directory is no missing input.
Error output_error(int number, std::string_view doing, const std::string& path) {
  Error error = os_error(number, doing, path);
  if (error.code == Errc::no_input) {
    error.code = Errc::bad_output;
  }
  return error;
}

// What stands at the place, when it is what the change was planned on.
Result<std::optional<FileInfo>> expected_at(const LinuxPlace& place, const FileChange& change) {
  TWOSEAL_TRY(const auto there, info_at(place, change.path));
  const bool needs_one = change.act == FileAct::remove || change.act == FileAct::set_attributes;
  const bool holds =
      change.before ? there && is_same_file(*there, *change.before) : !there && !needs_one;
  if (!holds) {
    return fail(Errc::changed_meanwhile,
                there ? "is not what it was" : "is not there any more",
                change.path);
  }
  const bool makes_file = change.act == FileAct::write || change.act == FileAct::make_symlink;
  if (makes_file && there && there->kind != FileKind::regular && there->kind != FileKind::symlink) {
    return fail(Errc::not_regular, "is neither file nor link", change.path);
  }
  if (change.act == FileAct::make_directory && there) {
    return fail(Errc::changed_meanwhile, "is there already", change.path);
  }
  return there;
}

// Makes something under a temporary name of its own. `make`: returns whether the system call made
// it, or set errno.
Result<std::string> make_temporary(const std::string& path,
                                   const std::function<bool(const char* name)>& make) {
  for (int i = 0; i < kNamesMax; ++i) {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof(number), 0) != sizeof(number)) {
      return std::unexpected(os_error(errno, "choosing a name for", path));
    }
    std::string name = temporary_name(number);
    if (make(name.c_str())) {
      return name;
    }
    if (errno != EEXIST) {
      return std::unexpected(output_error(errno, "making a file in the directory of", path));
    }
  }
  return fail(Errc::bad_output, "too many temporary files beside it", path);
}

// Owner before mode: a change of owner takes the set-user-id bit away.
Result<void> give(int file, const FileChange& change, const FileInfo& made) {
  if ((made.uid != change.uid || made.gid != change.gid) &&
      ::fchown(file, change.uid, change.gid) != 0) {
    return std::unexpected(os_error(errno, "giving its owner to", change.path));
  }
  return {};
}

Result<void> set_mode(int file, std::uint32_t mode, const std::string& path) {
  if (::fchmod(file, mode) != 0) {
    return std::unexpected(os_error(errno, "setting the mode of", path));
  }
  return {};
}

Result<void> copy_attribute(int from, int to, const char* name, const std::string& path) {
  std::string value(kAttributesMax, '\0');
  const ssize_t size = ::fgetxattr(from, name, value.data(), value.size());
  if (size < 0) {
    // Gone since it was listed.
    return errno == ENODATA ? Result<void>()
                            : std::unexpected(os_error(errno, "reading attributes of", path));
  }
  if (::fsetxattr(to, name, value.data(), static_cast<std::size_t>(size), 0) != 0) {
    return std::unexpected(os_error(errno, "setting attributes of", path));
  }
  return {};
}

// The names of its extended attributes; none where the file system has none.
Result<std::vector<std::string>> attributes_of(int file, const std::string& path) {
  std::vector<std::string> list;
  ssize_t size = ::flistxattr(file, nullptr, 0);
  if (size == 0 || (size < 0 && errno == ENOTSUP)) {
    return list;
  }
  std::string names(kAttributesMax, '\0');
  size = ::flistxattr(file, names.data(), names.size());
  if (size < 0) {
    return std::unexpected(os_error(errno, "listing attributes of", path));
  }
  names.resize(static_cast<std::size_t>(size));
  for (std::size_t at = 0; at < names.size(); at += list.back().size() + 1) {
    list.emplace_back(names.c_str() + at);
  }
  return list;
}

// Extended attributes, among them the access list, but for the sums of the content that the kernel
// itself keeps. An access list that the new file got from its directory goes when the old had none.
Result<void> copy_attributes(int from, int to, const std::string& path) {
  constexpr const char* kAccessList = "system.posix_acl_access";
  TWOSEAL_TRY(const auto names, attributes_of(from, path));
  for (const std::string& name : names) {
    if (name != "security.ima" && name != "security.evm") {
      TWOSEAL_TRY_VOID(copy_attribute(from, to, name.c_str(), path));
    }
  }
  const bool has_list = std::find(names.begin(), names.end(), kAccessList) != names.end();
  if (!has_list && ::fremovexattr(to, kAccessList) != 0 && errno != ENODATA && errno != ENOTSUP) {
    return std::unexpected(os_error(errno, "removing the access list of", path));
  }
  return {};
}

Result<void> keep_attributes(const LinuxPlace& place, int made, const FileChange& change) {
  const FileDescriptor old(::openat(place.directory.get(),
                                    place.name.c_str(),
                                    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
  if (!old.is_open()) {
    return std::unexpected(os_error(errno, "reading attributes of", change.path));
  }
  return copy_attributes(old.get(), made, change.path);
}

}  // namespace

// --- what all acts share ----------------------------------------------------------------------

Result<LinuxPlace> LinuxChanges::place_of(const FileChange& change) const {
  auto place = paths_.place(change.path);
  if (!place && place.error().code == Errc::no_input) {
    place.error().code = change.before ? Errc::changed_meanwhile : Errc::bad_output;
  }
  return place;
}

// The directory is to be synced at the end.
void LinuxChanges::touch(const LinuxPlace& place) {
  FileDescriptor directory(
      ::openat(place.directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status = {};
  if (!directory.is_open() || ::fstat(directory.get(), &status) != 0) {
    return;
  }
  // Most neighbours in a list of changes share their directory.
  std::string key = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  if (key != last_touched_) {
    last_touched_ = std::move(key);
    changed_.add(std::move(directory), info_of(status));
  }
}

Result<void> LinuxChanges::rename(const FileChange& change, const Staged& staged) {
  TWOSEAL_TRY(const auto there, expected_at(staged.place, change));
  const int directory = staged.place.directory.get();
  const char* from = staged.temporary.c_str();
  const char* to = staged.place.name.c_str();
  int result = ::renameat2(directory, from, directory, to, there ? 0 : RENAME_NOREPLACE);
  if (result != 0 && errno == EINVAL && !there) {
    // A file system without this flag: expected_at() just saw that the name is free.
    result = ::renameat(directory, from, directory, to);
  }
  if (result != 0) {
    if (errno == EEXIST) {
      return fail(Errc::changed_meanwhile, "came into being meanwhile", change.path);
    }
    return std::unexpected(output_error(errno, "renaming to", change.path));
  }
  touch(staged.place);
  return {};
}

// --- writing ----------------------------------------------------------------------------------

Result<void> LinuxChanges::stage_write(const FileChange& change,
                                       LinuxSync& contents,
                                       std::vector<Staged>& all) {
  TWOSEAL_TRY(LinuxPlace place, place_of(change));
  TWOSEAL_TRY(const auto there, expected_at(place, change));
  FileDescriptor file;
  const auto make = [&](const char* name) {
    constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file.reset(::openat(place.directory.get(), name, kFlags, 0600));
    return file.is_open();
  };
  TWOSEAL_TRY(std::string temporary, make_temporary(change.path, make));
  all.push_back({std::move(place), std::move(temporary)});
  if (auto written = write_all(file.get(), *change.bytes); !written) {
    written.error().where = change.path;
    return written;
  }
  TWOSEAL_TRY(const FileInfo made, info_of(file.get(), change.path));
  TWOSEAL_TRY_VOID(give(file.get(), change, made));
  if (there && there->kind == FileKind::regular) {
    TWOSEAL_TRY_VOID(keep_attributes(all.back().place, file.get(), change));
  }
  // After the access list, whose mask is the group's part of the mode.
  TWOSEAL_TRY_VOID(set_mode(file.get(), change.mode, change.path));
  contents.add(std::move(file), made);
  return {};
}

Result<void> LinuxChanges::write_together(std::span<const FileChange> writes) {
  LinuxSync contents;
  std::vector<Staged> staged;
  Result<void> result;
  for (std::size_t i = 0; i < writes.size() && result; ++i) {
    result = stage_write(writes[i], contents, staged);
  }
  if (result) {
    result = contents.sync();
  }
  std::size_t renamed = 0;
  while (result && renamed < writes.size()) {
    result = rename(writes[renamed], staged[renamed]);
    renamed += result ? 1 : 0;
  }
  for (std::size_t i = renamed; i < staged.size(); ++i) {
    ::unlinkat(staged[i].place.directory.get(), staged[i].temporary.c_str(), 0);
  }
  return result;
}

// --- links and directories --------------------------------------------------------------------

Result<void> LinuxChanges::make_symlink(const FileChange& change) {
  TWOSEAL_TRY(LinuxPlace place, place_of(change));
  TWOSEAL_TRY_VOID(expected_at(place, change));
  const int directory = place.directory.get();
  const auto make = [&](const char* name) {
    return ::symlinkat(change.bytes->c_str(), directory, name) == 0;
  };
  TWOSEAL_TRY(const std::string temporary, make_temporary(change.path, make));
  const char* name = temporary.c_str();
  const bool owned = change.uid == ::geteuid() && change.gid == ::getegid();
  Result<void> result;
  if (!owned && ::fchownat(directory, name, change.uid, change.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    result = std::unexpected(os_error(errno, "giving its owner to", change.path));
  }
  if (result) {
    result = rename(change, Staged{std::move(place), temporary});
  }
  if (!result) {
    ::unlinkat(directory, name, 0);
  }
  return result;
}

Result<void> LinuxChanges::make_directory(const FileChange& change) {
  TWOSEAL_TRY(LinuxPlace place, place_of(change));
  TWOSEAL_TRY_VOID(expected_at(place, change));
  Staged staged{std::move(place), {}};
  const int parent = staged.place.directory.get();
  const auto make = [&](const char* name) { return ::mkdirat(parent, name, 0700) == 0; };
  TWOSEAL_TRY(staged.temporary, make_temporary(change.path, make));
  const char* temporary = staged.temporary.c_str();
  const auto finish = [&]() -> Result<void> {
    FileDescriptor made(
        ::openat(parent, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made.is_open()) {
      return std::unexpected(os_error(errno, "opening the new directory", change.path));
    }
    TWOSEAL_TRY(const FileInfo info, info_of(made.get(), change.path));
    TWOSEAL_TRY_VOID(give(made.get(), change, info));
    TWOSEAL_TRY_VOID(set_mode(made.get(), change.mode, change.path));
    changed_.add(std::move(made), info);
    return rename(change, staged);
  };
  Result<void> result = finish();
  if (!result) {
    ::unlinkat(parent, temporary, AT_REMOVEDIR);
  }
  return result;
}

// --- attributes and removal -------------------------------------------------------------------

Result<void> LinuxChanges::rewrite(const FileChange& change, int file, const FileInfo& there) {
  if (there.size > kRewriteMax) {
    return fail(Errc::too_large, "has several names and is too large to be copied", change.path);
  }
  auto bytes = read_all(file, kRewriteMax);
  if (!bytes) {
    bytes.error().where = change.path;
    return std::unexpected(std::move(bytes).error());
  }
  FileChange copy = change;
  copy.act = FileAct::write;
  copy.bytes = std::make_shared<const Bytes>(*std::move(bytes));
  return write_together({&copy, 1});
}

Result<void> LinuxChanges::set_attributes(const FileChange& change) {
  TWOSEAL_TRY(const LinuxPlace place, place_of(change));
  TWOSEAL_TRY(const auto there, expected_at(place, change));
  if (there->kind != FileKind::regular && there->kind != FileKind::directory) {
    return fail(Errc::not_regular, "is neither file nor directory", change.path);
  }
  FileDescriptor file(::openat(place.directory.get(),
                               place.name.c_str(),
                               O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "opening", change.path));
  }
  TWOSEAL_TRY(const FileInfo open, info_of(file.get(), change.path));
  if (!is_same_file(open, *there)) {
    return fail(Errc::changed_meanwhile, "is not what it was", change.path);
  }
  if (open.kind == FileKind::regular && open.links > 1) {
    return rewrite(change, file.get(), open);
  }
  // What both modes grant, then the owner, then the mode: nobody gets more than the old or the new
  // attributes give, whenever the power goes.
  if (open.uid != change.uid || open.gid != change.gid) {
    TWOSEAL_TRY_VOID(set_mode(file.get(), open.mode & change.mode, change.path));
    TWOSEAL_TRY_VOID(give(file.get(), change, open));
  }
  TWOSEAL_TRY_VOID(set_mode(file.get(), change.mode, change.path));
  changed_.add(std::move(file), open);
  return {};
}

Result<void> LinuxChanges::remove(const FileChange& change) {
  TWOSEAL_TRY(const LinuxPlace place, place_of(change));
  TWOSEAL_TRY(const auto there, expected_at(place, change));
  const int flags = there->kind == FileKind::directory ? AT_REMOVEDIR : 0;
  if (::unlinkat(place.directory.get(), place.name.c_str(), flags) != 0) {
    Error error = os_error(errno, "removing", change.path);
    // A full directory: EEXIST on some file systems.
    error.code = errno == EEXIST ? Errc::io_failed : error.code;
    return std::unexpected(std::move(error));
  }
  touch(place);
  return {};
}

// --- the order --------------------------------------------------------------------------------

Result<void> LinuxChanges::apply_one(const FileChange& change) {
  switch (change.act) {
    case FileAct::write:
      return write_together({&change, 1});
    case FileAct::make_directory:
      return make_directory(change);
    case FileAct::make_symlink:
      return make_symlink(change);
    case FileAct::set_attributes:
      return set_attributes(change);
    case FileAct::remove:
      break;
  }
  return remove(change);
}

Result<void> LinuxChanges::apply_in_order(std::span<const FileChange> changes) {
  while (!changes.empty()) {
    const auto other = std::find_if(changes.begin(), changes.end(), [](const FileChange& change) {
      return change.act != FileAct::write;
    });
    const auto writes = std::min(static_cast<std::size_t>(other - changes.begin()), kTogetherMax);
    if (writes > 0) {
      TWOSEAL_TRY_VOID(write_together(changes.first(writes)));
    } else {
      TWOSEAL_TRY_VOID(apply_one(changes.front()));
    }
    changes = changes.subspan(std::max<std::size_t>(writes, 1));
  }
  return {};
}

Result<void> LinuxChanges::apply(std::span<const FileChange> changes) {
  Result<void> done = apply_in_order(changes);
  // Also after an error: what was done before it shall survive.
  TWOSEAL_TRY_VOID(changed_.sync());
  return done;
}

}  // namespace twoseal
