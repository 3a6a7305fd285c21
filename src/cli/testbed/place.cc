#include "cli/testbed/place.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "crypto/hash.h"

namespace twoseal::testbed {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "twoseal testbed 1\nsubnet ";
constexpr std::size_t kTagDigits = 6;
constexpr int kFirstAddress = 10;
constexpr std::size_t kEntriesMax = 1000;
constexpr std::size_t kNameMax = 30;

bool is_testbed(const std::string& directory) {
  const auto mark = read_file(directory + "/testbed");
  return mark && mark->starts_with(kMark);
}

Error file_error(const std::error_code& code, std::string_view doing, const std::string& path) {
  return os_error(code.value(), doing, path);
}

// The path without links, as far as it is there.
Result<std::string> canonical(const std::string& path) {
  std::error_code code;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, code), code);
  if (code) {
    return std::unexpected(file_error(code, "finding", path));
  }
  std::string text = whole.string();
  while (text.size() > 1 && text.ends_with('/')) {
    text.pop_back();
  }
  return text;
}

std::unexpected<Error> foreign(const std::string& directory, std::string what) {
  return fail(Errc::testbed_foreign, std::move(what), directory);
}

Result<void> check_free(const std::string& directory) {
  for (fs::path above = fs::path(directory).parent_path(); above.has_relative_path();
       above = above.parent_path()) {
    if (is_testbed(above.string())) {
      return foreign(directory, "lies within the test bed " + above.string());
    }
  }
  if (!path_exists(directory)) {
    return {};
  }
  TWOSEAL_TRY(const auto entries, list_directory(directory, kEntriesMax));
  if (!entries.empty()) {
    return foreign(directory, "is no test bed and is not empty");
  }
  return {};
}

Result<Subnet> choose_subnet(const std::string& directory,
                             const std::optional<Subnet>& wanted,
                             const Tools& tools) {
  TWOSEAL_TRY(const Bytes routes,
              tools.run(Errc::testbed_refused, {"ip", "-4", "route", "show", "table", "all"}));
  if (wanted) {
    if (const auto other = clash(*wanted, routes)) {
      return fail(Errc::testbed_subnet, wanted->text() + " clashes with the route " + *other);
    }
    return *wanted;
  }
  const Bytes octets = sha256(directory).bytes();
  const unsigned seed =
      static_cast<unsigned char>(octets[0]) * 256U + static_cast<unsigned char>(octets[1]);
  const auto subnet = free_subnet(routes, seed);
  if (!subnet) {
    return fail(Errc::testbed_subnet, "every 10.x.y.0/24 has a route already");
  }
  return *subnet;
}

bool is_host_name(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= kNameMax && name.front() >= 'a' && name.front() <= 'z' &&
         name.back() != '-' && std::all_of(name.begin(), name.end(), plain);
}

}  // namespace

Place::Place(std::string directory, Subnet subnet)
    : directory_(std::move(directory)),
      subnet_(subnet),
      tag_("ts" + sha256(directory_).hex().substr(0, kTagDigits)) {}

Result<Place> Place::open(const std::string& directory) {
  TWOSEAL_TRY(const std::string path, canonical(directory));
  if (!path_exists(path)) {
    return fail(Errc::no_input, "there is no such test bed", path, "twoseal testbed up makes one");
  }
  if (!is_testbed(path)) {
    return foreign(path, "is no test bed");
  }
  TWOSEAL_TRY(std::string mark, read_file(path + "/testbed"));
  mark = mark.substr(kMark.size());
  const auto subnet = parse_subnet(mark.substr(0, mark.find('\n')));
  if (!subnet) {
    return foreign(path, "has a damaged file 'testbed': " + subnet.error().what);
  }
  return Place(path, *subnet);
}

