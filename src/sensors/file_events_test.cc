#include "sensors/file_events.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/os_file.h"
#include "sensors/fanotify_events.h"
#include "sensors/inotify_events.h"
#include "sensors/watched_root.h"

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

  void make_directory(const std::string& name) const {
    std::filesystem::create_directories(path_ + name);
  }

  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(path_ + from, path_ + to);
  }

  void write(const std::string& name, const std::string& text) const {
    const FileDescriptor file(::open((path_ + name).c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644));
    REQUIRE(file.is_open());
    REQUIRE(write_all(file.get(), text));
  }

 private:
  std::string path_;
};

using Events = std::unique_ptr<FileEvents>;
using Open = Result<Events> (*)(const std::string&, std::span<const WatchedDirectory>);

Result<Events> open_single(const std::string& root, std::span<const WatchedDirectory> watched) {
  TWOSEAL_TRY(auto events, InotifyEvents::open(root, watched));
  return Events(std::move(events));
}

// What both sources must do. As root the best one is fanotify.
template <class Tell>
void by_each_source(Tell tell) {
  SUBCASE("the best source") {
    tell(Open(open_file_events));
  }
  SUBCASE("single directories") {
    tell(Open(open_single));
  }
}

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
  by_each_source([](Open open) {
    const Scratch scratch;
    const std::vector<WatchedDirectory> watched = {{"/", false}};
    const auto events = open(scratch.path(), watched);
    REQUIRE(events);
    scratch.write("/sshd_config", "PermitRootLogin no\n");
    CHECK(hears(**events, "/sshd_config"));
  });
}

TEST_CASE("a root may be written with a slash at its end, relative, or over a link") {
  by_each_source([](Open open) {
    const Scratch scratch;
    scratch.make_directory("/real");
    REQUIRE(::symlink("real", (scratch.path() + "/link").c_str()) == 0);
    const std::string relative = std::filesystem::relative(scratch.path() + "/real").string();
    for (const std::string& root :
         {scratch.path() + "/real/", scratch.path() + "/link", relative}) {
      const std::vector<WatchedDirectory> watched = {{"/", false}};
      const auto events = open(root, watched);
      REQUIRE(events);
      scratch.write("/real/file", root);
      CHECK(hears(**events, "/file"));
    }
  });
}

