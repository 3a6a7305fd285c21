#include "system/mount_table.h"

#include <doctest/doctest.h>

#include "system/file_systems.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

std::vector<std::string> points(std::string_view text, std::string_view root) {
  std::vector<std::string> points;
  for (const Mount& mount : parse_mount_table(text, root)) {
    points.push_back(mount.point);
  }
  return points;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a mount has its device, place, type and options") {
  const auto mounts = parse_mount_table("/dev/sda1 / ext4 rw,relatime 0 0\n", "/");
  REQUIRE(mounts.size() == 1);
  CHECK(mounts[0].device == "/dev/sda1");
  CHECK(mounts[0].point == "/");
  CHECK(mounts[0].type == "ext4");
  CHECK(mounts[0].options == Texts{"rw", "relatime"});
}

TEST_CASE("blanks in places are octal numbers, and lines that are none are left out") {
  constexpr std::string_view kText =
      "rootfs / rootfs rw 0 0\n"
      "tmpfs /with\\040blank tmpfs rw 0 0\n"
      "short line\n"
      "\n"
      "tmpfs /odd\\04 tmpfs rw 0 0";
  CHECK(points(kText, "/") == Texts{"/with blank", "/odd\\04"});
}

TEST_CASE("of a root directory only what lies below it is mounted, and named from there") {
  constexpr std::string_view kText =
      "/dev/sda1 / ext4 rw 0 0\n"
      "tmpfs /dev/shm tmpfs rw 0 0\n"
      "/dev/sdb1 /mnt/image ext4 rw 0 0\n"
      "tmpfs /mnt/image/tmp tmpfs rw 0 0\n"
      "tmpfs /mnt/image2 tmpfs rw 0 0\n";
  CHECK(points(kText, "/mnt/image") == Texts{"/", "/tmp"});
  CHECK(points(kText, "/srv").empty());
  CHECK(points(kText, "/").size() == 5);
}

TEST_CASE("what other machines serve is not local, whatever serves it here") {
  CHECK(is_remote_file_system(0x6969));
  CHECK(is_remote_file_system(0x01161970));
  CHECK(!is_remote_file_system(0xEF53));  // ext4
  CHECK(!is_remote_file_system(kFuseFileSystem));
  CHECK(is_remote_fuse("fuse.sshfs"));
  CHECK(!is_remote_fuse("fuseblk"));
  CHECK(!is_remote_fuse("fuse.fuse-overlayfs"));
  CHECK(is_kernel_file_system(kProcFileSystem));
  CHECK(!is_kernel_file_system(0xEF53));
}

TEST_CASE("a word of the table is unescaped only where three octal digits follow a backslash") {
  CHECK(unescaped_mount_word("/a\\040b\\134\\011") == "/a b\\\t");
  CHECK(unescaped_mount_word("\\04") == "\\04");
  CHECK(unescaped_mount_word("\\089") == "\\089");
  CHECK(unescaped_mount_word("\\") == "\\");
}
