#include "system/linux/linux_file_tree.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "system/file_systems.h"
#include "system/linux/linux_unit_book.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::size_t kMax = 4096;

struct Root {
  Root() : tree(LinuxFileTree::open_root(directory.file("")).value()) {}

  void write(const std::string& name, std::string_view content) const {
    std::ofstream(directory.file(name), std::ios::binary) << content;
  }

  void link(const std::string& name, const std::string& target) const {
    std::filesystem::create_symlink(target, directory.file(name));
  }

  TemporaryDirectory directory;
  std::unique_ptr<LinuxFileTree> tree;
};

// A file `f` below so many long names that the way to it is longer than the kernel takes at once.
// The directory that holds it, and the way.
std::pair<std::unique_ptr<NodeDirectory>, std::string> make_deep(const Root& root) {
  const std::string name(250, 'd');
  std::string path;
  FileDescriptor at(::open(root.directory.file("").c_str(), O_PATH | O_DIRECTORY));
  auto directory = root.tree->open("/").value();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(::mkdirat(at.get(), name.c_str(), 0755) == 0);
    at.reset(::openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY));
    directory = directory->open(name).value();
    REQUIRE(directory != nullptr);
    path += "/" + name;
  }
  const FileDescriptor file(::openat(at.get(), "f", O_WRONLY | O_CREAT, 0644));
  REQUIRE(::write(file.get(), "deep", 4) == 4);
  return {std::move(directory), path + "/f"};
}

// A list of the access of user 1 beside owner, group and others.
bool set_list(const std::string& path, const char* attribute) {
  constexpr unsigned char kList[] = {2,  0, 0, 0,                           // version
                                     1,  0, 7, 0, 0xFF, 0xFF, 0xFF, 0xFF,   // owner
                                     2,  0, 7, 0, 1,    0,    0,    0,      // user 1
                                     4,  0, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF,   // group
                                     16, 0, 7, 0, 0xFF, 0xFF, 0xFF, 0xFF,   // mask
                                     32, 0, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF};  // others
  return ::setxattr(path.c_str(), attribute, kList, sizeof kList, 0) == 0;
}

}  // namespace

TEST_CASE("what a directory holds is read, however long the way to it is") {
  const Root root;
  const auto [directory, path] = make_deep(root);
  CHECK(directory->read("f", kMax).value() == "deep");
  CHECK(directory->has_access_list("f") == false);
  CHECK(directory->status_of("f").value()->size == 4);
}

TEST_CASE("a way that is too long for the kernel is an error, and not absent") {
  const Root root;
  const auto [directory, path] = make_deep(root);
  CHECK(!root.tree->status(path, FollowLast::no));
  CHECK(!root.tree->read(path, kMax));
  CHECK(!root.tree->open(path));
  CHECK(!root.tree->real_path(path));
  // No file system has names like this one.
  CHECK(!root.tree->status("/" + std::string(300, 'n'), FollowLast::no).value());
}

TEST_CASE("links in a circle and to nothing are absent, and the straight links of /proc an error") {
  const Root root;
  root.link("a", "b");
  root.link("b", "a");
  root.link("none", "nowhere");
  CHECK(!root.tree->read("/a", kMax).value());
  CHECK(!root.tree->read("/none", kMax).value());
  const auto all = LinuxFileTree::open_root("/").value();
  if (all->file_system_type("/proc") == kProcFileSystem) {
    CHECK(!all->read("/proc/self/exe", kMax));
    CHECK(!all->status("/proc/self/root", FollowLast::yes));
    CHECK(all->status("/proc/self/root", FollowLast::no).value()->kind == NodeKind::symlink);
  }
}

TEST_CASE("links are followed within the root, and by the tree alone") {
  const Root root;
  root.write("f", "text");
  root.link("l", "/f");
  const auto directory = root.tree->open("/").value();
  CHECK(root.tree->read("/l", kMax).value() == "text");
  CHECK(directory->read("l", kMax).error().code == Errc::not_regular);
  CHECK(!directory->has_access_list("l"));
  CHECK(!directory->read("none", kMax).value());
}

TEST_CASE("only regular files are read, up to a size") {
  const Root root;
  root.write("f", "text");
  REQUIRE(::mkfifo(root.directory.file("p").c_str(), 0600) == 0);
  CHECK(root.tree->read("/p", kMax).error().code == Errc::not_regular);
  CHECK(root.tree->read("/", kMax).error().code == Errc::not_regular);
  CHECK(root.tree->read("/f", 3).error().code == Errc::too_large);
  CHECK(root.tree->read("/f", 4).value() == "text");
}

TEST_CASE("a directory hands out all its names") {
  const Root root;
  constexpr int kFiles = 3000;  // more than one part of a listing
  for (int i = 0; i < kFiles; ++i) {
    root.write("file-with-some-name-" + std::to_string(i), "");
  }
  std::filesystem::create_directory(root.directory.file("sub"));
  const auto directory = root.tree->open("/").value();
  int files = 0;
  int directories = 0;
  CHECK(each_entry(*directory, [&](const NodeEntry& entry) {
    (entry.kind == NodeKind::directory ? directories : files)++;
  }));
  CHECK(files == kFiles);
  CHECK(directories == 1);
  CHECK(!directory->next().value());
}