TEST_CASE("a write by who keeps the file open is heard") {
  by_each_source([](Open open) {
    const Scratch scratch;
    const std::vector<WatchedDirectory> watched = {{"/", false}};
    const auto events = open(scratch.path(), watched);
    REQUIRE(events);
    const FileDescriptor file(
        ::open((scratch.path() + "/file").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    REQUIRE(hears(**events, "/file"));
    REQUIRE(write_all(file.get(), "PermitRootLogin yes\n"));
    CHECK(hears(**events, "/file"));
  });
}

TEST_CASE("waiting ends however much happens") {
  by_each_source([](Open open) {
    const Scratch scratch;
    const std::vector<WatchedDirectory> watched = {{"/", true}};
    const auto events = open(scratch.path(), watched);
    REQUIRE(events);
    std::atomic<bool> enough = false;
    std::thread noise([&] {
      while (!enough) {
        const FileDescriptor file(
            ::open((scratch.path() + "/noise").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644));
      }
    });
    CHECK(hears(**events, "/noise"));
    scratch.write("/file", "x");
    CHECK(hears(**events, "/file"));
    const auto begun = std::chrono::steady_clock::now();
    CHECK((*events)->wait(std::chrono::milliseconds(0)));
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(2));
    enough = true;
    noise.join();
  });
}

TEST_CASE("directories that come below one that is watched whole are heard") {
  by_each_source([](Open open) {
    const Scratch scratch;
    const std::vector<WatchedDirectory> watched = {{"/", true}};
    const auto events = open(scratch.path(), watched);
    REQUIRE(events);
    scratch.make_directory("/conf.d");
    CHECK(hears(**events, "/conf.d"));
    scratch.write("/conf.d/10.conf", "a=1\n");
    CHECK(hears(**events, "/conf.d/10.conf"));
  });
}

TEST_CASE("a directory that is moved is heard of by its new name, and what takes its place too") {
  by_each_source([](Open open) {
    const Scratch scratch;
    scratch.make_directory("/a/deep");
    const std::vector<WatchedDirectory> watched = {{"/a", true}};
    const auto events = open(scratch.path(), watched);
    REQUIRE(events);
    scratch.rename("/a", "/b");
    CHECK(hears(**events, "/a"));
    scratch.make_directory("/a/deep");
    CHECK(hears(**events, "/a"));
    scratch.write("/a/deep/file", "x");
    CHECK(hears(**events, "/a/deep/file"));
  });
}

TEST_CASE("a directory that is not there yet is heard of when it comes, and then what is in it") {
  by_each_source([](Open open) {
    const Scratch scratch;
    const std::vector<WatchedDirectory> watched = {{"/etc/ssh", false}};
    const auto events = open(scratch.path(), watched);
    REQUIRE(events);
    scratch.make_directory("/etc");
    CHECK(hears(**events, "/etc"));
    scratch.make_directory("/etc/ssh");
    CHECK(hears(**events, "/etc/ssh"));
    scratch.write("/etc/ssh/sshd_config", "x");
    CHECK(hears(**events, "/etc/ssh/sshd_config"));
  });
}

TEST_CASE("directories may be added later") {
  by_each_source([](Open open) {
    const Scratch scratch;
    scratch.make_directory("/a");
    scratch.make_directory("/b");
    const std::vector<WatchedDirectory> first = {{"/a", false}};
    const std::vector<WatchedDirectory> second = {{"/b", false}};
    const auto events = open(scratch.path(), first);
    REQUIRE(events);
    REQUIRE((*events)->add(second));
    scratch.write("/b/file", "x");
    CHECK(hears(**events, "/b/file"));
  });
}

TEST_CASE("a directory that a link leads to is watched by the name that was asked for") {
  const Scratch scratch;
  scratch.make_directory("/real");
  REQUIRE(::symlink("/real", (scratch.path() + "/link").c_str()) == 0);
  const std::vector<WatchedDirectory> watched = {{"/link", false}, {"/real", false}};
  const auto events = InotifyEvents::open(scratch.path(), watched);
  REQUIRE(events);
  scratch.write("/real/file", "x");
  CHECK(hears(**events, "/link/file"));
  scratch.write("/real/file", "y");
  CHECK(hears(**events, "/real/file"));
}

TEST_CASE("inotify hears nothing of a directory that nobody asked for") {
  const Scratch scratch;
  scratch.make_directory("/other");
  scratch.make_directory("/asked");
  const std::vector<WatchedDirectory> watched = {{"/asked", false}};
  const auto events = InotifyEvents::open(scratch.path(), watched);
  REQUIRE(events);
  scratch.write("/other/file", "x");
  scratch.write("/file", "x");
  const auto batch = (*events)->wait(std::chrono::milliseconds(100));
  REQUIRE(batch);
  CHECK(batch->paths.empty());
}

TEST_CASE("inotify forgets directories that are gone") {
  const Scratch scratch;
  const std::vector<WatchedDirectory> watched = {{"/", true}};
  const auto events = InotifyEvents::open(scratch.path(), watched);
  REQUIRE(events);
  const std::size_t before = (*events)->place_count();
  for (int i = 0; i < 50; ++i) {
    scratch.make_directory("/d/" + std::to_string(i));
  }
  REQUIRE(hears(**events, "/d"));
  REQUIRE((*events)->wait(std::chrono::milliseconds(100)));
  CHECK((*events)->place_count() == before + 51);
  std::filesystem::remove_all(scratch.path() + "/d");
  REQUIRE(hears(**events, "/d"));
  REQUIRE((*events)->wait(std::chrono::milliseconds(100)));
  CHECK((*events)->place_count() == before);
}

TEST_CASE("what file systems of the kernel do not tell is named") {
  if (::geteuid() != 0 || !FanotifyEvents::open("/", {})) {
    return;
  }
  const std::vector<WatchedDirectory> watched = {{"/", true}};
  const auto events = FanotifyEvents::open("/", watched);
  REQUIRE(events);
  const auto is_named = [&](const std::string& path) {
    const auto unheard = (*events)->unheard();
    return std::any_of(unheard.begin(), unheard.end(), [&](const UnheardDirectory& each) {
      return each.path == path && each.kernel;
    });
  };
  CHECK(is_named("/proc"));
  CHECK_FALSE(is_named("/"));
}

TEST_CASE("no root and a root that is a file are errors") {
  by_each_source([](Open open) {
    const Scratch scratch;
    scratch.write("/file", "x");
    CHECK_FALSE(open(scratch.path() + "/absent", {}));
    CHECK_FALSE(open(scratch.path() + "/file", {}));
  });
}

TEST_CASE("paths are told apart by the root that they are below") {
  CHECK(inside_path("/", "/etc/passwd") == "/etc/passwd");
  CHECK(inside_path("/mnt/root", "/mnt/root/etc/passwd") == "/etc/passwd");
  CHECK(inside_path("/mnt/root", "/mnt/root") == "/");
  CHECK_FALSE(inside_path("/mnt/root", "/mnt/roots/etc/passwd"));
}

}  // namespace twoseal
