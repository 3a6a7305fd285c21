// The packages of a host: dpkg's status, and apt to change it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"

namespace twoseal {

/// `configured`: whole and usable (dpkg: installed). `leftover`: removed, configuration kept.
/// `broken`: half installed, half configured, unpacked, triggers awaited.
enum class PackageStatus : std::uint8_t { configured, leftover, broken };

struct InstalledPackage {
  std::string name;
  std::string version;
  std::string arch;
  PackageStatus status = PackageStatus::configured;
  bool hold = false;

  bool operator==(const InstalledPackage&) const = default;
};

/// One package file of a repository. `digest`: of its bytes, as the repository's index says.
struct PackageFile {
  std::string name;
  std::string version;
  std::string arch;
  Digest digest;
  std::uint64_t size = 0;
  std::string uri;  ///< where apt would fetch it

  bool operator==(const PackageFile&) const = default;
};

/// What fetch() calls it: `openssh-server_1%3a9.2p1-2_amd64.deb`, as apt does.
[[nodiscard]] std::string package_file_name(const PackageFile& file);

/// What is wanted of one package. `version`: exactly this one; nothing: any that is installed will
/// do, else the candidate.
struct PackageWish {
  std::string name;
  std::optional<std::string> version;
  bool absent = false;
};

/// Everything that fulfilling wishes would do. `replaced`: the present versions of what `install`
/// takes the place of. `whole`: names of those that come without any configuration of theirs being
/// there before, or that go with all of it.
struct PackageClosure {
  std::vector<PackageFile> install;
  std::vector<InstalledPackage> replaced;
  std::vector<InstalledPackage> remove;
  std::vector<std::string> whole;
};

/// Errors of every verb: Errc::package_failed with what the package system says.
class Packages {
 public:
  virtual ~Packages() = default;

  Packages() = default;
  Packages(const Packages&) = delete;
  Packages& operator=(const Packages&) = delete;

  /// All packages that dpkg knows of, but for those not installed; ascending by name, then
  /// architecture. Reads the status file, starts no program.
  [[nodiscard]] virtual Result<std::vector<InstalledPackage>> installed() const = 0;

  /// What fulfilling `wishes` would do, without packages that are only recommended. Changes
  /// nothing, fetches nothing, runs no code of packages. Errc::no_such_package when no repository
  /// has a package or version of that name; Errc::package_failed when it cannot be done without
  /// removing what nobody asked to remove.
  [[nodiscard]] virtual Result<PackageClosure> plan(std::span<const PackageWish> wishes) const = 0;

  /// Fetches package files into `directory` (0700, made when absent), each checked by its digest.
  /// Those that are there already are not fetched again, but for one that a crash left damaged.
  /// Errc::package_failed, Errc::disk_full.
  [[nodiscard]] virtual Result<void> fetch(std::span<const PackageFile> files,
                                           const std::string& directory) = 0;

  /// The package file of an installed version, found in apt's cache or a repository; nothing when
  /// nobody has it any more: then it cannot be put back.
  [[nodiscard]] virtual Result<std::optional<PackageFile>> find_file(
      const InstalledPackage& package) const = 0;

  /// Installs exactly `files` out of `directory`, where fetch() put them, also older versions, and
  /// removes exactly `remove`, those that `purge` names with their configuration. Configuration
  /// files that were changed by hand are kept otherwise, and holds.
  /// Errc::package_failed, and nothing is done, when something else would have to come or go.
  /// Errc::package_locked while somebody else uses dpkg for longer than 60 s.
  [[nodiscard]] virtual Result<void> change(std::span<const PackageFile> files,
                                            const std::string& directory,
                                            std::span<const InstalledPackage> remove,
                                            std::span<const std::string> purge) = 0;

  [[nodiscard]] virtual Result<void> set_hold(const std::string& name, bool hold) = 0;
};

}  // namespace twoseal
