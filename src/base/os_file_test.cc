#include "base/os_file.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace twoseal;

namespace {

// A directory of its own for each case, removed at its end.
struct Directory {
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "twoseal-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }

  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  ~Directory() { std::filesystem::remove_all(path); }

  [[nodiscard]] std::string at(std::string_view name) const {
    return path + "/" + std::string(name);
  }

  [[nodiscard]] std::size_t count() const { return list_directory(path, 100)->size(); }

  std::string path;
};

template <class T>
Errc code_of(const Result<T>& result) {
  REQUIRE(!result);
  return result.error().code;
}

mode_t mode_of(const std::string& path) {
  struct stat status = {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a file is read whole, and not when it is larger than its limit") {
  const Directory directory;
  const std::string path = directory.at("a");
  const Bytes bytes(200'000, 'x');
  REQUIRE(write_file(path, bytes, Access::everybody, Existing::keep));
  CHECK(read_file(path) == bytes);
  CHECK(read_file(path, 200'000) == bytes);
  CHECK(code_of(read_file(path, 199'999)) == Errc::too_large);
  CHECK(read_file(path, 199'999).error().where == path);
}

TEST_CASE("a sparse file of a gigabyte is refused before it is read") {
  const Directory directory;
  const std::string path = directory.at("big");
  REQUIRE(write_file(path, "", Access::owner, Existing::keep));
  REQUIRE(::truncate(path.c_str(), 1'000'000'000) == 0);
  CHECK(code_of(read_file(path)) == Errc::too_large);
}

TEST_CASE("a file without a size of its own is bounded while it is read") {
  CHECK(read_file("/proc/self/stat", 10'000));
  CHECK(code_of(read_file("/proc/self/stat", 5)) == Errc::too_large);
}

TEST_CASE("what is no regular file is refused without waiting") {
  const Directory directory;
  const std::string fifo = directory.at("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(code_of(read_file(fifo)) == Errc::not_regular);
  CHECK(code_of(read_file(directory.path)) == Errc::not_regular);
  CHECK(code_of(read_file("/dev/zero")) == Errc::not_regular);
  CHECK(code_of(read_file(directory.at("none"))) == Errc::no_input);
  CHECK(code_of(read_file(directory.at("none/none"))) == Errc::no_input);
}

TEST_CASE("a link is followed only when that is asked for") {
  const Directory directory;
  REQUIRE(write_file(directory.at("a"), "x", Access::owner, Existing::keep));
  std::filesystem::create_symlink("a", directory.at("link"));
  CHECK(read_file(directory.at("link")) == "x");
  const auto refused = read_file(directory.at("link"), 10, Links::refuse);
  CHECK(code_of(refused) == Errc::not_regular);
  CHECK(refused.error().what == "is a symbolic link");
  CHECK(read_file(directory.at("a"), 10, Links::refuse) == "x");
}

TEST_CASE("a name is read below its directory and never outside") {
  const Directory directory;
  REQUIRE(make_directory(directory.at("in"), Access::owner, Existing::keep));
  REQUIRE(make_directory(directory.at("in/more"), Access::owner, Existing::keep));
  REQUIRE(write_file(directory.at("out"), "secret", Access::owner, Existing::keep));
  REQUIRE(write_file(directory.at("in/more/a"), "x", Access::owner, Existing::keep));
  std::filesystem::create_symlink("more/a", directory.at("in/near"));
  std::filesystem::create_symlink("../out", directory.at("in/far"));
  std::filesystem::create_symlink("..", directory.at("in/up"));
  const std::string in = directory.at("in");
  CHECK(read_file_below(in, "more/a") == "x");
  CHECK(read_file_below(in, "more/../more/a") == "x");
  CHECK(read_file_below(in, "near") == "x");
  for (const std::string& name : {std::string("far"),
                                  std::string("up/out"),
                                  std::string("../out"),
                                  directory.at("out"),
                                  directory.at("in/more/a"),
                                  std::string("more/../../out")}) {
    CAPTURE(name);
    CHECK(code_of(read_file_below(in, name)) == Errc::unsafe_path);
  }
  CHECK(code_of(read_file_below(in, "none")) == Errc::no_input);
  CHECK(code_of(read_file_below(in, "more")) == Errc::not_regular);
  CHECK(code_of(read_file_below(directory.at("none"), "a")) == Errc::no_input);
}

TEST_CASE("whether others may read or change a file is told") {
  const Directory directory;
  REQUIRE(write_file(directory.at("a"), "x", Access::owner, Existing::keep));
  CHECK(check_owners_alone(directory.at("a")));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
    REQUIRE(::chmod(directory.at("a").c_str(), mode) == 0);
    const auto exposed = check_owners_alone(directory.at("a"));
    REQUIRE(!exposed);
    CHECK(exposed.error().code == Errc::key_exposed);
    CHECK(exposed.error().next.starts_with("chmod 600 " + directory.at("a")));
  }
  CHECK(check_owners_alone(directory.at("none")).error().code == Errc::no_input);
}

TEST_CASE("a written file has the access that was asked for") {
  const Directory directory;
  REQUIRE(write_file(directory.at("secret"), "x", Access::owner, Existing::keep));
  CHECK(mode_of(directory.at("secret")) == 0600);
  const mode_t before = ::umask(022);
  REQUIRE(write_file(directory.at("open"), "x", Access::everybody, Existing::keep));
  ::umask(before);
  CHECK(mode_of(directory.at("open")) == 0644);
}

TEST_CASE("an existing file is kept or replaced whole, and nothing else stays behind") {
  const Directory directory;
  const std::string path = directory.at("a");
  REQUIRE(write_file(path, "one", Access::owner, Existing::keep));
  CHECK(code_of(write_file(path, "two", Access::owner, Existing::keep)) == Errc::exists_already);
  CHECK(read_file(path) == "one");
  REQUIRE(write_file(path, "three", Access::owner, Existing::replace));
  CHECK(read_file(path) == "three");
  CHECK(directory.count() == 1);
}

TEST_CASE("a file that can be made again keeps the other promises") {
  const Directory directory;
  const std::string path = directory.at("a");
  const auto write = [&](BytesView bytes) {
    return write_file(path, bytes, Access::everybody, Existing::keep, Durability::remakeable);
  };
  REQUIRE(write("one"));
  CHECK(code_of(write("two")) == Errc::exists_already);
  CHECK(read_file(path) == "one");
  CHECK(directory.count() == 1);
}

TEST_CASE("an output is never a link, a directory, a device or a file in no directory") {
  const Directory directory;
  std::filesystem::create_symlink("nowhere", directory.at("link"));
  CHECK(code_of(write_file(directory.at("link"), "x", Access::owner, Existing::keep)) ==
        Errc::exists_already);
  CHECK(code_of(write_file(directory.at("link"), "x", Access::owner, Existing::replace)) ==
        Errc::bad_output);
  CHECK(code_of(write_file("/dev/null", "x", Access::owner, Existing::replace)) ==
        Errc::bad_output);
  CHECK(code_of(write_file(directory.path, "x", Access::owner, Existing::replace)) ==
        Errc::bad_output);
  CHECK(code_of(write_file(directory.at("no/a"), "x", Access::owner, Existing::keep)) ==
        Errc::bad_output);
  CHECK(code_of(write_file("", "x", Access::owner, Existing::keep)) == Errc::bad_output);
  CHECK(code_of(write_file(directory.at("a/"), "x", Access::owner, Existing::keep)) ==
        Errc::bad_output);
  CHECK(directory.count() == 1);
}

TEST_CASE("whether a new file can be made is asked without making it") {
  const Directory directory;
  CHECK(check_new_file(directory.at("a")));
  CHECK(directory.count() == 0);
  REQUIRE(write_file(directory.at("a"), "x", Access::owner, Existing::keep));
  CHECK(code_of(check_new_file(directory.at("a"))) == Errc::exists_already);
  CHECK(code_of(check_new_file(directory.at("a/b"))) == Errc::bad_output);
  CHECK(code_of(check_new_file(directory.at("no/b"))) == Errc::bad_output);
  CHECK(code_of(check_new_file(directory.at("b/"))) == Errc::bad_output);
}

TEST_CASE("a directory is listed in order and not beyond its limit") {
  const Directory directory;
  REQUIRE(make_directory(directory.at("d"), Access::owner, Existing::keep));
  CHECK(mode_of(directory.at("d")) == 0700);
  CHECK(code_of(make_directory(directory.at("d"), Access::owner, Existing::keep)) ==
        Errc::exists_already);
  CHECK(make_directory(directory.at("d"), Access::owner, Existing::replace));
  REQUIRE(write_file(directory.at("b"), "", Access::owner, Existing::keep));
  std::filesystem::create_symlink("b", directory.at("c"));
  const std::vector<DirectoryEntry> expected = {
      {"b", EntryKind::file}, {"c", EntryKind::other}, {"d", EntryKind::directory}};
  CHECK(list_directory(directory.path, 3) == expected);
  CHECK(code_of(list_directory(directory.path, 2)) == Errc::too_large);
  CHECK(code_of(list_directory(directory.at("none"), 2)) == Errc::no_input);
  CHECK(code_of(list_directory(directory.at("b"), 2)) == Errc::no_input);
  CHECK(code_of(make_directory(directory.at("b"), Access::owner, Existing::replace)) ==
        Errc::exists_already);
}

TEST_CASE("a file is removed, and none is no error") {
  const Directory directory;
  REQUIRE(write_file(directory.at("a"), "x", Access::owner, Existing::keep));
  CHECK(remove_file(directory.at("a")));
  CHECK(remove_file(directory.at("a")));
  CHECK(directory.count() == 0);
  REQUIRE(make_directory(directory.at("d"), Access::owner, Existing::keep));
  CHECK(!remove_file(directory.at("d")));
}

TEST_CASE("a lock is held by one at a time, until its descriptor is closed") {
  const Directory directory;
  const std::string path = directory.at("lock");
  auto first = lock_file(path);
  REQUIRE(first);
  CHECK(first->is_open());
  CHECK_FALSE(lock_file(path)->is_open());
  first->reset();
  CHECK(lock_file(path)->is_open());
  CHECK(code_of(lock_file(directory.at("none/lock"))) == Errc::bad_output);
  REQUIRE(symlink(path.c_str(), directory.at("link").c_str()) == 0);
  CHECK(code_of(lock_file(directory.at("link"))) == Errc::not_regular);
}

TEST_CASE("a lock ends with a process that is killed") {
  const Directory directory;
  const std::string path = directory.at("lock");
  std::array<int, 2> ready{};
  REQUIRE(pipe(ready.data()) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = lock_file(path);
    const char said = held && held->is_open() ? 'y' : 'n';
    static_cast<void>(!write(ready[1], &said, 1));
    pause();
    _exit(0);
  }
  char said = 0;
  REQUIRE(read(ready[0], &said, 1) == 1);
  CHECK(said == 'y');
  CHECK_FALSE(lock_file(path)->is_open());
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(lock_file(path)->is_open());
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("a full disk and a closed output are told apart") {
  const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK(code_of(write_all(full.get(), "x")) == Errc::disk_full);
  const FileDescriptor reading(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(code_of(write_all(reading.get(), "x")) == Errc::stdout_closed);
  CHECK(write_all(reading.get(), ""));
}

TEST_CASE("a pipe is written and read whole, however slow the other end") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  const Bytes bytes(300'000, 'y');
  std::thread writing([&] {
    CHECK(write_all(writer.get(), bytes));
    writer.reset();
  });
  ::fcntl(reader.get(), F_SETFL, 0);
  CHECK(read_all(reader.get(), 300'000) == bytes);
  writing.join();
}