TEST_CASE("a directory that is removed while it is listed holds nothing") {
  const Root root;
  std::filesystem::create_directory(root.directory.file("sub"));
  const auto directory = root.tree->open("/sub").value();
  std::filesystem::remove(root.directory.file("sub"));
  CHECK(!directory->next().value());
}

TEST_CASE("a part of a file is read, of one that is larger than anybody would read too") {
  const Root root;
  root.write("f", "0123456789");
  CHECK(root.tree->read_part("/f", 2, 3).value() == "234");
  CHECK(root.tree->read_part("/f", 8, 5).value() == "89");
  CHECK(root.tree->read_part("/f", 99, 5).value() == "");
  CHECK(!root.tree->read_part("/none", 0, 1).value());
  CHECK(root.tree->read_part("/", 0, 1).error().code == Errc::not_regular);
  constexpr std::uint64_t kFar = std::uint64_t{1} << 40U;
  std::filesystem::resize_file(root.directory.file("f"), kFar);
  CHECK(root.tree->read_part("/f", kFar - 2, 9).value() == std::string(2, '\0'));
  root.link("l", "/f");
  CHECK(root.tree->read_part("/l", 0, 1).value() == "0");
}

TEST_CASE("an extended attribute is read whole, or is not there") {
  const Root root;
  root.write("f", "");
  CHECK(!root.tree->attribute("/f", "nonsense").value());
  CHECK(!root.tree->attribute("/none", "user.a").value());
  const std::string value("a\0b", 3);
  if (::setxattr(root.directory.file("f").c_str(), "user.a", value.data(), value.size(), 0) != 0) {
    MESSAGE("this file system has no attributes of users");
    return;
  }
  CHECK(root.tree->attribute("/f", "user.a").value() == value);
  root.link("l", "/f");  // from the root that is looked at
  root.link("m", "../../f");
  CHECK(root.tree->attribute("/l", "user.a").value() == value);
  CHECK(root.tree->attribute("/m", "user.a").value() == value);
  const std::string large(1000, 'x');
  REQUIRE(::setxattr(root.directory.file("f").c_str(), "user.l", large.data(), 1000, 0) == 0);
  CHECK(root.tree->attribute("/f", "user.l").value() == large);
  CHECK(!root.tree->attribute("/f", "user.b").value());
}

TEST_CASE("an access list is one of the file, or of what is made in a directory") {
  const Root root;
  root.write("f", "");
  root.write("plain", "");
  std::filesystem::create_directory(root.directory.file("d"));
  if (!set_list(root.directory.file("f"), "system.posix_acl_access") ||
      !set_list(root.directory.file("d"), "system.posix_acl_default")) {
    MESSAGE("this file system has no access lists");
    return;
  }
  root.link("l", "f");
  const auto directory = root.tree->open("/").value();
  CHECK(root.tree->has_access_list("/f") == true);
  CHECK(root.tree->has_access_list("/l") == true);
  CHECK(root.tree->has_access_list("/d") == true);
  CHECK(root.tree->has_access_list("/plain") == false);
  CHECK(directory->has_access_list("d") == true);
  CHECK(directory->has_access_list("plain") == false);
  CHECK(!root.tree->has_access_list("/none"));
}

TEST_CASE("a socket is one within the root, wherever links lead") {
  const auto listen_at = [](const std::string& path) {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket.get(), 1) == 0);
    return socket;
  };
  const Root outside;
  const auto other = listen_at(outside.directory.file("s"));
  const Root root;
  const auto ours = listen_at(root.directory.file("s"));
  root.write("f", "");
  root.link("out", outside.directory.file("s"));
  root.link("in", "/s");
  CHECK(root.tree->open_socket("/s"));
  CHECK(root.tree->open_socket("/in"));
  CHECK(!root.tree->open_socket("/out"));
  CHECK(!root.tree->open_socket("/f"));
  CHECK(!root.tree->open_socket("/none"));
}

TEST_CASE("units are asked for at no socket outside the root") {
  const Root root;
  std::filesystem::create_directories(root.directory.file("run/dbus"));
  root.link("run/dbus/system_bus_socket", "/run/dbus/other");
  LinuxUnitBook units(*root.tree);
  CHECK(units.names().error().code == Errc::service_manager_failed);
}

TEST_CASE("the kernel's own file systems keep nothing") {
  const Root root;
  CHECK(root.tree->open("/").value()->storage() == Storage::local);
  const auto all = LinuxFileTree::open_root("/").value();
  if (all->file_system_type("/proc") == kProcFileSystem) {
    CHECK(all->open("/proc").value()->storage() == Storage::kernel);
  }
}

TEST_CASE("space is counted in the blocks of its file system") {
  const Root root;
  const auto space = root.tree->space("/");
  REQUIRE(space);
  CHECK(space->block > 0);
  CHECK(space->total % space->block == 0);
  CHECK(space->free <= space->total);
  CHECK(!root.tree->space("/none"));
}
