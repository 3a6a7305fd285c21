#include "cli/compliance/os_release.h"

#include <doctest/doctest.h>

#include "tests/support/scratch_root.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::string_view kRocky =
    "NAME=\"Rocky Linux\"\nVERSION_ID=\"9.4\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n";

OsRelease release_of(const ScratchRoot& root) {
  return os_release(root.host());
}

}  // namespace

TEST_CASE("a host says what it is and what it is made from") {
  const ScratchRoot root;
  root.file("/etc/os-release", kRocky);
  const OsRelease release = release_of(root);
  CHECK(release.id == "rocky");
  CHECK(release.name == "Rocky Linux");
  CHECK(release.version == "9.4");
  CHECK(release.like == std::vector<std::string>{"rhel", "centos", "fedora"});
}

TEST_CASE("the file of the vendor counts where there is none in /etc, and only there") {
  const ScratchRoot root;
  root.file("/usr/lib/os-release", kRocky);
  CHECK(release_of(root).id == "rocky");
  root.file("/etc/os-release", "ID=debian\n");
  CHECK(release_of(root).id == "debian");
  CHECK(release_of(root).like.empty());
}

TEST_CASE("a host may say nothing of itself") {
  const ScratchRoot root;
  CHECK(release_of(root).id.empty());
  CHECK(release_of(root).like.empty());
}
