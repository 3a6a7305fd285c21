#include "agent/home.h"

#include <doctest/doctest.h>

#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::uint64_t kMebi = 1024 * 1024;

// A host in memory on which an agent may live.
class Desk {
 public:
  Desk() { files().put_directory("/var/lib"); }

  MemoryFiles& files() { return host.system.files(); }

  std::uint32_t mode(const std::string& path) { return files().look(path).value()->mode; }

  MemoryHost host;
  AgentHome home{host.files(), "/var/lib/agent"};
};

}  // namespace

TEST_CASE("the directory and its parts are made for root alone") {
  Desk desk;
  REQUIRE(desk.home.prepare().has_value());
  for (const char* path : {"/var/lib/agent",
                           "/var/lib/agent/changes",
                           "/var/lib/agent/held",
                           "/var/lib/agent/outbox",
                           "/var/lib/agent/scopes",
                           "/var/lib/agent/undo"}) {
    CAPTURE(path);
    CHECK(desk.mode(path) == 0700);
  }
  REQUIRE(desk.home.write("held/key", "secret").has_value());
  CHECK(desk.mode("/var/lib/agent/held/key") == 0600);
  CHECK(desk.home.prepare().has_value());
}

TEST_CASE("a directory that somebody else could change is refused, and so is each part") {
  constexpr std::uint32_t kSomebody = 1'000;
  for (const char* path : {"/var/lib/agent", "/var/lib/agent/undo"}) {
    CAPTURE(path);
    const auto refused = [&](const auto& put) {
      Desk desk;
      put(desk.files());
      return code_of(desk.home.prepare()) == Errc::unsafe_path;
    };
    CHECK(refused([&](MemoryFiles& files) { files.put_directory(path, 0700, kSomebody); }));
    CHECK(refused([&](MemoryFiles& files) { files.put_directory(path, 0720); }));
    CHECK(refused([&](MemoryFiles& files) { files.put_directory(path, 0702); }));
    CHECK(refused([&](MemoryFiles& files) { files.put(path, "a file"); }));
    CHECK(refused([&](MemoryFiles& files) { files.put_other(path); }));
    CHECK(refused([&](MemoryFiles& files) {
      files.put_directory("/srv/elsewhere", 0700);
      files.put_symlink(path, "/srv/elsewhere");
    }));
    CHECK_FALSE(refused([&](MemoryFiles& files) { files.put_directory(path, 0750); }));
  }
}

