// The directory of a test bed, and the names that the test bed has in the kernel.
//
//   testbed              which test bed this is, and its subnet
//   lock                 held by whoever changes the test bed
//   disk.img, disk/      an ext4 file system of its own, and where it is mounted
//   disk/base            the base root, never written once hosts stand on it
//   disk/hosts/NAME      what the host has changed (upper, work)
//   hosts/NAME/root      the root of the host, an overlay of both
//   hosts/NAME/{number,pid,console.log}
//   ssh/                 the key pair of the test bed, config and known_hosts for ssh -F
#pragma once

#include <string>
#include <vector>

#include "base/os_file.h"
#include "base/result.h"
#include "cli/testbed/subnet.h"
#include "cli/testbed/tools.h"

namespace twoseal::testbed {

/// `number`: from 1, in the order of making; chooses the address.
struct Host {
  std::string name;
  int number = 0;
};

inline constexpr int kHostsMax = 99;

class Place {
 public:
  /// A test bed that is there. Errc::no_input when the directory is not, Errc::testbed_foreign when
  /// it is something else.
  [[nodiscard]] static Result<Place> open(const std::string& directory);

  /// The same, or a new one in a directory that is empty or not there yet. A new one takes `wanted`
  /// or a free subnet. Errc::testbed_foreign, also for a place within another test bed;
  /// Errc::testbed_subnet when `wanted` clashes or is not the one that the test bed has.
  [[nodiscard]] static Result<Place> make(const std::string& directory,
                                          const std::optional<Subnet>& wanted,
                                          const Tools& tools);

  /// Absolute, without links.
  [[nodiscard]] const std::string& directory() const { return directory_; }

  [[nodiscard]] const Subnet& subnet() const { return subnet_; }

  [[nodiscard]] std::string file(const std::string& name) const { return directory_ + "/" + name; }

  /// `hosts/web-01/pid`.
  [[nodiscard]] std::string host_file(const Host& host, const std::string& name) const;

  /// The bridge, and the beginning of every other name in the kernel: `ts` and six hex digits of
  /// the digest of the directory's path.
  [[nodiscard]] const std::string& tag() const { return tag_; }

  /// The network namespace, the machine name and the control group of a host.
  [[nodiscard]] std::string host_tag(const Host& host) const { return tag_ + "-" + host.name; }

  /// The host's end of its link to the bridge, as the machine names the other one.
  [[nodiscard]] std::string link(const Host& host) const;

  [[nodiscard]] std::string address(const Host& host) const;

  /// Of the host's network card; the same after every boot, as others remember it for a while.
  [[nodiscard]] std::string hardware_address(const Host& host) const;

  /// The machine's address in the bridge.
  [[nodiscard]] std::string machine_address() const { return subnet_.address(1); }

  /// Keeps others from changing the test bed while the descriptor is open. Errc::testbed_busy.
  [[nodiscard]] Result<FileDescriptor> lock() const;

  /// All hosts, ascending by number.
  [[nodiscard]] Result<std::vector<Host>> hosts() const;

  /// Errc::testbed_no_host, naming those that there are.
  [[nodiscard]] Result<Host> find(const std::string& name) const;

  /// A new host, or the one of this name. Errc::usage for a name that no host can have, or when
  /// there are kHostsMax already.
  [[nodiscard]] Result<Host> add(const std::string& name) const;

 private:
  Place(std::string directory, Subnet subnet);

  std::string directory_;
  Subnet subnet_;
  std::string tag_;
};

/// Takes an exclusive lock on a file, made when it is not there. With `wait` as long as it takes,
/// else Errc::testbed_busy when somebody has it.
[[nodiscard]] Result<FileDescriptor> lock_file(const std::string& path, bool wait);

/// Removes a whole tree, or nothing when there is none. Nothing may be mounted in it.
[[nodiscard]] Result<void> remove_tree(const std::string& path);

/// Makes a directory with those above it (0755).
[[nodiscard]] Result<void> make_directories(const std::string& path);

}  // namespace twoseal::testbed
