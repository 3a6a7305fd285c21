#include "system/linux/linux_processes.h"

#include <chrono>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/os_file.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Result<ProgramEnd> run(const Program& program) {
  return LinuxProcesses().run(program);
}

ProgramEnd shell(const std::string& script) {
  return run({.arguments = {"sh", "-c", script}}).value();
}

Errc refused(const Program& program) {
  const auto end = LinuxProcesses().run(program);
  return end ? Errc{} : end.error().code;
}

// Whether a process with this number comes to an end within a second.
bool is_gone(const Bytes& number) {
  for (int i = 0; i < 100; ++i) {
    if (!path_exists("/proc/" + number)) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

bool skip_without_root() {
  if (::geteuid() == 0) {
    return false;
  }
  MESSAGE("skipped: only root changes users");
  return true;
}

}  // namespace

TEST_CASE("a program's exit and output come back") {
  const ProgramEnd end = shell("echo out; echo err >&2; exit 3");
  CHECK(end.exit == 3);
  CHECK_FALSE(end.timed_out);
  CHECK(end.output == "out\nerr\n");
  CHECK(shell("kill -9 $$").exit == 128 + 9);
  CHECK(run({.arguments = {"/bin/true"}}).value().exit == 0);
}

TEST_CASE("only the end of a long output is kept") {
  const auto end = run({.arguments = {"sh", "-c", "seq 1 100000"}, .output_max = 13}).value();
  CHECK(end.output == "99999\n100000\n");
}

TEST_CASE("environment, directory and input are those that were asked for") {
  ::setenv("TWOSEAL_TEST_INHERITED", "1", 1);  // NOLINT(concurrency-mt-unsafe): one thread
  const auto end = run({.arguments = {"sh", "-c", "pwd; cat; env | sort"},
                        .directory = "/usr",
                        .environment = {"A=b", "LANG=C"}})
                       .value();
  CHECK(end.output.starts_with("/usr\nA=b\nHOME="));
  CHECK(end.output.find("\nLANG=C\n") != Bytes::npos);
  CHECK(end.output.find("INHERITED") == Bytes::npos);
  CHECK(end.output.find("LANG=C.UTF-8") == Bytes::npos);
}

TEST_CASE("no descriptor of ours is handed on") {
  const FileDescriptor open(::dup(2));
  CHECK(shell("ls /proc/self/fd").output == "0\n1\n2\n3\n");
}

TEST_CASE("a program that takes too long is ended with all that it started") {
  const auto begin = std::chrono::steady_clock::now();
  const auto end =
      run({.arguments = {"sh", "-c", "trap '' TERM; setsid sleep 60 & echo $!; exec sleep 60"},
           .seconds_max = 1})
          .value();
  CHECK(end.timed_out);
  CHECK(end.exit > 128);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(is_gone(end.output.substr(0, end.output.find('\n'))));
}

TEST_CASE("what a program leaves in another session is ended with it") {
  const auto begin = std::chrono::steady_clock::now();
  const ProgramEnd end = shell("setsid sh -c 'sleep 60 & echo $!; wait' & sleep 0.2; exit 4");
  CHECK(end.exit == 4);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(is_gone(end.output.substr(0, end.output.find('\n'))));
}

TEST_CASE("a program that cannot be started is refused with the reason") {
  CHECK(refused({}) == Errc::program_failed);
  CHECK(refused({.arguments = {"twoseal-no-such-program"}}) == Errc::program_failed);
  CHECK(refused({.arguments = {"/no/such/program"}}) == Errc::program_failed);
  CHECK(refused({.arguments = {"bin/true"}}) == Errc::program_failed);
  CHECK(refused({.arguments = {"/etc/passwd"}}) == Errc::program_failed);
  CHECK(refused({.arguments = {"true"}, .user = "no-such-user"}) == Errc::program_failed);
  CHECK(refused({.arguments = {"true"}, .directory = "/no/such"}) == Errc::program_failed);
}

TEST_CASE("a program runs as another user with the groups of that user") {
  if (skip_without_root()) {
    return;
  }
  const auto end = run({.arguments = {"sh", "-c", "id -un; id -G; echo $HOME"}, .user = "nobody"});
  CHECK(end.value().output == "nobody\n65534\n/nonexistent\n");
}

TEST_CASE("a health check runs as nobody, cannot write and gains no privileges") {
  if (skip_without_root()) {
    return;
  }
  const auto end = run({.arguments = {"sh",
                                      "-c",
                                      "id -un; touch /tmp/twoseal-health 2>&1; echo ok >/dev/null;"
                                      "grep NoNewPrivs /proc/self/status"},
                        .confinement = Confinement::health});
  if (!end) {
    MESSAGE("skipped: " << end.error().what);
    CHECK(end.error().what.starts_with("cannot be confined"));
    return;
  }
  CHECK(end->output.starts_with("nobody\n"));
  CHECK(end->output.find("Read-only file system") != Bytes::npos);
  CHECK(end->output.ends_with("NoNewPrivs:\t1\n"));
  CHECK_FALSE(path_exists("/tmp/twoseal-health"));
  // The machine itself is as it was.
  const TemporaryDirectory directory;
  CHECK(shell("touch " + directory.file("here")).exit == 0);
}
