#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest mounted(const FilesOfHost& files, const std::string& point, const std::string& state = {}) {
  return OneTest(
      files,
      "linux:partition",
      "check='all'",
      "<linux:partition_object id='o'><linux:mount_point " + point +
          "</linux:mount_point></linux:partition_object>",
      state.empty() ? "" : "<linux:partition_state id='s'>" + state + "</linux:partition_state>");
}

}  // namespace

TEST_CASE("mounts show their device, type and options") {
  FilesOfHost files;
  files.write("/proc/mounts",
              "rootfs / rootfs rw 0 0\n"
              "/dev/sda1 / ext4 rw,relatime 0 0\n"
              "tmpfs /with\\040blank tmpfs rw,nosuid,nodev 0 0\n"
              "short line\n");
  OneTest all = mounted(files, "operation='pattern match'>.*");
  CHECK(all.all(EntityName::mount_point) == Texts{"/", "/with blank"});
  CHECK(all.all(EntityName::device) == Texts{"/dev/sda1", "tmpfs"});
  CHECK(all.all(EntityName::fs_type) == Texts{"ext4", "tmpfs"});
  CHECK(all.all(EntityName::uuid) == Texts{"does not exist", "does not exist"});
  CHECK(mounted(files, ">/").all(EntityName::mount_options) == Texts{"rw", "relatime"});
  CHECK(mounted(files, ">/").all(EntityName::total_space).size() == 1);
  CHECK(mounted(files, ">/none").flag() == Flag::does_not_exist);
}

TEST_CASE("an option is one of several") {
  FilesOfHost files;
  files.write("/proc/mounts", "tmpfs /tmp tmpfs rw,nosuid,nodev 0 0\n");
  const auto says = [&](const std::string& option) {
    return mounted(files,
                   ">/tmp",
                   "<linux:mount_options entity_check='at least one'>" + option +
                       "</linux:mount_options>")
        .verdict();
  };
  CHECK(says("nodev") == Verdict::yes);
  CHECK(says("noexec") == Verdict::no);
  CHECK(says("no") == Verdict::no);
}

TEST_CASE("a device is known by the link that is named after its number") {
  FilesOfHost files;
  files.write("/dev/sda1");
  files.link("/dev/disk/by-uuid/1234-ABCD", "../../sda1");
  files.write("/proc/mounts", "/dev/sda1 / ext4 rw 0 0\n");
  CHECK(mounted(files, ">/").all(EntityName::uuid) == Texts{"1234-ABCD"});
}

TEST_CASE("a root without a kernel has no mounts to look at") {
  FilesOfHost files;
  CHECK(mounted(files, ">/").verdict() == Verdict::unknown);
  CHECK(mounted(files, ">/").flag() == Flag::not_collected);
}
