#include "net/notify.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

#include <doctest/doctest.h>

#include "base/os_file.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// NOLINTBEGIN(concurrency-mt-unsafe): one thread
void set(const char* name, const std::string& value) {
  REQUIRE(::setenv(name, value.c_str(), 1) == 0);
}

void unset(const char* name) {
  ::unsetenv(name);
}

// NOLINTEND(concurrency-mt-unsafe)

}  // namespace

TEST_CASE("the service manager hears on the socket that it named") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("notify");
  const FileDescriptor manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
  REQUIRE(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  set("NOTIFY_SOCKET", path);
  CHECK(notify_service_manager("READY=1"));
  std::array<char, 64> heard{};
  const ssize_t size = ::recv(manager.get(), heard.data(), heard.size(), 0);
  CHECK(std::string(heard.data(), static_cast<std::size_t>(size)) == "READY=1");
  set("NOTIFY_SOCKET", directory.file("nobody"));
  CHECK_FALSE(notify_service_manager("READY=1"));
  set("NOTIFY_SOCKET", "relative");
  CHECK_FALSE(notify_service_manager("READY=1"));
  unset("NOTIFY_SOCKET");
  CHECK_FALSE(notify_service_manager("READY=1"));
}

TEST_CASE("a watching service manager hears twice as often as it asks for") {
  set("WATCHDOG_USEC", "60000000");
  CHECK(watchdog_interval() == std::chrono::seconds(30));
  for (const char* wrong : {"", "0", "1", "-5", "soon", "5s"}) {
    set("WATCHDOG_USEC", wrong);
    CHECK_FALSE(watchdog_interval());
  }
  unset("WATCHDOG_USEC");
  CHECK_FALSE(watchdog_interval());
}
