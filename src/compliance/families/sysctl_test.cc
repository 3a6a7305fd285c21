#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/fake_host.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::HostWithKernelFiles;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest settings(const FilesOfHost& files, const std::string& name) {
  return OneTest(
      files,
      "unix:sysctl",
      "",
      "<unix:sysctl_object id='o'><unix:name " + name + "</unix:name></unix:sysctl_object>");
}

}  // namespace

TEST_CASE("a setting is found by its name, with a value for each line") {
  HostWithKernelFiles files;
  files.write("/proc/sys/kernel/ostype", "Linux\n");
  files.write("/proc/sys/net/ranges", "1\t2\n3\n");
  CHECK(settings(files, ">kernel.ostype").all(EntityName::value) == Texts{"Linux"});
  CHECK(settings(files, ">net.ranges").all(EntityName::value) == Texts{"1\t2", "3"});
  CHECK(settings(files, "operation='pattern match'>^(kernel|net)\\.").sorted(EntityName::name) ==
        Texts{"kernel.ostype", "net.ranges"});
  CHECK(settings(files, ">kernel.none").flag() == Flag::does_not_exist);
  CHECK(settings(files, ">kernel").flag() == Flag::does_not_exist);
}

TEST_CASE("an interface whose name has a dot is found by equality as by a pattern") {
  HostWithKernelFiles files;
  files.write("/proc/sys/net/ipv4/conf/eth0.100/rp_filter", "0\n");
  files.write("/proc/sys/net/ipv4/conf/eth0/rp_filter", "1\n");
  const std::string name = "net.ipv4.conf.eth0.100.rp_filter";
  CHECK(settings(files, ">" + name).all(EntityName::value) == Texts{"0"});
  CHECK(settings(files, "operation='pattern match'>eth0.100").all(EntityName::name) == Texts{name});
  CHECK(settings(files, ">net.ipv4.conf.eth0.rp_filter").all(EntityName::value) == Texts{"1"});
}

TEST_CASE("what only takes values, and what has none, is no setting to look at") {
  HostWithKernelFiles files;
  files.write("/proc/sys/vm/flush", "1\n");
  files.set_mode("/proc/sys/vm/flush", 0200);
  files.write("/proc/sys/vm/empty");
  CHECK(settings(files, "operation='pattern match'>^vm").flag() == Flag::does_not_exist);
}

TEST_CASE("a setting that cannot be read is an error") {
  HostWithKernelFiles files;
  files.write("/proc/sys/vm/large", std::string(100'000, '1'));
  CHECK(settings(files, ">vm.large").flag() == Flag::error);
}

TEST_CASE("settings that are nested too deep make the rest incomplete") {
  HostWithKernelFiles files;
  files.write("/proc/sys/1/2/3/4/5/6/7/8/9", "1\n");
  CHECK(settings(files, "operation='pattern match'>^none$").flag() == Flag::incomplete);
}

TEST_CASE("a root without a kernel has no settings") {
  FilesOfHost files;
  files.write("/proc/sys/kernel/ostype", "Linux\n");
  CHECK(settings(files, ">kernel.ostype").flag() == Flag::not_collected);
}
