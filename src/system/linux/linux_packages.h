// The packages of this machine: dpkg's status read by ourselves, apt-get for everything else.
//
// apt-get and not libapt: the library needs 46 MB in our process, and what apt-get says can be
// repeated by hand. Its arguments are fixed but for names, versions and paths, whose form is
// checked first; its environment is clean.
#pragma once

#include <string>

#include "system/files.h"
#include "system/linux/apt_output.h"
#include "system/packages.h"
#include "system/processes.h"

namespace twoseal {

/// Two changes at once wait for each other by dpkg's lock.
class LinuxPackages final : public Packages {
 public:
  /// Both must outlive it. apt-get works on the machine itself, installed() reads below the root of
  /// `files`.
  LinuxPackages(FileSystem& files, Processes& processes) : files_(files), processes_(processes) {}

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
  [[nodiscard]] Result<void> purge_leftovers(std::span<const std::string> names);
  Result<Bytes> run(std::vector<std::string> arguments, const std::string& user) const;
  Result<AptSteps> simulate(const std::vector<std::string>& words, const std::string& user) const;
  Result<std::vector<PackageFile>> files_of(const std::vector<AptStep>& steps) const;
  Result<void> fetch_one(const PackageFile& file, const std::string& directory);
  Result<void> check_fetched(const PackageFile& file, const std::string& path) const;
  Result<std::optional<PackageFile>> find_in_cache(const InstalledPackage& package) const;

  FileSystem& files_;
  Processes& processes_;
};

}  // namespace twoseal
