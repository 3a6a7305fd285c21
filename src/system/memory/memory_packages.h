// The packages of a host in memory: dpkg's status as the text that dpkg keeps, in its tree of
// files, and a repository that many hosts share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "system/memory/memory_faults.h"
#include "system/memory/memory_files.h"
#include "system/memory/memory_services.h"
#include "system/packages.h"

namespace twoseal {

/// A file that a package brings. A `conffile` that was changed by hand is kept.
struct MemoryPackageFile {
  std::string path;
  std::shared_ptr<const Bytes> bytes;
  std::uint32_t mode = 0644;
  bool conffile = false;
};

/// What a package needs. `version`: exactly this one.
struct MemoryPackageNeed {
  std::string name;
  std::optional<std::string> version;
};

/// A package of a repository. `units`: enabled and started when it is installed first, restarted
/// with every other version.
struct MemoryPackage {
  std::string name;
  std::string version;
  std::string arch = "amd64";
  std::vector<MemoryPackageNeed> needs;
  std::vector<MemoryPackageFile> files;
  std::vector<std::string> units;
};

/// Packages in the order in which they appeared: the last version of a name is the candidate.
using MemoryRepository = std::vector<MemoryPackage>;

/// The octets of the package file: invented, another text for each name, version and architecture.
[[nodiscard]] Bytes package_bytes(const MemoryPackage& package);

/// The row of the repository's index.
[[nodiscard]] PackageFile package_file(const MemoryPackage& package);

class MemoryPackages final : public Packages {
 public:
  /// All must outlive it.
  MemoryPackages(MemoryFiles& files, MemoryServices& services, MemoryFaults& faults)
      : files_(files), services_(services), faults_(faults) {}

  void set_repository(std::shared_ptr<const MemoryRepository> repository);

  /// Installs it with its files and without a step, as an installer does; its units are not
  /// touched.
  void put_installed(const MemoryPackage& package);

  /// Somebody else has, or gives back, dpkg's lock.
  void hold_lock(bool held);

  [[nodiscard]] Result<std::vector<InstalledPackage>> installed() const override;
  [[nodiscard]] Result<PackageClosure> plan(std::span<const PackageWish> wishes) const override;
  [[nodiscard]] Result<void> fetch(std::span<const PackageFile> files,
                                   const std::string& directory) override;
  [[nodiscard]] Result<std::optional<PackageFile>> find_file(
      const InstalledPackage& package) const override;
  [[nodiscard]] Result<void> change(std::span<const PackageFile> files,
                                    const std::string& directory,
                                    std::span<const InstalledPackage> remove,
                                    std::span<const std::string> purge) override;
  [[nodiscard]] Result<void> set_hold(const std::string& name, bool hold) override;

 private:
  [[nodiscard]] const MemoryPackage* find(const std::string& name,
                                          const std::optional<std::string>& version) const
      REQUIRES(mutex_);
  Result<void> add_to_plan(const MemoryPackage& package,
                           const std::vector<InstalledPackage>& present,
                           PackageClosure& closure) const REQUIRES(mutex_);
  Result<void> add_removal(const std::string& name,
                           std::span<const PackageWish> wishes,
                           const std::vector<InstalledPackage>& present,
                           PackageClosure& closure) const REQUIRES(mutex_);
  Result<void> check_fetched(const PackageFile& file, const std::string& directory) const;
  Result<void> install(const MemoryPackage& package) REQUIRES(mutex_);
  Result<void> remove(const InstalledPackage& package, bool purge) REQUIRES(mutex_);
  void unpack(const MemoryPackage& package, const MemoryPackage* old);
  void set_status(const InstalledPackage& package, std::string_view state);
  Result<void> check_unlocked() const REQUIRES(mutex_);

  MemoryFiles& files_;
  MemoryServices& services_;
  MemoryFaults& faults_;
  mutable Mutex mutex_;
  std::shared_ptr<const MemoryRepository> repository_ GUARDED_BY(mutex_) =
      std::make_shared<const MemoryRepository>();
  bool locked_ GUARDED_BY(mutex_) = false;
};

}  // namespace twoseal
