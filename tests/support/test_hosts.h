// For tests of hosts: every implementation of system/, set up through the same few verbs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/clock.h"
#include "base/result.h"
#include "system/linux/linux_system.h"
#include "system/memory/memory_system.h"
#include "tests/support/temporary_directory.h"

namespace twoseal {

/// What the suites run over.
#define TWOSEAL_HOSTS MemoryHost, LinuxHost

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

/// The verbs of a fixture, over the interface alone.
class TestHost {
 public:
  virtual ~TestHost() = default;

  virtual FileSystem& files() = 0;

  /// A change of `path` that must be free, by an owner that this process may give.
  FileChange change(FileAct act, const std::string& path) {
    FileChange change{.act = act, .path = path};
    change.bytes = std::make_shared<const Bytes>("changed");
    change.mode = act == FileAct::make_directory ? 0755 : 0644;
    change.uid = uid();
    change.gid = gid();
    return change;
  }

  Result<void> apply(FileAct act, const std::string& path, std::optional<FileInfo> before) {
    FileChange made = change(act, path);
    made.before = before;
    return files().apply({&made, 1});
  }

  Result<void> write(const std::string& path, BytesView bytes, std::uint32_t mode = 0644) {
    FileChange made = change(FileAct::write, path);
    made.bytes = std::make_shared<const Bytes>(bytes);
    made.mode = mode;
    return over_present(std::move(made));
  }

  Result<void> make_directory(const std::string& path,
                              std::uint32_t mode = 0755,
                              std::optional<std::uint32_t> owner = {}) {
    FileChange made = change(FileAct::make_directory, path);
    made.mode = mode;
    made.uid = owner.value_or(made.uid);
    return files().apply({&made, 1});
  }

  Result<void> make_symlink(const std::string& path,
                            const std::string& target,
                            std::optional<std::uint32_t> owner = {}) {
    FileChange made = change(FileAct::make_symlink, path);
    made.bytes = std::make_shared<const Bytes>(target);
    made.uid = owner.value_or(made.uid);
    return over_present(std::move(made));
  }

  Result<void> set_mode(const std::string& path, std::uint32_t mode) {
    FileChange made = change(FileAct::set_attributes, path);
    made.mode = mode;
    return over_present(std::move(made));
  }

  Result<void> remove(const std::string& path) {
    return over_present(change(FileAct::remove, path));
  }

  virtual std::uint32_t uid() { return 0; }

  virtual std::uint32_t gid() { return 0; }

  bool is_root() { return uid() == 0; }

 private:
  Result<void> over_present(FileChange made) {
    TWOSEAL_TRY(made.before, files().look(made.path));
    return files().apply({&made, 1});
  }
};

/// An empty host in memory.
class MemoryHost final : public TestHost {
 public:
  MemoryFiles& files() override { return system.files(); }

  void put_pipe(const std::string& path) { system.files().put_other(path); }

  void put_link(const std::string& path, const std::string& existing) {
    system.files().put_link(path, existing);
  }

  /// Whether everybody may walk to the root of the host.
  bool is_root_searchable() { return true; }

  ManualClock clock{1'800'000'000};
  MemorySystem system{clock};
};

/// An empty directory as the root of a host. By a user other than root it has files of this user.
class LinuxHost final : public TestHost {
 public:
  FileSystem& files() override { return system.files(); }

  void put_pipe(const std::string& path) { REQUIRE(::mkfifo(outside(path).c_str(), 0600) == 0); }

  void put_link(const std::string& path, const std::string& existing) {
    REQUIRE(::link(outside(existing).c_str(), outside(path).c_str()) == 0);
  }

  /// The directory of the test itself is closed to others.
  bool is_root_searchable() { return false; }

  std::uint32_t uid() override { return ::geteuid(); }

  std::uint32_t gid() override { return ::getegid(); }

  /// Where a path of the host stands on the machine.
  std::string outside(const std::string& path) { return directory.file("host" + path); }

  TemporaryDirectory directory;
  LinuxSystem system{make_root()};

 private:
  std::string make_root() {
    REQUIRE(::mkdir(directory.file("host").c_str(), 0700) == 0);
    return directory.file("host");
  }
};

}  // namespace twoseal
