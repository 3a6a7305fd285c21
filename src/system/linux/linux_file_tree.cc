#include "system/linux/linux_file_tree.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <climits>
#include <fmt/format.h>

#include "system/file_systems.h"

namespace twoseal {
namespace {

constexpr int kTriesMax = 64;

NodeKind kind_of_mode(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return NodeKind::regular;
    case S_IFDIR:
      return NodeKind::directory;
    case S_IFLNK:
      return NodeKind::symlink;
    case S_IFIFO:
      return NodeKind::fifo;
    case S_IFSOCK:
      return NodeKind::socket;
    case S_IFCHR:
      return NodeKind::character_device;
    case S_IFBLK:
      return NodeKind::block_device;
    default:
      return NodeKind::unknown;
  }
}

NodeKind kind_of_entry(unsigned char type) {
  switch (type) {
    case DT_REG:
      return NodeKind::regular;
    case DT_DIR:
      return NodeKind::directory;
    case DT_LNK:
      return NodeKind::symlink;
    case DT_FIFO:
      return NodeKind::fifo;
    case DT_SOCK:
      return NodeKind::socket;
    case DT_CHR:
      return NodeKind::character_device;
    case DT_BLK:
      return NodeKind::block_device;
    default:
      return NodeKind::unknown;
  }
}

NodeStatus status_of_stat(const struct stat& from) {
  constexpr mode_t kModeBits = 07777;
  NodeStatus status;
  status.kind = kind_of_mode(from.st_mode);
  status.mode = from.st_mode & kModeBits;
  status.uid = from.st_uid;
  status.gid = from.st_gid;
  status.size = static_cast<std::uint64_t>(from.st_size);
  status.device = from.st_dev;
  status.inode = from.st_ino;
  status.accessed = from.st_atim.tv_sec;
  status.modified = from.st_mtim.tv_sec;
  status.changed = from.st_ctim.tv_sec;
  return status;
}

// Whether the error says that nothing is there, rather than that it cannot be seen. A way that is
// longer than the kernel takes at once may lead to something all the same; a name that is too long
// for a file system leads to nothing. ESRCH: a file of /proc whose process has ended.
bool is_absent(int number, std::string_view path) {
  return number == ENOENT || number == ENOTDIR || number == ELOOP || number == ESRCH ||
         (number == ENAMETOOLONG && path.size() < PATH_MAX);
}

template <class Value>
Result<Value> absent_or_error(std::string_view doing, std::string_view path) {
  const int number = errno;
  if (is_absent(number, path)) {
    return Value();
  }
  return std::unexpected(os_error(number, doing, path));
}

// Links within the root: the links of /proc that lead straight to something, wherever that is, are
// refused (EXDEV), and links in a circle lead to nothing (ELOOP).
int open_in_root(int root, const char* path, int flags) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT;
  int result = -1;
  for (int i = 0; i < kTriesMax; ++i) {
    result = static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof(how)));
    // EAGAIN: something was renamed while the kernel looked.
    if (result >= 0 || (errno != EAGAIN && errno != EINTR)) {
      break;
    }
  }
  return result;
}

Result<std::optional<NodeStatus>> look(int directory, const char* name, const std::string& path) {
  struct stat status = {};
  if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH) ==
      0) {
    return status_of_stat(status);
  }
  return absent_or_error<std::optional<NodeStatus>>("looking at", path);
}

// How an open node can be opened again, or asked for what takes only names.
std::string name_of_descriptor(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

// What the kernel calls an open node; nothing when that is longer than it can tell.
std::optional<std::string> path_of_descriptor(int descriptor) {
  std::array<char, PATH_MAX> target;
  const ssize_t size =
      ::readlink(name_of_descriptor(descriptor).c_str(), target.data(), target.size());
  return size < 0 || static_cast<std::size_t>(size) == target.size()
             ? std::nullopt
             : std::optional(std::string(target.data(), static_cast<std::size_t>(size)));
}

// Nothing when it belongs to a process that has ended (ESRCH).
Result<std::optional<Bytes>> read_all_of(int file,
                                         std::size_t size,
                                         std::size_t size_max,
                                         const std::string& path) {
  Bytes bytes(size, '\0');
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) {
      // One octet more than the size says: the end, or a file that grows or has no size.
      bytes.resize(
          std::min(bytes.size() + std::max<std::size_t>(bytes.size() / 2, 4096), size_max + 1));
    }
    const ssize_t got = ::read(file, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return absent_or_error<std::optional<Bytes>>("reading", path);
    }
    filled += static_cast<std::size_t>(got);
    if (filled > size_max) {
      return fail(Errc::too_large, path + " has more than " + std::to_string(size_max) + " octets");
    }
    if (got == 0) {
      bytes.resize(filled);
      return bytes;
    }
  }
}

