#include "cli/compliance/fix_order.h"

#include <fstream>

#include <doctest/doctest.h>

#include "compliance/content/compiler.h"
#include "tests/support/scratch_root.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

constexpr const char* kBenchmark =
    R"(<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_x_benchmark_UBUNTU_22-04">
  <status>draft</status><version>1</version>
  <Rule id="rule_a" selected="true"><title>a</title></Rule>
</Benchmark>)";

FixRequest request_of(const ScratchRoot& root) {
  const scap::Content content = *scap::compile_content({"b.xml", kBenchmark});
  const scap::Benchmark& benchmark = content.benchmarks[0];
  const scap::Selection selection = *scap::select_profile(benchmark, "");
  scap::Assessment assessment(content, benchmark, selection, root.host(), 0);
  assessment.run();
  return fix_request(assessment, root.host(), "guide");
}

}  // namespace

TEST_CASE("a system made from another is mended as that one, the nearest first") {
  const ScratchRoot root;
  root.file("/etc/os-release", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n");
  const FixRequest mint = request_of(root);
  CHECK(mint.platform == "ubuntu");
  CHECK(mint.system == "linuxmint");
  root.file("/etc/os-release", "ID=\"almalinux\"\nID_LIKE=\"centos rhel fedora\"\n");
  CHECK(request_of(root).platform == "rhel");
  root.file("/etc/os-release", "ID=debian\nID_LIKE=ubuntu\n");
  CHECK(request_of(root).platform == "debian");
  root.file("/etc/os-release", "ID=alpine\n");
  CHECK(request_of(root).platform == "alpine");
}

TEST_CASE("a request knows its guide and what is there on the host") {
  const ScratchRoot root;
  root.file("/etc/audit/auditd.conf", "");
  const FixRequest request = request_of(root);
  CHECK(request.guide == "UBUNTU_22-04");
  CHECK(request.is_there("/etc/audit/auditd.conf") == true);
  CHECK(request.is_there("/etc/audit/other") == false);
}

TEST_CASE("changes go only to a directory that is there and empty, which is asked beforehand") {
  const TemporaryDirectory scratch;
  FixOrder order;
  order.directory = scratch.file("absent");
  const auto absent = check_fix_order(order);
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().code == Errc::no_input);
  CHECK(absent.error().next.find("mkdir") != std::string::npos);
  order.directory = scratch.file(".");
  CHECK(check_fix_order(order).has_value());
  std::ofstream(scratch.file(".hidden")) << "x";
  const auto full = check_fix_order(order);
  REQUIRE_FALSE(full.has_value());
  CHECK(full.error().code == Errc::exists_already);
}
