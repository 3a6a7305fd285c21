#include <ctime>
#include <limits>
#include <unistd.h>

#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/fake_host.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::HostWithKernelFiles;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest processes(const FilesOfHost& files,
                  const std::string& line,
                  const std::string& pid = "operation='greater than'>0") {
  return OneTest(files,
                 "unix:process58",
                 "",
                 "<unix:process58_object id='o'><unix:command_line " + line +
                     "</unix:command_line><unix:pid datatype='int' " + pid +
                     "</unix:pid></unix:process58_object>");
}

const std::string kAny = "operation='pattern match'>.*";
const std::string kThread = "2129984";  // of the kernel

struct Host : HostWithKernelFiles {
  Host() { make_directory("/proc"); }

  // `stat`: the name in brackets, the state, the parent, the terminal and the flags.
  void run(int pid,
           const std::string& name,
           const std::string& arguments,
           const std::string& state = "S",
           int parent = 1,
           int terminal = 0,
           const std::string& flags = "4194304") {
    const std::string directory = "/proc/" + std::to_string(pid);
    std::string stat = std::to_string(pid) + " (" + name + ") " + state + " " +
                       std::to_string(parent) + " 7 9 " + std::to_string(terminal) + " -1 " + flags;
    for (int i = 2; i < 45; ++i) {
      // proc(5): utime, stime and starttime are the 14th, 15th and 22nd of the line.
      const std::int64_t value = i == 6 ? user_time : i == 7 ? system_time : i == 14 ? start : i;
      stat += " " + std::to_string(value);
    }
    write(directory + "/stat", stat + "\n");
    write(directory + "/cmdline", arguments);
    write(directory + "/status", "Name:\tx\nUid:\t33\t0\t0\t0\n");
    write(directory + "/loginuid", "4294967295");
  }

  std::int64_t user_time = 0;  ///< in ticks, as the other two
  std::int64_t system_time = 0;
  std::int64_t start = 0;
};

}  // namespace

TEST_CASE("a process shows its arguments, its users and its terminal") {
  Host files;
  files.run(10, "sshd", std::string("/usr/sbin/sshd\0-D\0", 18), "S", 1, 34816);
  OneTest all = processes(files, kAny);
  CHECK(all.all(EntityName::command_line) == Texts{"/usr/sbin/sshd -D"});
  CHECK(all.all(EntityName::pid) == Texts{"10"});
  CHECK(all.all(EntityName::ppid) == Texts{"1"});
  CHECK(all.all(EntityName::ruid) == Texts{"33"});
  CHECK(all.all(EntityName::user_id) == Texts{"0"});
  CHECK(all.all(EntityName::loginuid) == Texts{"4294967295"});
  CHECK(all.all(EntityName::session_id) == Texts{"9"});
  CHECK(all.all(EntityName::tty) == Texts{"pts/0"});
}

namespace {

// Noon of a day on this machine, in whatever zone it is.
std::int64_t noon_of(int month, int day) {
  std::tm moment = {};
  moment.tm_year = 2023 - 1900;
  moment.tm_mon = month - 1;
  moment.tm_mday = day;
  moment.tm_hour = 12;
  moment.tm_isdst = -1;
  return std::mktime(&moment);
}

}  // namespace

TEST_CASE("the time that a process has taken is in hours, and in days from the first on") {
  const std::int64_t second = ::sysconf(_SC_CLK_TCK);
  const std::pair<std::int64_t, std::string> rows[] = {{0, "00:00:00"},
                                                       {59, "00:00:59"},
                                                       {3600 + 120 + 3, "01:02:03"},
                                                       {86399, "23:59:59"},
                                                       {86400, "1-00:00:00"},
                                                       {123 * 86400 + 61, "123-00:01:01"}};
  for (const auto& [seconds, text] : rows) {
    Host files;
    files.user_time = seconds * second / 2;
    files.system_time = seconds * second - files.user_time + second - 1;
    files.run(10, "a", "a");
    CHECK(processes(files, kAny).all(EntityName::exec_time) == Texts{text});
  }
}