// `node`: opened with O_PATH. Opening a device or a pipe can have effects, so what was looked at is
// what is opened, and not what has its name by then. Not open when the path is absent. `size`: what
// it has at that moment.
Result<FileDescriptor> open_regular(const FileDescriptor& node,
                                    const std::string& path,
                                    std::uint64_t& size) {
  if (!node.is_open()) {
    return absent_or_error<FileDescriptor>("opening", path);
  }
  struct stat status = {};
  if (::fstat(node.get(), &status) != 0) {
    return std::unexpected(os_error(errno, "looking at", path));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::not_regular, path);
  }
  size = static_cast<std::uint64_t>(status.st_size);
  FileDescriptor file(
      ::open(name_of_descriptor(node.get()).c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "opening", path));
  }
  return file;
}

Result<std::optional<Bytes>> read_node(const FileDescriptor& node,
                                       std::size_t size_max,
                                       const std::string& path) {
  std::uint64_t size = 0;
  TWOSEAL_TRY(const FileDescriptor file, open_regular(node, path, size));
  if (!file.is_open()) {
    return std::optional<Bytes>();
  }
  if (size > size_max) {
    return fail(Errc::too_large, path + " has " + std::to_string(size) + " octets");
  }
  return read_all_of(file.get(), static_cast<std::size_t>(size), size_max, path);
}

