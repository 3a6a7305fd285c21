// What only this machine does: files of the kernel, extended attributes, locks, and facts.
#include "system/linux/linux_system.h"

#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <sys/xattr.h>
#include <thread>

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("a large file has the digest of all its pieces") {
  LinuxHost host;
  for (const std::size_t size : {65'534U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
    CAPTURE(size);
    const Bytes bytes(size, 'x');
    REQUIRE(host.write("/file", bytes).has_value());
    CHECK(host.files().digest("/file", size).value().digest == sha256(bytes));
    CHECK(host.files().read("/file", size).value().bytes == bytes);
    CHECK(code_of(host.files().digest("/file", size - 1)) == Errc::too_large);
  }
}

TEST_CASE("a file of the kernel is read, though it says that it is empty") {
  LinuxSystem machine;
  CHECK(machine.files().read("/proc/sys/kernel/ostype", 100).value().bytes == "Linux\n");
  CHECK(machine.files().digest("/proc/sys/kernel/ostype", 100).value().digest == sha256("Linux\n"));
  CHECK(code_of(machine.files().read("/proc/sys/kernel/ostype", 3)) == Errc::too_large);
  CHECK(code_of(machine.files().read("/dev/null", 100)) == Errc::not_regular);
}

TEST_CASE("extended attributes of a file that is replaced are kept") {
  LinuxHost host;
  REQUIRE(host.write("/file", "old").has_value());
  const std::string outside = host.outside("/file");
  if (::setxattr(outside.c_str(), "user.note", "kept", 4, 0) != 0) {
    MESSAGE("skipped: no extended attributes in " << outside);
    return;
  }
  REQUIRE(host.write("/file", "new", 0600).has_value());
  char value[8] = {};
  CHECK(::getxattr(outside.c_str(), "user.note", value, sizeof(value)) == 4);
  CHECK(std::string(value) == "kept");
  CHECK(host.files().look("/file").value()->mode == 0600);
}

TEST_CASE("a file that is replaced keeps its access list, and gets none that it did not have") {
  LinuxHost host;
  // Source: acl(5), linux/posix_acl_xattr.h: version 2, then tag, permissions and id; owner rwx,
  // user 7 rwx, group r-x, mask rwx, others nothing.
  constexpr std::string_view kList(
      "\2\0\0\0"
      "\1\0\7\0\377\377\377\377"
      "\2\0\7\0\7\0\0\0"
      "\4\0\5\0\377\377\377\377"
      "\20\0\7\0\377\377\377\377"
      "\40\0\0\0\377\377\377\377",
      44);
  constexpr const char* kAccess = "system.posix_acl_access";
  const auto size_at = [&](const char* path) {
    return ::getxattr(host.outside(path).c_str(), kAccess, nullptr, 0);
  };
  REQUIRE(host.write("/with", "old").has_value());
  REQUIRE(host.write("/without", "old").has_value());
  const std::string root = host.outside("/");
  if (::setxattr(root.c_str(), "system.posix_acl_default", kList.data(), kList.size(), 0) != 0) {
    MESSAGE("skipped: no access lists in " << root);
    return;
  }
  const std::string with = host.outside("/with");
  REQUIRE(::setxattr(with.c_str(), kAccess, kList.data(), kList.size(), 0) == 0);
  for (const char* path : {"/with", "/without", "/new"}) {
    REQUIRE(host.write(path, "new", 0640).has_value());
    CHECK(host.files().look(path).value()->mode == 0640);
  }
  CHECK(size_at("/with") == 44);
  CHECK(size_at("/without") < 0);
  CHECK(size_at("/new") == 44);
}

TEST_CASE("many files are written together and none is left beside them") {
  LinuxHost host;
  std::vector<FileChange> changes;
  for (int i = 0; i < 600; ++i) {
    changes.push_back(host.change(FileAct::write, "/file" + std::to_string(i)));
  }
  changes.push_back(host.change(FileAct::write, "/file7"));
  CHECK(code_of(host.files().apply(changes)) == Errc::changed_meanwhile);
  CHECK(host.files().list("/", 1000).value().size() == 512);
}

TEST_CASE("a missing root is an error of every verb") {
  LinuxSystem machine("/no/such/root");
  CHECK(code_of(machine.files().look("/etc")) == Errc::io_failed);
  CHECK(code_of(machine.files().read("/etc", 1)) == Errc::io_failed);
}

TEST_CASE("a lock of the accounts waits for the one before") {
  LinuxHost host;
  REQUIRE(host.make_directory("/etc").has_value());
  auto first = host.files().lock_accounts().value();
  const auto begin = std::chrono::steady_clock::now();
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    first.reset();
  });
  CHECK(host.files().lock_accounts().has_value());
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(200));
  other.join();
  CHECK(host.files().look("/etc/.pwd.lock").value()->mode == 0600);
}

