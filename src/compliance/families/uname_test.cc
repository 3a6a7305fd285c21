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

OneTest kernel_of(const FilesOfHost& files) {
  return OneTest(files, "unix:uname", "", "<unix:uname_object id='o'/>");
}

}  // namespace

TEST_CASE("a kernel shows its name") {
  FilesOfHost files;
  FakeKernel kernel;
  kernel.kernel_name = {"x86_64", "host", "Linux", "6.1.0", "#1"};
  files.host().kernel = &kernel;
  OneTest one = kernel_of(files);
  CHECK(one.all(EntityName::machine_class) == Texts{"x86_64"});
  CHECK(one.all(EntityName::processor_type) == Texts{"x86_64"});
  CHECK(one.all(EntityName::node_name) == Texts{"host"});
  CHECK(one.all(EntityName::os_name) == Texts{"Linux"});
  CHECK(one.all(EntityName::os_release) == Texts{"6.1.0"});
  CHECK(one.all(EntityName::os_version) == Texts{"#1"});
}

TEST_CASE("a root without a kernel has no name of one, and is of the family unix all the same") {
  const FilesOfHost files;
  CHECK(kernel_of(files).flag() == Flag::not_collected);
  OneTest family(files, "ind:family", "", "<ind:family_object id='o'/>");
  CHECK(family.all(EntityName::family) == Texts{"unix"});
}