Result<std::optional<Bytes>> read_part_of(int file,
                                          std::uint64_t offset,
                                          std::size_t size,
                                          const std::string& path) {
  Bytes bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got =
        ::pread(file, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return absent_or_error<std::optional<Bytes>>("reading", path);
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

// `node`: opened with O_PATH, which takes no fgetxattr(2).
Result<std::optional<Bytes>> attribute_of(const FileDescriptor& node,
                                          const std::string& attribute,
                                          const std::string& path) {
  if (!node.is_open()) {
    return absent_or_error<std::optional<Bytes>>("opening", path);
  }
  const std::string name = name_of_descriptor(node.get());
  for (const std::size_t room : {std::size_t{256}, std::size_t{XATTR_SIZE_MAX}}) {
    Bytes value(room, '\0');
    const ssize_t size = ::getxattr(name.c_str(), attribute.c_str(), value.data(), value.size());
    if (size >= 0) {
      value.resize(static_cast<std::size_t>(size));
      return value;
    }
    if (errno != ERANGE) {
      break;
    }
  }
  if (errno == ENODATA || errno == ENOTSUP) {
    return std::optional<Bytes>();
  }
  return std::unexpected(os_error(errno, "reading an attribute of", path));
}

// As acl_extended_file() of libacl counts: more than owner, group and others; or any list for what
// is made in the directory.
std::optional<bool> has_list(const FileDescriptor& node) {
  constexpr ssize_t kThreeEntries = 4 + 3 * 8;
  if (!node.is_open()) {
    return std::nullopt;
  }
  const std::string name = name_of_descriptor(node.get());
  const ssize_t access = ::getxattr(name.c_str(), "system.posix_acl_access", nullptr, 0);
  if (access < 0 && errno != ENODATA) {
    return std::nullopt;
  }
  if (access > kThreeEntries) {
    return true;
  }
  return ::getxattr(name.c_str(), "system.posix_acl_default", nullptr, 0) >= kThreeEntries;
}

// The name of the file system on a device in the mount table; empty when it is not there.
std::string mounted_type(dev_t device) {
  std::ifstream table("/proc/self/mountinfo");
  const std::string number = fmt::format(" {}:{} ", major(device), minor(device));
  std::string line;
  while (std::getline(table, line)) {
    const std::size_t type = line.find(" - ");
    if (type != std::string::npos && line.substr(0, type).find(number) != std::string::npos) {
      return line.substr(type + 3, line.find(' ', type + 3) - type - 3);
    }
  }
  return {};
}

Storage storage_of(int directory) {
  struct statfs system = {};
  struct stat status = {};
  if (::fstatfs(directory, &system) != 0 || ::fstat(directory, &status) != 0) {
    return Storage::local;
  }
  const auto type = static_cast<std::uint64_t>(system.f_type) & 0xFFFFFFFFU;
  if (is_kernel_file_system(type)) {
    return Storage::kernel;
  }
  const bool remote = is_remote_file_system(type) ||
                      (type == kFuseFileSystem && is_remote_fuse(mounted_type(status.st_dev)));
  return remote ? Storage::remote : Storage::local;
}

class LinuxDirectory : public NodeDirectory {
 public:
  explicit LinuxDirectory(FileDescriptor directory) : directory_(std::move(directory)) {}

  Result<NodeStatus> status() const override {
    struct stat status = {};
    if (::fstat(directory_.get(), &status) != 0) {
      return std::unexpected(os_error(errno, "looking at", "a directory"));
    }
    return status_of_stat(status);
  }

  Result<std::optional<NodeEntry>> next() override {
    for (;;) {
      if (at_ == end_) {
        TWOSEAL_TRY_VOID(fill());
        if (at_ == end_) {
          return std::optional<NodeEntry>();
        }
      }
      Record record = {};
      std::memcpy(&record, buffer_.get() + at_, kNameAt);
      const std::string_view name(buffer_.get() + at_ + kNameAt);
      at_ += record.length;
      if (name != "." && name != "..") {
        return NodeEntry{name, kind_of_entry(record.type)};
      }
    }
  }

  Result<std::optional<NodeStatus>> status_of(std::string_view name) const override {
    const std::string text(name);
    return look(directory_.get(), text.c_str(), text);
  }

  Result<std::unique_ptr<NodeDirectory>> open(std::string_view name) const override {
    const std::string text(name);
    FileDescriptor opened(::openat(directory_.get(),
                                   text.c_str(),
                                   O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    if (!opened.is_open()) {
      return absent_or_error<std::unique_ptr<NodeDirectory>>("opening", text);
    }
    return std::make_unique<LinuxDirectory>(std::move(opened));
  }

  Result<std::optional<Bytes>> read(std::string_view name, std::size_t size_max) const override {
    const std::string text(name);
    return read_node(node(text), size_max, text);
  }

  std::optional<bool> has_access_list(std::string_view name) const override {
    const FileDescriptor found = node(std::string(name));
    struct stat status = {};
    if (!found.is_open() || ::fstat(found.get(), &status) != 0 || S_ISLNK(status.st_mode)) {
      return std::nullopt;
    }
    return has_list(found);
  }

  Storage storage() const override { return storage_of(directory_.get()); }

 private:
  static constexpr std::size_t kNameAt = 19;
  static constexpr std::size_t kBuffer = std::size_t{32} << 10U;

  struct Record {  // of getdents64(2); the name follows
    std::uint64_t inode;
    std::int64_t offset;
    std::uint16_t length;
    unsigned char type;
  };

  FileDescriptor node(const std::string& name) const {
    return FileDescriptor(
        ::openat(directory_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  }

  // The next part of the listing; none at its end.
  Result<void> fill() {
    if (buffer_ == nullptr) {
      buffer_ = std::make_unique_for_overwrite<char[]>(kBuffer);
    }
    const long size = ::syscall(SYS_getdents64, directory_.get(), buffer_.get(), kBuffer);
    if (size < 0 && errno != ENOENT) {  // ENOENT: it was removed meanwhile, so it was empty
      return std::unexpected(os_error(errno, "listing", "a directory"));
    }
    at_ = 0;
    end_ = size < 0 ? 0 : static_cast<std::size_t>(size);
    return {};
  }

  FileDescriptor directory_;
  std::unique_ptr<char[]> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

Result<std::unique_ptr<LinuxFileTree>> LinuxFileTree::open_root(const std::string& root) {
  FileDescriptor opened(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) {
    return std::unexpected(os_error(errno, "opening", root));
  }
  return std::unique_ptr<LinuxFileTree>(new LinuxFileTree(std::move(opened)));
}

FileDescriptor LinuxFileTree::open_at_root(const std::string& path, int flags) const {
  return FileDescriptor(open_in_root(root_.get(), path.c_str(), flags));
}

Result<std::optional<NodeStatus>> LinuxFileTree::status(const std::string& path,
                                                        FollowLast follow) const {
  const FileDescriptor node =
      open_at_root(path, O_PATH | (follow == FollowLast::no ? O_NOFOLLOW : 0));
  if (!node.is_open()) {
    return absent_or_error<std::optional<NodeStatus>>("looking at", path);
  }
  return look(node.get(), "", path);
}

Result<std::unique_ptr<NodeDirectory>> LinuxFileTree::open(const std::string& path) const {
  FileDescriptor opened = open_at_root(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  if (!opened.is_open()) {
    return absent_or_error<std::unique_ptr<NodeDirectory>>("opening", path);
  }
  return std::make_unique<LinuxDirectory>(std::move(opened));
}

Result<FileDescriptor> LinuxFileTree::open_socket(const std::string& path) const {
  FileDescriptor node = open_at_root(path, O_PATH);
  struct stat status = {};
  if (!node.is_open() || ::fstat(node.get(), &status) != 0) {
    return std::unexpected(os_error(errno, "opening", path));
  }
  if (!S_ISSOCK(status.st_mode)) {
    return fail(Errc::io_failed, "it is no socket", path);
  }
  return node;
}

Result<std::optional<Bytes>> LinuxFileTree::read(const std::string& path,
                                                 std::size_t size_max) const {
  return read_node(open_at_root(path, O_PATH), size_max, path);
}

Result<std::optional<Bytes>> LinuxFileTree::read_part(const std::string& path,
                                                      std::uint64_t offset,
                                                      std::size_t size) const {
  std::uint64_t whole = 0;
  TWOSEAL_TRY(const FileDescriptor file, open_regular(open_at_root(path, O_PATH), path, whole));
  if (!file.is_open()) {
    return std::optional<Bytes>();
  }
  return read_part_of(file.get(), offset, size, path);
}

Result<std::optional<Bytes>> LinuxFileTree::attribute(const std::string& path,
                                                      const std::string& attribute) const {
  return attribute_of(open_at_root(path, O_PATH), attribute, path);
}

Result<std::optional<std::string>> LinuxFileTree::read_link(const std::string& path) const {
  const FileDescriptor node = open_at_root(path, O_PATH | O_NOFOLLOW);
  if (!node.is_open()) {
    return absent_or_error<std::optional<std::string>>("looking at", path);
  }
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(node.get(), "", target.data(), target.size());
  if (size >= 0) {
    return std::string(target.data(), static_cast<std::size_t>(size));
  }
  if (errno == EINVAL || errno == ENOENT) {
    return std::optional<std::string>();
  }
  return std::unexpected(os_error(errno, "reading a link", path));
}

Result<std::optional<std::string>> LinuxFileTree::real_path(const std::string& path) const {
  // What the kernel calls an open node begins with what it calls the root.
  const FileDescriptor node = open_at_root(path, O_PATH);
  if (!node.is_open()) {
    return absent_or_error<std::optional<std::string>>("looking at", path);
  }
  const auto root = path_of_descriptor(root_.get());
  auto name = path_of_descriptor(node.get());
  if (!root || !name) {
    return fail(Errc::io_failed, "the kernel does not tell its whole name", path);
  }
  if (*root == "/") {
    return name;
  }
  const std::string below = name->starts_with(*root) ? name->substr(root->size()) : *name;
  return below.empty() ? std::string("/") : below;
}

std::string LinuxFileTree::root_path() const {
  return path_of_descriptor(root_.get()).value_or(std::string());
}

std::optional<bool> LinuxFileTree::has_access_list(const std::string& path) const {
  return has_list(open_at_root(path, O_PATH));
}

std::uint64_t LinuxFileTree::file_system_type(const std::string& path) const {
  const FileDescriptor node = open_at_root(path, O_PATH);
  struct statfs status = {};
  if (!node.is_open() || ::fstatfs(node.get(), &status) != 0) {
    return 0;
  }
  return static_cast<std::uint64_t>(status.f_type) & 0xFFFFFFFFU;
}

std::optional<FileTree::Space> LinuxFileTree::space(const std::string& path) const {
  const FileDescriptor node = open_at_root(path, O_PATH);
  struct statfs status = {};
  if (!node.is_open() || ::fstatfs(node.get(), &status) != 0) {
    return std::nullopt;
  }
  const auto block =
      static_cast<std::uint64_t>(status.f_frsize != 0 ? status.f_frsize : status.f_bsize);
  return Space{status.f_blocks * block, status.f_bfree * block, status.f_bavail * block, block};
}

}  // namespace twoseal
