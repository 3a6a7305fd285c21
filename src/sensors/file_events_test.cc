#include "sensors/file_events.h"

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/os_file.h"
#include "sensors/fanotify_events.h"
#include "sensors/inotify_events.h"

namespace twoseal {
namespace {

// A directory of its own that is removed at the end.
class Scratch {
 public:
  Scratch() {
    std::string name = "/tmp/twoseal-events-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() { CHECK(std::system(("rm -rf '" + path_ + "'").c_str()) == 0); }

  [[nodiscard]] const std::string& path() const { return path_; }

  void write(const std::string& name, const std::string& text) const {
    const FileDescriptor file(::open((path_ + name).c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644));
    REQUIRE(file.is_open());
    REQUIRE(write_all(file.get(), text));
  }

 private:
  std::string path_;
};

bool hears(FileEvents& events, const std::string& path) {
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    const auto batch = events.wait(std::chrono::milliseconds(100));
    REQUIRE(batch);
    for (const std::string& each : batch->paths) {
      if (each == path) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a write in a watched directory is heard, by its path below the root") {
  const Scratch scratch;
  const WatchedDirectory watched[] = {{"/", false}};
  const auto events = open_file_events(scratch.path(), watched);
  REQUIRE(events);
  scratch.write("/sshd_config", "PermitRootLogin no\n");
  CHECK(hears(**events, "/sshd_config"));
}

TEST_CASE("inotify hears of directories that come below one that is watched whole") {
  const Scratch scratch;
  const WatchedDirectory watched[] = {{"/", true}};
  const auto events = InotifyEvents::open(scratch.path(), watched);
  REQUIRE(events);
  REQUIRE(::mkdir((scratch.path() + "/conf.d").c_str(), 0755) == 0);
  CHECK(hears(**events, "/conf.d"));
  scratch.write("/conf.d/10.conf", "a=1\n");
  CHECK(hears(**events, "/conf.d/10.conf"));
}

TEST_CASE("inotify hears nothing of a directory that nobody asked for") {
  const Scratch scratch;
  REQUIRE(::mkdir((scratch.path() + "/other").c_str(), 0755) == 0);
  const WatchedDirectory watched[] = {{"/", false}};
  const auto events = InotifyEvents::open(scratch.path(), watched);
  REQUIRE(events);
  scratch.write("/other/file", "x");
  const auto batch = (*events)->wait(std::chrono::milliseconds(100));
  REQUIRE(batch);
  CHECK(batch->paths.empty());
}

TEST_CASE("a directory that is not there yet is heard of by the one above it") {
  const Scratch scratch;
  const WatchedDirectory watched[] = {{"/etc/ssh", false}};
  const auto events = InotifyEvents::open(scratch.path(), watched);
  REQUIRE(events);
  REQUIRE(::mkdir((scratch.path() + "/etc").c_str(), 0755) == 0);
  CHECK(hears(**events, "/etc"));
}

TEST_CASE("paths are told apart by the root that they are below") {
  CHECK(outside_path("/", "/etc/passwd") == "/etc/passwd");
  CHECK(outside_path("/mnt/root", "/etc/passwd") == "/mnt/root/etc/passwd");
  CHECK(inside_path("/mnt/root", "/mnt/root/etc/passwd") == "/etc/passwd");
  CHECK(inside_path("/mnt/root", "/mnt/root") == "/");
  CHECK_FALSE(inside_path("/mnt/root", "/mnt/roots/etc/passwd"));
}

}  // namespace twoseal
