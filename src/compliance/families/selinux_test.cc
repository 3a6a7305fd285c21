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

OneTest booleans(const FilesOfHost& files, const std::string& name) {
  return OneTest(files,
                 "linux:selinuxboolean",
                 "",
                 "<linux:selinuxboolean_object id='o'><linux:name " + name +
                     "</linux:name></linux:selinuxboolean_object>");
}

}  // namespace

TEST_CASE("a boolean of SELinux shows what holds and what was asked for") {
  HostWithKernelFiles files;
  files.write("/sys/fs/selinux/booleans/a", "1 0");
  files.write("/sys/fs/selinux/booleans/b", "0 0");
  OneTest one = booleans(files, ">a");
  CHECK(one.all(EntityName::current_status) == Texts{"true"});
  CHECK(one.all(EntityName::pending_status) == Texts{"false"});
  CHECK(booleans(files, "operation='pattern match'>.").count() == 2);
  CHECK(booleans(files, ">c").flag() == Flag::does_not_exist);
}

TEST_CASE("booleans that cannot be read or listed are an error") {
  HostWithKernelFiles files;
  files.write("/sys/fs/selinux/booleans/a", "1");
  CHECK(booleans(files, ">a").flag() == Flag::error);
  HostWithKernelFiles none;
  none.make_directory("/sys/fs/selinux");
  CHECK(booleans(none, ">a").flag() == Flag::error);
}

TEST_CASE("a host without SELinux has no booleans to judge") {
  const FilesOfHost files;
  CHECK(booleans(files, ">a").verdict() == Verdict::not_applicable);
}
