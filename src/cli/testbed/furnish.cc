#include "cli/testbed/furnish.h"

#include <cerrno>
#include <sys/stat.h>

#include "embedded/kUnits.h"

namespace twoseal::testbed {
namespace {

constexpr std::size_t kBinaryMax = std::size_t{1} * 1024 * 1024 * 1024;
constexpr std::size_t kHostKeyFields = 2;

Result<void> write_text(const std::string& path, std::string_view text) {
  return write_file(path, text, Access::everybody, Existing::replace, Durability::remakeable);
}

Result<void> install_file(const std::string& from, const std::string& to, mode_t mode) {
  TWOSEAL_TRY(const Bytes bytes, read_file(from, kBinaryMax));
  TWOSEAL_TRY_VOID(write_text(to, bytes));
  if (::chmod(to.c_str(), mode) != 0) {
    return std::unexpected(os_error(errno, "setting the mode of", to));
  }
  return {};
}

// `libfoo.so.1 => /usr/lib/libfoo.so.1 (0x…)`: both, for each line of ldd.
std::vector<std::pair<std::string, std::string>> libraries_in(std::string_view listing) {
  std::vector<std::pair<std::string, std::string>> libraries;
  for (const std::string& line : split_text(listing, '\n')) {
    const auto words = split_text(line.substr(line.find_first_not_of(" \t")), ' ');
    if (words.size() >= 3 && words[1] == "=>" && words[2].starts_with('/')) {
      libraries.emplace_back(words[0], words[2]);
    }
  }
  return libraries;
}

// What the base root lacks. Whether there was anything: a library that was missing may need others,
// which only show when it is there.
Result<bool> install_missing(const std::string& root, BytesView here, const Tools& tools) {
  TWOSEAL_TRY(const Finished there,
              tools.attempt({"chroot", root, "/usr/bin/ldd", "/usr/bin/twoseal"}));
  bool missing = false;
  for (const auto& [name, path] : libraries_in(here)) {
    if (there.output.find(name + " => not found") != std::string::npos) {
      tools.talk("copy  " + path + ", which the base root lacks");
      TWOSEAL_TRY_VOID(install_file(path, root + "/usr/local/lib/" + name, 0644));
      missing = true;
    }
  }
  if (missing) {
    TWOSEAL_TRY_VOID(tools.run(Errc::testbed_base_failed, {"chroot", root, "/sbin/ldconfig"}));
  }
  return missing;
}

// The base root has what every Debian has, not the libraries of content and of other builds.
Result<void> install_libraries(const std::string& root,
                               const std::string& binary,
                               const Tools& tools) {
  constexpr int kRoundsMax = 16;
  TWOSEAL_TRY(const Bytes here, tools.run(Errc::testbed_base_failed, {"ldd", binary}));
  for (int round = 0; round < kRoundsMax; ++round) {
    TWOSEAL_TRY(const bool missing, install_missing(root, here, tools));
    if (!missing) {
      break;
    }
  }
  return {};
}

Result<void> install_binary(const std::string& root,
                            const std::string& binary,
                            const Tools& tools) {
  TWOSEAL_TRY_VOID(install_file(binary, root + "/usr/bin/twoseal", 0755));
  TWOSEAL_TRY_VOID(
      write_text(root + "/etc/systemd/system/twoseal-agent.service", embedded::kUnits[0].text));
  TWOSEAL_TRY_VOID(install_libraries(root, binary, tools));
  TWOSEAL_TRY_VOID(
      tools.run(Errc::testbed_base_failed, {"chroot", root, "/usr/bin/twoseal", "--version"}));
  return {};
}

Result<void> make_key(const std::string& path, const std::string& comment, const Tools& tools) {
  TWOSEAL_TRY_VOID(remove_file(path));
  TWOSEAL_TRY_VOID(
      tools.run(Errc::testbed_base_failed,
                {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path}));
  return {};
}

std::string names_text(const Place& place, std::span<const Host> hosts, const Host& self) {
  // sudo wants to find the host's own name.
  std::string text =
      "127.0.0.1 localhost\n127.0.1.1 " + self.name + "\n" + place.machine_address() + " machine\n";
  for (const Host& host : hosts) {
    text += host.name == self.name ? "" : place.address(host) + " " + host.name + "\n";
  }
  return text;
}

std::string ssh_config(const Place& place, std::span<const Host> hosts) {
  std::string text;
  for (const Host& host : hosts) {
    text += "Host " + host.name + "\n  HostName " + place.address(host) + "\n  HostKeyAlias " +
            host.name + "\n\n";
  }
  return text + "Host *\n  User root\n  IdentitiesOnly yes\n  IdentityFile \"" +
         place.file("ssh/id_ed25519") + "\"\n  UserKnownHostsFile \"" +
         place.file("ssh/known_hosts") + "\"\n  StrictHostKeyChecking yes\n  LogLevel ERROR\n";
}

}  // namespace

Result<void> make_login_key(const Place& place, const Tools& tools) {
  TWOSEAL_TRY_VOID(make_directories(place.file("ssh")));
  const std::string key = place.file("ssh/id_ed25519");
  // ssh-keygen writes the public half last.
  return path_exists(key + ".pub") ? Result<void>() : make_key(key, "twoseal-testbed", tools);
}

Result<void> furnish(const Place& place,
                     const Host& host,
                     const std::string& binary,
                     const Tools& tools) {
  const std::string root = place.host_file(host, "root");
  TWOSEAL_TRY_VOID(write_text(root + "/etc/hostname", host.name + "\n"));
  TWOSEAL_TRY_VOID(make_key(root + "/etc/ssh/ssh_host_ed25519_key", host.name, tools));
  TWOSEAL_TRY_VOID(install_binary(root, binary, tools));
  return write_text(place.host_file(host, "number"), std::to_string(host.number) + "\n");
}

Result<void> introduce(const Place& place, std::span<const Host> hosts) {
  std::string known;
  for (const Host& host : hosts) {
    const std::string root = place.host_file(host, "root");
    TWOSEAL_TRY_VOID(write_text(root + "/etc/hosts", names_text(place, hosts, host)));
    TWOSEAL_TRY(const Bytes key, read_file(root + "/etc/ssh/ssh_host_ed25519_key.pub"));
    const auto words = split_text(key, ' ');
    if (words.size() < kHostKeyFields) {
      return fail(Errc::testbed_base_failed, "has no usable host key", root);
    }
    known += host.name + " " + words[0] + " " + words[1] + "\n";
  }
  TWOSEAL_TRY_VOID(write_text(place.file("ssh/known_hosts"), known));
  return write_text(place.file("ssh/config"), ssh_config(place, hosts));
}

}  // namespace twoseal::testbed
