#include "system/real_path.h"

#include <doctest/doctest.h>

#include "system/memory/memory_system.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("a path leads where the links on its way lead, and its last part stays") {
  ManualClock clock(1);
  MemorySystem system(clock);
  MemoryFiles& files = system.files();
  files.put("/var/lib/agent/key", "secret");
  files.put_symlink("/srv/door", "/var/lib/agent");
  files.put_symlink("/srv/beside", "../var/./lib");
  files.put_symlink("/srv/twice", "beside/agent");
  files.put_symlink("/srv/climb", "../../../../var");
  const auto real = [&](const std::string& path) { return real_path(files, path).value(); };
  CHECK(real("/") == "/");
  CHECK(real("/var/lib/agent/key") == "/var/lib/agent/key");
  CHECK(real("/srv/door/key") == "/var/lib/agent/key");
  CHECK(real("/srv/door") == "/srv/door");
  CHECK(real("/srv/beside/agent/key") == "/var/lib/agent/key");
  CHECK(real("/srv/twice/key") == "/var/lib/agent/key");
  CHECK(real("/srv/climb/lib/x") == "/var/lib/x");
  CHECK(real("/srv/door/not/there") == "/var/lib/agent/not/there");
  CHECK(real("/not/there/either") == "/not/there/either");
}

TEST_CASE("a path that goes round in circles, or is not plain, leads nowhere") {
  ManualClock clock(1);
  MemorySystem system(clock);
  system.files().put_symlink("/srv/round", "/srv/round");
  CHECK(real_path(system.files(), "/srv/round/x").error().code == Errc::unsafe_path);
  CHECK(real_path(system.files(), "/srv/../x").error().code == Errc::unsafe_path);
}
