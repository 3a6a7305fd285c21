#include "system/linux/linux_file_tree.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <climits>

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

// Whether the error says that nothing is there, rather than that it cannot be seen.
bool is_absent(int number) {
  return number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG ||
         number == ENXIO;
}

int open_in_root(int root, const char* path, int flags) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
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
  if (is_absent(errno)) {
    return std::optional<NodeStatus>();
  }
  return std::unexpected(os_error(errno, "looking at", path));
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

  Result<std::vector<NodeEntry>> list() override {
    TWOSEAL_TRY_VOID(read_names());
    std::vector<NodeEntry> entries;
    entries.reserve(found_.size());
    for (const Found& found : found_) {
      entries.push_back({std::string_view(names_).substr(found.begin, found.size), found.kind});
    }
    return entries;
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
      return is_absent(errno) ? Result<std::unique_ptr<NodeDirectory>>(nullptr)
                              : std::unexpected(os_error(errno, "opening", text));
    }
    return std::make_unique<LinuxDirectory>(std::move(opened));
  }

 private:
  struct Found {
    std::size_t begin;
    std::size_t size;
    NodeKind kind;
  };

  struct Record {  // of getdents64(2); the name follows
    std::uint64_t inode;
    std::int64_t offset;
    std::uint16_t length;
    unsigned char type;
  };

  Result<void> read_names() {
    constexpr std::size_t kNameAt = 19;
    names_.clear();
    found_.clear();
    if (listed_ && ::lseek(directory_.get(), 0, SEEK_SET) < 0) {
      return std::unexpected(os_error(errno, "listing", "a directory"));
    }
    listed_ = true;
    alignas(8) thread_local std::array<char, 65'536> buffer;
    for (;;) {
      const long size = ::syscall(SYS_getdents64, directory_.get(), buffer.data(), buffer.size());
      if (size < 0) {
        return std::unexpected(os_error(errno, "listing", "a directory"));
      }
      if (size == 0) {
        return {};
      }
      for (long at = 0; at < size;) {
        Record record = {};
        std::memcpy(&record, buffer.data() + at, kNameAt);
        const char* name = buffer.data() + at + kNameAt;
        add(name, kind_of_entry(record.type));
        at += record.length;
      }
    }
  }

  void add(std::string_view name, NodeKind kind) {
    if (name == "." || name == "..") {
      return;
    }
    found_.push_back({names_.size(), name.size(), kind});
    names_ += name;
  }

  FileDescriptor directory_;
  std::string names_;
  std::vector<Found> found_;
  bool listed_ = false;
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
  if (node.is_open()) {
    return look(node.get(), "", path);
  }
  if (is_absent(errno)) {
    return std::optional<NodeStatus>();
  }
  return std::unexpected(os_error(errno, "looking at", path));
}

Result<std::unique_ptr<NodeDirectory>> LinuxFileTree::open(const std::string& path) const {
  FileDescriptor opened = open_at_root(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  if (opened.is_open()) {
    return std::make_unique<LinuxDirectory>(std::move(opened));
  }
  if (is_absent(errno)) {
    return std::unique_ptr<NodeDirectory>();
  }
  return std::unexpected(os_error(errno, "opening", path));
}

Result<std::optional<Bytes>> LinuxFileTree::read(const std::string& path,
                                                 std::size_t size_max) const {
  // Looked at first: opening a device or a pipe can have effects, looking at it has none.
  const FileDescriptor node = open_at_root(path, O_PATH);
  struct stat status = {};
  if (!node.is_open() || ::fstat(node.get(), &status) != 0) {
    return is_absent(errno) ? Result<std::optional<Bytes>>(std::optional<Bytes>())
                            : std::unexpected(os_error(errno, "opening", path));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::not_regular, path);
  }
  if (static_cast<std::uint64_t>(status.st_size) > size_max) {
    return fail(Errc::too_large, path + " has " + std::to_string(status.st_size) + " octets");
  }
  const FileDescriptor file = open_at_root(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file.is_open()) {
    return is_absent(errno) ? Result<std::optional<Bytes>>(std::optional<Bytes>())
                            : std::unexpected(os_error(errno, "opening", path));
  }
  Bytes bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) {
      // One octet more than the size says: the end, or a file that grows or has no size.
      bytes.resize(
          std::min(bytes.size() + std::max<std::size_t>(bytes.size() / 2, 4096), size_max + 1));
    }
    const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return std::unexpected(os_error(errno, "reading", path));
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

Result<std::optional<std::string>> LinuxFileTree::read_link(const std::string& path) const {
  const FileDescriptor node = open_at_root(path, O_PATH | O_NOFOLLOW);
  if (!node.is_open()) {
    return is_absent(errno) ? Result<std::optional<std::string>>(std::optional<std::string>())
                            : std::unexpected(os_error(errno, "looking at", path));
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
  const auto name_of = [](int descriptor) -> std::optional<std::string> {
    std::array<char, PATH_MAX> target;
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
    return size < 0 ? std::nullopt
                    : std::optional(std::string(target.data(), static_cast<std::size_t>(size)));
  };
  const FileDescriptor node = open_at_root(path, O_PATH);
  if (!node.is_open()) {
    return is_absent(errno) ? Result<std::optional<std::string>>(std::optional<std::string>())
                            : std::unexpected(os_error(errno, "looking at", path));
  }
  const auto root = name_of(root_.get());
  const auto name = name_of(node.get());
  if (!root || !name) {
    return std::unexpected(os_error(errno, "asking for the name of", path));
  }
  if (*root == "/") {
    return name;
  }
  const std::string below = name->starts_with(*root) ? name->substr(root->size()) : *name;
  return below.empty() ? std::string("/") : below;
}

std::optional<bool> LinuxFileTree::has_access_list(const std::string& path) const {
  const FileDescriptor node = open_at_root(path, O_PATH | O_NOFOLLOW);
  if (!node.is_open()) {
    return std::nullopt;
  }
  const std::string name = "/proc/self/fd/" + std::to_string(node.get());
  const ssize_t size = ::getxattr(name.c_str(), "system.posix_acl_access", nullptr, 0);
  if (size >= 0) {
    return size > 0;
  }
  return errno == ENODATA ? std::optional(false) : std::nullopt;
}

std::uint64_t LinuxFileTree::file_system_type(const std::string& path) const {
  const FileDescriptor node = open_at_root(path, O_PATH);
  struct statfs status = {};
  if (!node.is_open() || ::fstatfs(node.get(), &status) != 0) {
    return 0;
  }
  return static_cast<std::uint64_t>(status.f_type);
}

std::optional<FileTree::Space> LinuxFileTree::space(const std::string& path) const {
  const FileDescriptor node = open_at_root(path, O_PATH);
  struct statfs status = {};
  if (!node.is_open() || ::fstatfs(node.get(), &status) != 0) {
    return std::nullopt;
  }
  const auto block = static_cast<std::uint64_t>(status.f_bsize);
  return Space{status.f_blocks * block, status.f_bfree * block, status.f_bavail * block};
}

}  // namespace twoseal
