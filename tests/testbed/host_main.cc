// The main() of tests that change the host they run on: they run in a host of the test bed only.
#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>

#include <doctest/doctest.h>

#include "base/os_file.h"

int main(int count, char** words) {
  const auto container = twoseal::read_file("/run/systemd/container");
  if (!container || *container != "systemd-nspawn\n" ||
      !twoseal::path_exists("/srv/repo/Packages")) {
    std::fputs(
        "these tests change users, packages and services, so they run in a host of the test "
        "bed only: twoseal testbed up\n",
        stderr);
    return 77;
  }
  twoseal::prepare_standard_descriptors();
  doctest::Context context(count, words);
  return context.run();
}