Result<Place> Place::make(const std::string& directory,
                          const std::optional<Subnet>& wanted,
                          const Tools& tools) {
  TWOSEAL_TRY(const std::string path, canonical(directory));
  if (is_testbed(path)) {
    TWOSEAL_TRY(Place place, open(path));
    if (wanted && *wanted != place.subnet()) {
      return fail(Errc::testbed_subnet, "this test bed has " + place.subnet().text(), path);
    }
    return place;
  }
  TWOSEAL_TRY_VOID(check_free(path));
  TWOSEAL_TRY(const Subnet subnet, choose_subnet(path, wanted, tools));
  TWOSEAL_TRY_VOID(make_directories(path));
  // Roots of hosts hold set-user-ID programs and files of users with the numbers of others here.
  if (::chmod(path.c_str(), 0700) != 0) {
    return std::unexpected(os_error(errno, "closing to others", path));
  }
  TWOSEAL_TRY_VOID(write_file(path + "/testbed",
                              std::string(kMark) + subnet.text() + "\n",
                              Access::owner,
                              Existing::replace));
  return Place(path, subnet);
}

std::string Place::host_file(const Host& host, const std::string& name) const {
  return directory_ + "/hosts/" + host.name + "/" + name;
}

std::string Place::link(const Host& host) const {
  return fmt::format("{}-{:02}", tag_, host.number);
}

std::string Place::address(const Host& host) const {
  return subnet_.address(kFirstAddress + host.number);
}

std::string Place::hardware_address(const Host& host) const {
  return subnet_.hardware_address(kFirstAddress + host.number);
}

Result<FileDescriptor> Place::lock() const {
  return lock_file(file("lock"), false);
}

Result<std::vector<Host>> Place::hosts() const {
  std::vector<Host> hosts;
  if (!path_exists(file("hosts"))) {
    return hosts;
  }
  TWOSEAL_TRY(const auto entries, list_directory(file("hosts"), kEntriesMax));
  for (const DirectoryEntry& entry : entries) {
    // Without a number it was being made when something ended that run; it is made anew.
    const auto number = read_file(file("hosts/" + entry.name + "/number"));
    if (number && is_host_name(entry.name)) {
      hosts.push_back({entry.name, leading_number(*number)});
    }
  }
  std::sort(
      hosts.begin(), hosts.end(), [](const Host& a, const Host& b) { return a.number < b.number; });
  return hosts;
}

Result<Host> Place::find(const std::string& name) const {
  TWOSEAL_TRY(const std::vector<Host> all, hosts());
  std::string names;
  for (const Host& host : all) {
    if (host.name == name) {
      return host;
    }
    names += (names.empty() ? "there are " : ", ") + host.name;
  }
  return fail(Errc::testbed_no_host,
              "there is no host '" + name + "'; " + (names.empty() ? "there are none" : names),
              directory_);
}

Result<Host> Place::add(const std::string& name) const {
  if (!is_host_name(name)) {
    return fail(Errc::usage,
                "'" + name + "' is no host name: lower-case letters, digits and hyphens, at most " +
                    std::to_string(kNameMax));
  }
  TWOSEAL_TRY(const std::vector<Host> all, hosts());
  int number = 1;
  for (const Host& host : all) {
    if (host.name == name) {
      return host;
    }
    number += host.number == number ? 1 : 0;
  }
  if (number > kHostsMax) {
    return fail(Errc::usage, "a test bed has at most " + std::to_string(kHostsMax) + " hosts");
  }
  Host host{name, number};
  TWOSEAL_TRY_VOID(make_directories(host_file(host, "root")));
  return host;
}

Result<FileDescriptor> lock_file(const std::string& path, bool wait) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "opening", path));
  }
  while (::flock(file.get(), wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(Errc::testbed_busy, "another run is changing this test bed", path);
    }
    if (errno != EINTR) {
      return std::unexpected(os_error(errno, "locking", path));
    }
  }
  return file;
}

Result<void> remove_tree(const std::string& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) {
    return std::unexpected(file_error(code, "removing", path));
  }
  return {};
}

Result<void> make_directories(const std::string& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) {
    return std::unexpected(file_error(code, "making", path));
  }
  return {};
}

}  // namespace twoseal::testbed
