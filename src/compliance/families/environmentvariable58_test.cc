#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/fake_host.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FakeKernel;
using test::FilesOfHost;
using test::HostWithKernelFiles;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest variables(const FilesOfHost& files,
                  const std::string& name,
                  const std::string& pid = "xsi:nil='true'>") {
  return OneTest(files,
                 "ind:environmentvariable58",
                 "",
                 "<ind:environmentvariable58_object id='o'><ind:pid datatype='int' " + pid +
                     "</ind:pid><ind:name " + name +
                     "</ind:name></ind:environmentvariable58_object>");
}

const std::string kAny = "operation='pattern match'>.*";

struct Host : HostWithKernelFiles {
  Host() {
    kernel.variables = {{"PATH", "/bin"}, {"HOME", "/root"}};
    host().kernel = &kernel;
    write("/proc/7/environ", std::string("PATH=/a\0X=1=2\0", 14));
    write("/proc/8/environ", std::string("PATH=/b\0", 8));
  }

  FakeKernel kernel;
};

}  // namespace

TEST_CASE("without a process the variables are those of this program, by any operation") {
  const Host files;
  CHECK(variables(files, ">PATH").all(EntityName::value) == Texts{"/bin"});
  CHECK(variables(files, "operation='pattern match'>^PATH$").all(EntityName::value) ==
        Texts{"/bin"});
  CHECK(variables(files, "operation='not equal'>PATH").all(EntityName::name) == Texts{"HOME"});
  CHECK(variables(files, ">NONE").flag() == Flag::does_not_exist);
}

TEST_CASE("the process is chosen by any operation") {
  const Host files;
  CHECK(variables(files, ">PATH", ">7").all(EntityName::value) == Texts{"/a"});
  CHECK(variables(files, ">PATH", "operation='greater than'>0").all(EntityName::value) ==
        Texts{"/a", "/b"});
  CHECK(variables(files, kAny, "operation='less than'>8").all(EntityName::value) ==
        Texts{"/a", "1=2"});
  CHECK(variables(files, kAny, ">9").flag() == Flag::does_not_exist);
}

TEST_CASE("an environment that cannot be read is an error") {
  Host files;
  files.make_directory("/proc/9/environ");
  CHECK(variables(files, kAny, ">9").flag() == Flag::error);
}

TEST_CASE("of processes nothing is known where /proc is not the kernel's") {
  Host files;
  files.kernel_files.has_proc = false;
  OneTest all = variables(files, kAny, "operation='greater than'>0");
  CHECK(all.flag() == Flag::not_collected);
  CHECK(all.count() == 0);
}

TEST_CASE("a root without a kernel has no environment") {
  const FilesOfHost files;
  CHECK(variables(files, kAny).flag() == Flag::not_collected);
}