TEST_CASE("a process has started at a time of this day, or on another one") {
  const std::int64_t second = ::sysconf(_SC_CLK_TCK);
  Host files;
  files.start = 10 * second;
  files.run(10, "a", "a");
  const auto says = [&](std::int64_t booted, std::int64_t up) {
    files.write("/proc/stat", "cpu 1 2\nbtime " + std::to_string(booted) + "\nprocesses 1\n");
    files.write("/proc/uptime", std::to_string(up) + ".25 99.00\n");
    return processes(files, kAny).all(EntityName::start_time);
  };
  CHECK(says(noon_of(2, 5), 60) == Texts{"12:00:10"});
  CHECK(says(noon_of(2, 5), 86400) == Texts{"Feb_5"});
  CHECK(says(noon_of(11, 26), 365 * 86400) == Texts{"Nov_26"});  // the same day of another year
  CHECK(says(noon_of(2, 5), 9) == Texts{"error"});               // it has not started yet
}

TEST_CASE("times that cannot be told are errors, and the process is there all the same") {
  Host files;
  files.run(10, "a", "a");
  CHECK(processes(files, kAny).all(EntityName::start_time) == Texts{"error"});
  files.write("/proc/stat", "cpu 1 2\n");
  files.write("/proc/uptime", "60.25 99.00\n");
  CHECK(processes(files, kAny).all(EntityName::start_time) == Texts{"error"});
  files.write("/proc/stat", "btime 1700000000\n");
  files.write("/proc/uptime", "soon\n");
  CHECK(processes(files, kAny).all(EntityName::start_time) == Texts{"error"});
  const std::int64_t end = std::numeric_limits<std::int64_t>::max();
  files.write("/proc/stat", "btime " + std::to_string(end) + "\n");
  files.write("/proc/uptime", "60.25 99.00\n");
  CHECK(processes(files, kAny).all(EntityName::start_time) == Texts{"error"});
  files.user_time = end;
  files.system_time = end;
  files.run(11, "b", "b");
  CHECK(processes(files, ">b").all(EntityName::exec_time) == Texts{"error"});
  files.user_time = -1;
  files.run(11, "b", "b");
  CHECK(processes(files, ">b").all(EntityName::exec_time) == Texts{"error"});
  CHECK(processes(files, ">b").flag() == Flag::complete);
}

TEST_CASE("terminals have names, and what has none is a question mark") {
  const std::pair<int, std::string> rows[] = {
      {0, "?"}, {34816 + 3, "pts/3"}, {35072, "pts/256"}, {1025, "tty1"}, {1089, "ttyS1"}};
  for (const auto& [number, name] : rows) {
    Host files;
    files.run(10, "a", "a", "S", 1, number);
    CHECK(processes(files, kAny).all(EntityName::tty) == Texts{name});
  }
}

TEST_CASE("a process without arguments is called by its name, threads of the kernel are none") {
  Host files;
  files.run(2, "kthreadd", "", "S", 0, 0, kThread);
  files.run(3, "worker", "", "S", 2, 0, kThread);
  files.run(10, "two words)", "");
  files.run(11, "dead", "dead", "Z");
  CHECK(processes(files, kAny).all(EntityName::command_line) ==
        Texts{"two words)", "[dead] <defunct>"});
}

TEST_CASE("in a container the second process is one like others, and so are its children") {
  Host files;
  files.run(2, "sleep", "sleep", "S", 1);
  files.run(3, "telnetd", "telnetd", "S", 2);
  CHECK(processes(files, kAny).all(EntityName::command_line) == Texts{"sleep", "telnetd"});
}

TEST_CASE("a process of which nobody can say whether it is the kernel's is an error") {
  Host files;
  files.run(10, "a", "a", "S", 1, 0, "none");
  CHECK(processes(files, ">a").flag() == Flag::error);
}

TEST_CASE("processes are chosen by number and by command line") {
  Host files;
  files.run(10, "a", "a");
  files.run(11, "b", "b");
  CHECK(processes(files, kAny, ">11").all(EntityName::command_line) == Texts{"b"});
  CHECK(processes(files, ">a").all(EntityName::pid) == Texts{"10"});
  CHECK(processes(files, ">c").flag() == Flag::does_not_exist);
}

TEST_CASE("a process that has ended is none, one that cannot be read is an error") {
  Host files;
  files.make_directory("/proc/10");
  CHECK(processes(files, kAny).flag() == Flag::does_not_exist);
  files.run(11, "a", std::string((std::size_t{4} << 20U) + 1, 'a'));
  CHECK(processes(files, ">a").flag() == Flag::error);
  Host odd;
  odd.run(12, "a", "a");
  odd.write("/proc/12/stat", "nonsense");
  CHECK(processes(odd, kAny).flag() == Flag::error);
}

TEST_CASE("a root without a kernel has no processes") {
  FilesOfHost files;
  CHECK(processes(files, kAny).flag() == Flag::not_collected);
}
