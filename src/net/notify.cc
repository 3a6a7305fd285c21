#include "net/notify.h"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/os_file.h"

namespace twoseal {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it here
  return value != nullptr ? value : "";
}

}  // namespace

bool notify_service_manager(std::string_view state) {
  const std::string path = environment("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path.size() < 2 || path.size() >= sizeof(address.sun_path) ||
      (path.front() != '/' && path.front() != '@')) {
    return false;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
  if (path.front() == '@') {
    address.sun_path[0] = '\0';  // a name that is no file
  }
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) {
    return false;
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const ssize_t sent = ::sendto(socket.get(),
                                state.data(),
                                state.size(),
                                MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address),
                                size);
  return sent >= 0 && static_cast<std::size_t>(sent) == state.size();
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const std::string text = environment("WATCHDOG_USEC");
  std::int64_t microseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), microseconds);
  if (error != std::errc() || end != text.data() + text.size() || microseconds < 2) {
    return std::nullopt;
  }
  return std::chrono::microseconds(microseconds / 2);
}

}  // namespace twoseal