TEST_CASE("the directory before it is made too, for everybody to pass, and is root's as well") {
  Desk desk;
  AgentHome deeper(desk.host.files(), "/var/lib/twoseal/agent");
  REQUIRE(deeper.prepare().has_value());
  CHECK(desk.mode("/var/lib/twoseal") == 0755);
  CHECK(desk.mode("/var/lib/twoseal/agent") == 0700);
  desk.files().put_directory("/var/lib/other", 0755, 1'000);
  CHECK(code_of(AgentHome(desk.host.files(), "/var/lib/other/agent").prepare()) ==
        Errc::unsafe_path);
}

TEST_CASE("a missing parent, a full disk and a read-only one are errors, not an empty memory") {
  Desk desk;
  AgentHome nowhere(desk.host.files(), "/none/deeper/agent");
  CHECK(code_of(nowhere.prepare()) == Errc::bad_output);
  desk.files().set_read_only("/var/lib", true);
  CHECK(code_of(desk.home.prepare()) == Errc::no_permission);
  desk.files().set_read_only("/var/lib", false);
  REQUIRE(desk.home.prepare().has_value());
  desk.files().set_capacity(1);
  CHECK(code_of(desk.home.write("confirm", "x")) == Errc::disk_full);
  CHECK(desk.home.read("confirm", 10).value() == std::nullopt);
}

TEST_CASE("what is not there reads as nothing; what cannot be read is an error") {
  Desk desk;
  CHECK(desk.home.read("held/none", 10).value() == std::nullopt);
  CHECK(desk.home.list("outbox").value().empty());
  REQUIRE(desk.home.prepare().has_value());
  CHECK(desk.home.read("held/none", 10).value() == std::nullopt);
  REQUIRE(desk.home.write("held/long", Bytes(11, 'x')).has_value());
  CHECK(code_of(desk.home.read("held/long", 10)) == Errc::too_large);
  CHECK(code_of(desk.home.read("held", 10)) == Errc::not_regular);
  CHECK(code_of(desk.home.list("held/long")) == Errc::not_regular);
  desk.host.system.fail_next(MemoryVerb::read, desk.home.path("held/long"), Errc::io_failed);
  CHECK(code_of(desk.home.read("held/long", 100)) == Errc::io_failed);
}

TEST_CASE("writing replaces, removing what is gone is no error, and a link is never followed") {
  Desk desk;
  REQUIRE(desk.home.prepare().has_value());
  REQUIRE(desk.home.write("held/a", "old").has_value());
  REQUIRE(desk.home.write("held/a", "new").has_value());
  CHECK(desk.home.read("held/a", 10).value() == "new");
  CHECK(desk.home.list("held").value() == std::vector<std::string>{"a"});
  REQUIRE(desk.home.remove("held/a").has_value());
  CHECK(desk.home.remove("held/a").has_value());
  desk.files().put("/etc/passwd", "root");
  desk.files().put_symlink(desk.home.path("held/a"), "/etc/passwd");
  CHECK(code_of(desk.home.read("held/a", 10)) == Errc::not_regular);
  REQUIRE(desk.home.write("held/a", "mine").has_value());
  CHECK(desk.files().text("/etc/passwd") == "root");
}

TEST_CASE("several files are written together, the first ones whole when a later one fails") {
  Desk desk;
  REQUIRE(desk.home.prepare().has_value());
  const auto bytes = std::make_shared<const Bytes>("x");
  CHECK(code_of(desk.home.write_all({{"held/a", bytes}, {"none/b", bytes}})) == Errc::bad_output);
  REQUIRE(desk.home.write_all({{"held/a", bytes}, {"held/b", bytes}}).has_value());
  CHECK(desk.home.list("held").value().size() == 2);
}

TEST_CASE("what a crash left half written is swept away at the next start") {
  Desk desk;
  REQUIRE(desk.home.prepare().has_value());
  for (const char* directory : {"/var/lib/agent/", "/var/lib/agent/outbox/"}) {
    desk.files().put(directory + temporary_name(7), "half a file");
    desk.files().put(directory + std::string("kept"), "a file");
  }
  REQUIRE(desk.home.sweep().has_value());
  CHECK(desk.home.list("outbox").value() == std::vector<std::string>{"kept"});
  CHECK_FALSE(desk.files().look("/var/lib/agent/" + temporary_name(7)).value());
  CHECK(desk.files().text("/var/lib/agent/kept") == "a file");
}

TEST_CASE("16 MiB are kept for bad times when the disk has as much again") {
  Desk desk;
  desk.files().set_capacity(31 * kMebi);
  REQUIRE(desk.home.prepare().has_value());
  CHECK_FALSE(desk.files().look("/var/lib/agent/reserve").value());
  desk.files().set_capacity(33 * kMebi);
  REQUIRE(desk.home.prepare().has_value());
  CHECK(desk.files().look("/var/lib/agent/reserve").value()->size == kReserveSize);
}

TEST_CASE("work that must be done gets the reserve of a full disk, and only then") {
  Desk desk;
  REQUIRE(desk.home.prepare().has_value());
  int tries = 0;
  const auto write = [&] {
    ++tries;
    return desk.home.write("confirm", "x");
  };
  const auto is_kept = [&] {
    return desk.files().look("/var/lib/agent/reserve").value().has_value();
  };
  REQUIRE(desk.home.with_reserve(write).has_value());
  CHECK(tries == 1);
  CHECK(is_kept());
  desk.host.system.fail_next(MemoryVerb::write, desk.home.path("confirm"), Errc::io_failed);
  CHECK(code_of(desk.home.with_reserve(write)) == Errc::io_failed);
  CHECK(is_kept());
  desk.files().set_capacity(16 * kMebi);
  tries = 0;
  REQUIRE(desk.home.with_reserve(write).has_value());
  CHECK(tries == 2);
  CHECK_FALSE(is_kept());
  REQUIRE(desk.home.keep_reserve().has_value());
  CHECK_FALSE(is_kept());
  desk.files().set_capacity(1);
  CHECK(code_of(desk.home.with_reserve(write)) == Errc::disk_full);
  desk.files().set_capacity(64 * kMebi);
  REQUIRE(desk.home.keep_reserve().has_value());
  CHECK(is_kept());
}

TEST_CASE("a disk that fills up while the reserve is taken is no error") {
  Desk desk;
  desk.host.system.fail_next(MemoryVerb::write, desk.home.path("reserve"), Errc::disk_full);
  CHECK(desk.home.prepare().has_value());
  CHECK_FALSE(desk.files().look("/var/lib/agent/reserve").value());
}
