#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/fake_host.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FakeKernel;
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

struct Host : FilesOfHost {
  explicit Host(std::vector<Mount> mounts) {
    kernel.mounted = std::move(mounts);
    host().kernel = &kernel;
  }

  FakeKernel kernel;
};

}  // namespace

TEST_CASE("mounts show their device, type, options and space") {
  const Host files({{"/dev/sda1", "/", "ext4", {"rw", "relatime"}},
                    {"tmpfs", "/with blank", "tmpfs", {"rw", "nosuid", "nodev"}}});
  OneTest all = mounted(files, "operation='pattern match'>.*");
  CHECK(all.all(EntityName::mount_point) == Texts{"/", "/with blank"});
  CHECK(all.all(EntityName::device) == Texts{"/dev/sda1", "tmpfs"});
  CHECK(all.all(EntityName::fs_type) == Texts{"ext4", "tmpfs"});
  CHECK(all.all(EntityName::uuid) == Texts{"does not exist", "does not exist"});
  CHECK(mounted(files, ">/").all(EntityName::mount_options) == Texts{"rw", "relatime"});
  const auto space = files.tree().space("/").value();
  CHECK(mounted(files, ">/").all(EntityName::total_space) ==
        Texts{std::to_string(space.total / space.block)});
  CHECK(mounted(files, ">/none").flag() == Flag::does_not_exist);
}

TEST_CASE("an option is one of several") {
  const Host files({{"tmpfs", "/tmp", "tmpfs", {"rw", "nosuid", "nodev"}}});
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
  Host files({{"/dev/sda1", "/", "ext4", {"rw"}}});
  files.write("/dev/sda1");
  files.link("/dev/disk/by-uuid/1234-ABCD", "../../sda1");
  CHECK(mounted(files, ">/").all(EntityName::uuid) == Texts{"1234-ABCD"});
}

TEST_CASE("without a kernel, or with nothing mounted below the root, there is nothing to look at") {
  FilesOfHost none;
  none.write("/proc/mounts", "tmpfs /tmp tmpfs rw 0 0\n");  // of an image: no fact of a kernel
  CHECK(mounted(none, ">/tmp").verdict() == Verdict::unknown);
  CHECK(mounted(none, ">/tmp").flag() == Flag::not_collected);
  const Host empty({});
  CHECK(mounted(empty, ">/").flag() == Flag::not_collected);
}

TEST_CASE("a mount table that cannot be read is an error") {
  Host files({});
  files.kernel.mounted = fail(Errc::io_failed, "no table");
  CHECK(mounted(files, ">/").flag() == Flag::error);
}
