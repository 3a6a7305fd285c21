// Users and groups against the tools that know them: getent, su, useradd, pwck.
#include <thread>

#include <doctest/doctest.h>

#include "tests/testbed/real_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::RealHost;

namespace {

constexpr int kRacers = 15;

constexpr const char* kFiles[] = {"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"};

// pwck and grpck judge what they find; the users of the base root may lack their directories.
void check_databases(RealHost& host) {
  CHECK(host.shell("grpck -r && echo fine") == "fine\n");
  CHECK(host.shell("pwck -qr >/dev/null; test $? -le 2 && echo fine") == "fine\n");
}

}  // namespace

TEST_CASE("a user and a group are known to every tool, and go to the byte") {
  RealHost host;
  std::vector<Bytes> before;
  for (const char* file : kFiles) {
    before.push_back(host.text(file));
  }
  REQUIRE(host.apply("- {group: tstops, gid: 2500}\n"
                     "- {user: tstdana, uid: 2501, shell: /bin/sh, groups: [tstops, sudo],"
                     " comment: Dana}\n")
              .has_value());
  CHECK(host.shell("getent passwd tstdana").starts_with("tstdana:x:2501:"));
  CHECK(host.shell("id -nG tstdana").find("tstops") != Bytes::npos);
  CHECK(host.shell("su -s /bin/sh tstdana -c 'id -un'") == "tstdana\n");
  CHECK(host.shell("passwd -S tstdana").starts_with("tstdana L "));
  CHECK(host.shell("stat -c '%a %U:%G' /etc/shadow") == "640 root:shadow\n");
  check_databases(host);
  REQUIRE(host.undo().has_value());
  for (std::size_t i = 0; i < before.size(); ++i) {
    CAPTURE(kFiles[i]);
    CHECK(host.text(kFiles[i]) == before[i]);
  }
  check_databases(host);
}

TEST_CASE("users made by useradd at the same time are not lost, and neither are ours") {
  RealHost host;
  std::thread other([] {
    RealHost mine;
    for (int i = 0; i < kRacers; ++i) {
      mine.shell("useradd --no-create-home tstrace" + std::to_string(i));
    }
  });
  int refused = 0;
  for (int i = 0; i < kRacers;) {
    const auto made =
        host.apply_for_good("- {user: tstours" + std::to_string(i) + ", shell: /bin/sh}\n");
    if (made) {
      ++i;
      continue;
    }
    // Planned from what useradd has changed meanwhile: nothing was done, so it is planned again.
    REQUIRE(made.error().code == Errc::changed_meanwhile);
    REQUIRE(++refused < 1000);
  }
  other.join();
  for (int i = 0; i < kRacers; ++i) {
    const std::string number = std::to_string(i);
    host.shell("id tstrace" + number + " && id tstours" + number);
    CHECK(host.shell("grep -c '^tst\\(race\\|ours\\)" + number + ":' /etc/shadow") == "2\n");
  }
  MESSAGE("planned again " << refused << " times");
  check_databases(host);
  host.shell("for i in $(seq 0 " + std::to_string(kRacers - 1) +
             "); do userdel tstrace$i; userdel tstours$i; done 2>/dev/null; true");
}

TEST_CASE("our lock keeps useradd out") {
  RealHost host;
  auto lock = host.machine.files().lock_accounts();
  REQUIRE(lock.has_value());
  const auto end = host.machine.processes().run(
      {.arguments = {"timeout", "2", "useradd", "--no-create-home", "tstlocked"}});
  REQUIRE(end.has_value());
  CHECK(end->exit != 0);
  CHECK(host.text("/etc/passwd").find("tstlocked") == Bytes::npos);
  lock->reset();
  host.shell("useradd --no-create-home tstlocked && userdel tstlocked");
}
