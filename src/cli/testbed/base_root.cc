#include "cli/testbed/base_root.h"

#include <cstdio>

#include "cli/testbed/hello_package.h"
#include "cli/testbed/mirror.h"
#include "cli/testbed/mounts.h"
#include "cli/testbed/place.h"
#include "crypto/hash.h"

namespace twoseal::testbed {
namespace {

constexpr const char* kSuite = "bookworm";
// The first row is a host that can be administered; the second what the binary needs.
constexpr const char* kPackages =
    "systemd,systemd-sysv,dbus,openssh-server,sudo,nftables,iproute2,cron,procps,libpam-systemd,"
    "libssl3,libsqlite3-0,libboost-json1.81.0,libfmt9,libyaml-cpp0.7,libsystemd0";
constexpr std::size_t kStampDigits = 12;
constexpr std::size_t kEntriesMax = 1000;

// What debootstrap made becomes what each host may start from: no identity, nothing that wakes up
// by itself, and the test bed's own packages as the only source. /var/lib/dbus/machine-id would
// otherwise give every host the same machine id.
constexpr const char* kConfigure = R"(set -e
: >/etc/machine-id
ln -sfn /etc/machine-id /var/lib/dbus/machine-id
rm -f /etc/ssh/ssh_host_* /etc/resolv.conf /var/cache/apt/archives/*.deb /var/cache/apt/*.bin
rm -rf /var/lib/apt/lists /etc/apt/sources.list.d
mkdir -p /var/lib/apt/lists/partial /etc/apt/sources.list.d
: >/etc/resolv.conf
for unit in systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer \
  fstrim.timer console-getty.service; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done
useradd --uid 1000 --create-home --shell /bin/bash --groups sudo,adm admin
printf 'admin ALL=(ALL:ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/admin
chmod 0440 /etc/sudoers.d/admin
install -d -m 0700 /root/.ssh
install -d -m 0700 -o admin -g admin ~admin/.ssh
printf 'deb [trusted=yes] file:/srv/repo ./\n' >/etc/apt/sources.list
apt-get -qq update
)";

std::string stamp() {
  const std::string recipe = std::string(kSuite) + "\n" + kPackages + "\n" + kConfigure + "\n" +
                             std::string(hello_recipe());
  return sha256(recipe).hex().substr(0, kStampDigits);
}

Result<void> debootstrap(const std::string& root,
                         const std::optional<std::string>& mirror,
                         const Tools& tools) {
  // In namespaces of its own, so that what it mounts and starts ends with it, and it with us.
  std::vector<std::string> command = {"setpriv",
                                      "--pdeathsig",
                                      "KILL",
                                      "--",
                                      program_path("unshare"),
                                      "--mount",
                                      "--propagation",
                                      "private",
                                      "--pid",
                                      "--fork",
                                      "--kill-child",
                                      "--",
                                      program_path("debootstrap"),
                                      "--variant=minbase",
                                      std::string("--include=") + kPackages,
                                      kSuite,
                                      root};
  if (mirror) {
    command.push_back(*mirror);
  }
  TWOSEAL_TRY_VOID(tools.run(Errc::testbed_base_failed, std::move(command)));
  return {};
}

Result<void> build(const std::string& root,
                   const std::optional<std::string>& mirror,
                   const Tools& tools) {
  TWOSEAL_TRY_VOID(unmount_below(root));
  TWOSEAL_TRY_VOID(remove_tree(root));
  tools.talk("make  the base root with debootstrap from " + mirror.value_or("its own mirror") +
             "; once, about a minute");
  TWOSEAL_TRY_VOID(debootstrap(root, mirror, tools));
  TWOSEAL_TRY_VOID(make_hello_repository(root + "/srv/repo", tools));
  TWOSEAL_TRY_VOID(
      tools.run(Errc::testbed_base_failed, {"chroot", root, "/bin/sh", "-c", kConfigure}));
  return {};
}

Result<void> remove_others(const std::string& cache, const std::string& kept) {
  TWOSEAL_TRY(const auto entries, list_directory(cache, kEntriesMax));
  for (const DirectoryEntry& entry : entries) {
    if (entry.name.starts_with("base-") && entry.name != kept) {
      TWOSEAL_TRY_VOID(remove_file(cache + "/" + entry.name));
    }
  }
  return {};
}

}  // namespace

Result<std::string> make_base_root(const std::string& cache,
                                   const std::optional<std::string>& mirror,
                                   const Tools& tools) {
  const std::string name = "base-" + stamp() + ".tar";
  std::string tar = cache + "/" + name;
  TWOSEAL_TRY_VOID(make_directories(cache));
  TWOSEAL_TRY(FileDescriptor lock, lock_file(cache + "/lock", false));
  if (path_exists(tar)) {
    return tar;
  }
  const std::string root = cache + "/build";
  TWOSEAL_TRY_VOID(build(root, mirror ? mirror : mirror_of_machine(kSuite), tools));
  TWOSEAL_TRY_VOID(remove_others(cache, name));
  TWOSEAL_TRY_VOID(tools.run(Errc::testbed_base_failed,
                             {"tar", "--numeric-owner", "-C", root, "-cf", tar + ".new", "."}));
  if (std::rename((tar + ".new").c_str(), tar.c_str()) != 0) {
    return std::unexpected(os_error(errno, "renaming", tar + ".new"));
  }
  TWOSEAL_TRY_VOID(remove_tree(root));
  return tar;
}

Result<void> remove_base_roots(const std::string& cache) {
  if (!path_exists(cache)) {
    return {};
  }
  TWOSEAL_TRY(FileDescriptor lock, lock_file(cache + "/lock", false));
  TWOSEAL_TRY_VOID(unmount_below(cache + "/build"));
  TWOSEAL_TRY_VOID(remove_tree(cache + "/build"));
  TWOSEAL_TRY_VOID(remove_others(cache, ""));
  return remove_file(cache + "/lock");
}

}  // namespace twoseal::testbed