TEST_CASE("a tool's lock counts while its process lives") {
  LinuxHost host;
  REQUIRE(host.make_directory("/etc").has_value());
  // No process has such a number: pid_max is at most 4,194,304.
  REQUIRE(host.write("/etc/passwd.lock", "999999999").has_value());
  CHECK(host.files().lock_accounts().has_value());
  REQUIRE(host.write("/etc/passwd.lock", std::to_string(::getpid())).has_value());
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    REQUIRE(host.remove("/etc/passwd.lock").has_value());
  });
  CHECK(host.files().lock_accounts().has_value());
  other.join();
}

TEST_CASE("settings of the kernel are read below the root") {
  LinuxHost host;
  for (const char* directory : {"/proc", "/proc/sys", "/proc/sys/net"}) {
    REQUIRE(host.make_directory(directory).has_value());
  }
  REQUIRE(host.write("/proc/sys/net/one", "1\t2\n").has_value());
  CHECK(host.system.kernel().setting("net.one").value() == "1\t2");
  CHECK_FALSE(host.system.kernel().setting("net.two").value().has_value());
  CHECK_FALSE(host.system.kernel().setting("net").value().has_value());
  CHECK_FALSE(host.system.kernel().setting("../one").value().has_value());
  REQUIRE(host.system.kernel().set_setting("net.one", "3\t4").has_value());
  CHECK(host.system.kernel().setting("net.one").value() == "3\t4");
  CHECK(code_of(host.system.kernel().set_setting("net.two", "1")) == Errc::no_input);
  CHECK(code_of(host.system.kernel().set_setting("net", "1")) == Errc::no_input);
  CHECK(code_of(host.system.kernel().set_setting("net.one", "1\n2")) == Errc::kernel_refused);
}

TEST_CASE("the machine tells facts of the closed list") {
  LinuxSystem machine;
  const Facts facts = machine.facts();
  for (const auto& [name, value] : facts) {
    CAPTURE(name);
    CHECK(is_fact(name));
    const auto* text = std::get_if<std::string>(&value);
    CHECK((text == nullptr || is_fact_text(*text)));
  }
  CHECK(std::get<std::int64_t>(facts.at("cpu.count")) > 0);
  CHECK(std::get<std::int64_t>(facts.at("memory.bytes")) > 0);
  CHECK(facts.contains("kernel.release"));
  CHECK(facts.contains("arch"));
  CHECK(machine.boot_id().size() == 36);
  CHECK(machine.boot_id() == LinuxSystem().boot_id());
}

TEST_CASE("without a bus the service manager has failed") {
  LinuxHost host;
  const std::string unit = "ssh.service";
  Services& services = host.system.services();
  CHECK(code_of(services.states({&unit, 1})) == Errc::service_manager_failed);
  CHECK(code_of(services.act(UnitAct::start, unit, 1)) == Errc::service_manager_failed);
  CHECK(code_of(services.reload_definitions()) == Errc::service_manager_failed);
  CHECK(services.states({}).value().empty());
  CHECK(code_of(services.act(UnitAct::start, "ssh", 1)) == Errc::unit_failed);
}

TEST_CASE("packages are read below the root") {
  LinuxHost host;
  CHECK(code_of(host.system.packages().installed()) == Errc::package_failed);
  for (const char* directory : {"/var", "/var/lib", "/var/lib/dpkg"}) {
    REQUIRE(host.make_directory(directory).has_value());
  }
  REQUIRE(host.write("/var/lib/dpkg/status",
                     "Package: cron\nStatus: install ok installed\nArchitecture: amd64\n"
                     "Version: 3.0pl1-162\n")
              .has_value());
  CHECK(host.system.packages().installed().value().at(0).name == "cron");
  const PackageWish there{.name = "cron"};
  CHECK(host.system.packages().plan({&there, 1}).value().install.empty());
  const PackageWish odd{.name = "-oDir=/tmp"};
  CHECK(code_of(host.system.packages().plan({&odd, 1})) == Errc::no_such_package);
  const PackageWish version{.name = "cron", .version = "1 --purge"};
  CHECK(code_of(host.system.packages().plan({&version, 1})) == Errc::no_such_package);
}
