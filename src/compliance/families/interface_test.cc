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

OneTest interfaces(const FilesOfHost& files, const std::string& name) {
  return OneTest(
      files,
      "unix:interface",
      "",
      "<unix:interface_object id='o'><unix:name " + name + "</unix:name></unix:interface_object>");
}

const std::string kAny = "operation='pattern match'>.*";

struct Host : FilesOfHost {
  Host() { host().kernel = &kernel; }

  FakeKernel kernel;
};

}  // namespace

TEST_CASE("an interface shows each of its addresses") {
  Host files;
  files.kernel.addresses = std::vector<InterfaceAddress>{
      {"eth0", "ARPHRD_ETHER", "02:42", "10.0.0.2", false, "10.0.0.255", "255.255.255.0", {"UP"}},
      {"eth0", "ARPHRD_ETHER", "02:42", "fe80::1/64", true, "", "", {"UP"}}};
  OneTest all = interfaces(files, ">eth0");
  CHECK(all.all(EntityName::inet_addr) == Texts{"10.0.0.2", "fe80::1/64"});
  CHECK(all.all(EntityName::broadcast_addr) == Texts{"10.0.0.255"});
  CHECK(all.all(EntityName::netmask) == Texts{"255.255.255.0"});
  CHECK(all.all(EntityName::hardware_addr) == Texts{"02:42", "02:42"});
  CHECK(interfaces(files, ">eth1").flag() == Flag::does_not_exist);
}

TEST_CASE("an interface without an address is one with its flags") {
  Host files;
  files.kernel.addresses = std::vector<InterfaceAddress>{
      {"tap0", "ARPHRD_ETHER", "", "", false, "", "", {"UP", "PROMISC"}}};
  OneTest all = interfaces(files, kAny);
  CHECK(all.all(EntityName::flag) == Texts{"UP", "PROMISC"});
  CHECK(all.all(EntityName::inet_addr).empty());
  CHECK(all.flag() == Flag::complete);
}

TEST_CASE("interfaces that cannot be listed are an error, and a root without a kernel has none") {
  Host files;
  files.kernel.addresses = fail(Errc::io_failed, "no network");
  CHECK(interfaces(files, kAny).flag() == Flag::error);
  const FilesOfHost none;
  CHECK(interfaces(none, kAny).flag() == Flag::not_collected);
}
