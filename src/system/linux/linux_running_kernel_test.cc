#include "system/linux/linux_running_kernel.h"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("every interface of the network is told, with or without an address") {
  const auto interfaces = LinuxRunningKernel().interfaces();
  REQUIRE(interfaces);
  std::error_code none;
  for (const auto& link : std::filesystem::directory_iterator("/sys/class/net", none)) {
    const std::string name = link.path().filename();
    if (!std::filesystem::is_directory(link.path() / "statistics")) {
      continue;  // a setting of bonding, and no interface
    }
    CAPTURE(name);
    CHECK(std::any_of(interfaces->begin(), interfaces->end(), [&](const InterfaceAddress& each) {
      return each.name == name && !each.type.empty();
    }));
  }
}

TEST_CASE("the environment is all that this program has") {
  const auto variables = LinuxRunningKernel().environment();
  const auto path = std::find_if(
      variables.begin(), variables.end(), [](const auto& each) { return each.name == "PATH"; });
  REQUIRE(path != variables.end());
  CHECK(path->value.find('/') != std::string::npos);
}

TEST_CASE("what is mounted is what is mounted below the root") {
  if (!std::filesystem::exists("/proc/self/mounts")) {
    return;
  }
  const auto all = LinuxRunningKernel("/").mounts();
  REQUIRE(all);
  CHECK(std::any_of(
      all->begin(), all->end(), [](const Mount& each) { return each.point == "/proc"; }));
  const auto below = LinuxRunningKernel("/proc").mounts();
  REQUIRE(below);
  CHECK(below->size() < all->size());
  CHECK(std::any_of(below->begin(), below->end(), [](const Mount& each) {
    return each.point == "/" && each.type == "proc";
  }));
  CHECK(LinuxRunningKernel("/none").mounts().value().empty());
  CHECK(!LinuxRunningKernel("").mounts());
}
