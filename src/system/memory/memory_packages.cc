#include "system/memory/memory_packages.h"

#include <algorithm>

#include "crypto/hash.h"
#include "system/dpkg_status.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

const std::string kStatusPath = "/var/lib/dpkg/status";

const InstalledPackage* find_in(const std::vector<InstalledPackage>& packages,
                                const std::string& name) {
  const auto found = std::find_if(
      packages.begin(), packages.end(), [&](const auto& package) { return package.name == name; });
  return found == packages.end() ? nullptr : &*found;
}

bool is_whole(const InstalledPackage* package) {
  return package != nullptr && package->status == PackageStatus::configured;
}

std::string paragraph_of(const InstalledPackage& package, std::string_view state) {
  return "Package: " + package.name + "\nStatus: " + (package.hold ? "hold" : "install") + " ok " +
         std::string(state) + "\nArchitecture: " + package.arch + "\nVersion: " + package.version +
         "\n\n";
}

}  // namespace

Bytes package_bytes(const MemoryPackage& package) {
  return "invented package " + package.name + " " + package.version + " " + package.arch + "\n";
}

PackageFile package_file(const MemoryPackage& package) {
  const Bytes bytes = package_bytes(package);
  PackageFile file{.name = package.name,
                   .version = package.version,
                   .arch = package.arch,
                   .digest = sha256(bytes),
                   .size = bytes.size(),
                   .uri = {}};
  file.uri = "memory:/" + package_file_name(file);
  return file;
}

// --- setting up -------------------------------------------------------------------------------

void MemoryPackages::set_repository(std::shared_ptr<const MemoryRepository> repository) {
  const MutexLock lock(mutex_);
  repository_ = std::move(repository);
}

void MemoryPackages::put_installed(const MemoryPackage& package) {
  const MutexLock lock(mutex_);
  unpack(package, nullptr);
  set_status({.name = package.name, .version = package.version, .arch = package.arch}, "installed");
}

void MemoryPackages::hold_lock(bool held) {
  const MutexLock lock(mutex_);
  locked_ = held;
}

// --- questions --------------------------------------------------------------------------------

Result<std::vector<InstalledPackage>> MemoryPackages::installed() const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::installed, ""));
  auto status = files_.read(kStatusPath, kDpkgStatusMax);
  if (!status) {
    return fail(Errc::package_failed, status.error().what, kStatusPath);
  }
  return parse_dpkg_status(status->bytes);
}

const MemoryPackage* MemoryPackages::find(const std::string& name,
                                          const std::optional<std::string>& version) const {
  const auto found =
      std::find_if(repository_->rbegin(), repository_->rend(), [&](const MemoryPackage& package) {
        return package.name == name && (!version || package.version == *version);
      });
  return found == repository_->rend() ? nullptr : &*found;
}

Result<void> MemoryPackages::add_to_plan(const MemoryPackage& package,
                                         const std::vector<InstalledPackage>& present,
                                         PackageClosure& closure) const {
  const PackageFile file = package_file(package);
  if (std::find(closure.install.begin(), closure.install.end(), file) != closure.install.end()) {
    return {};
  }
  closure.install.push_back(file);
  const InstalledPackage* old = find_in(present, package.name);
  if (old == nullptr) {
    closure.whole.push_back(package.name);
  } else if (old->status != PackageStatus::leftover) {
    closure.replaced.push_back(*old);
  }
  for (const MemoryPackageNeed& need : package.needs) {
    const InstalledPackage* there = find_in(present, need.name);
    if (is_whole(there) && (!need.version || there->version == *need.version)) {
      continue;
    }
    const MemoryPackage* needed = find(need.name, need.version);
    if (needed == nullptr) {
      return fail(Errc::package_failed, "needs " + need.name + ", which nobody offers", file.name);
    }
    TWOSEAL_TRY_VOID(add_to_plan(*needed, present, closure));
  }
  return {};
}

Result<void> MemoryPackages::add_removal(const std::string& name,
                                         std::span<const PackageWish> wishes,
                                         const std::vector<InstalledPackage>& present,
                                         PackageClosure& closure) const {
  const InstalledPackage* there = find_in(present, name);
  if (there == nullptr || there->status == PackageStatus::leftover) {
    return {};
  }
  for (const InstalledPackage& other : present) {
    const MemoryPackage* package = find(other.name, other.version);
    const bool needs = package != nullptr && is_whole(&other) &&
                       std::any_of(package->needs.begin(), package->needs.end(), [&](auto& need) {
                         return need.name == name;
                       });
    const bool goes_too = std::any_of(wishes.begin(), wishes.end(), [&](const PackageWish& wish) {
      return wish.absent && wish.name == other.name;
    });
    if (needs && !goes_too) {
      return fail(Errc::package_failed, "cannot go: " + other.name + " needs it", name);
    }
  }
  closure.remove.push_back(*there);
  return {};
}

Result<PackageClosure> MemoryPackages::plan(std::span<const PackageWish> wishes) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::plan, wishes.empty() ? "" : wishes[0].name));
  TWOSEAL_TRY(const auto present, installed());
  const MutexLock lock(mutex_);
  PackageClosure closure;
  for (const PackageWish& wish : wishes) {
    if (wish.absent) {
      TWOSEAL_TRY_VOID(add_removal(wish.name, wishes, present, closure));
      continue;
    }
    const InstalledPackage* there = find_in(present, wish.name);
    if (is_whole(there) && (!wish.version || there->version == *wish.version)) {
      continue;
    }
    const MemoryPackage* package = find(wish.name, wish.version);
    if (package == nullptr) {
      return fail(Errc::no_such_package,
                  wish.version ? "version " + *wish.version + " is not offered" : "is not offered",
                  wish.name);
    }
    TWOSEAL_TRY_VOID(add_to_plan(*package, present, closure));
  }
  return closure;
}

Result<std::optional<PackageFile>> MemoryPackages::find_file(
    const InstalledPackage& package) const {
  const MutexLock lock(mutex_);
  const MemoryPackage* found = find(package.name, package.version);
  return found == nullptr ? std::nullopt : std::optional(package_file(*found));
}

// --- changes ----------------------------------------------------------------------------------

Result<void> MemoryPackages::check_fetched(const PackageFile& file,
                                           const std::string& directory) const {
  const std::string path = join_path(directory, package_file_name(file));
  const auto there = files_.digest(path, file.size);
  if (!there) {
    return fail(Errc::package_failed, "its file cannot be read: " + there.error().what, path);
  }
  if (there->digest != file.digest) {
    return fail(Errc::package_failed, "its file has another digest than the index says", path);
  }
  return {};
}

Result<void> MemoryPackages::fetch(std::span<const PackageFile> files,
                                   const std::string& directory) {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::fetch, files.empty() ? "" : files[0].name));
  TWOSEAL_TRY(const auto there, files_.look(directory));
  if (!there) {
    files_.put_directory(directory, 0700);
  }
  const MutexLock lock(mutex_);
  for (const PackageFile& file : files) {
    const std::string path = join_path(directory, package_file_name(file));
    if (check_fetched(file, directory)) {
      continue;
    }
    const MemoryPackage* package = find(file.name, file.version);
    if (package == nullptr) {
      return fail(Errc::package_failed, "nobody offers it any more", file.uri);
    }
    TWOSEAL_TRY(const std::uint64_t space, files_.free_space(directory));
    if (space < file.size) {
      return fail(Errc::disk_full, "no space left on the device", path);
    }
    faults_.step();
    files_.put(path, package_bytes(*package));
    TWOSEAL_TRY_VOID(check_fetched(file, directory));
  }
  return {};
}

void MemoryPackages::set_status(const InstalledPackage& package, std::string_view state) {
  const Bytes text = files_.text(kStatusPath);
  Bytes changed;
  DpkgParagraph paragraph;
  for (std::string_view rest = text; next_dpkg_paragraph(rest, paragraph);) {
    if (paragraph.package != package.name) {
      changed += std::string(paragraph.text) + "\n";
    }
  }
  if (!state.empty()) {
    changed += paragraph_of(package, state);
  }
  files_.put(kStatusPath, changed);
}

// A configuration file that differs from what the old version brought was changed by hand.
void MemoryPackages::unpack(const MemoryPackage& package, const MemoryPackage* old) {
  for (const MemoryPackageFile& file : package.files) {
    const auto there = files_.look(file.path);
    bool keep = false;
    if (file.conffile && there && *there) {
      keep = true;
      for (const MemoryPackageFile& before : old != nullptr ? old->files : package.files) {
        keep = keep && (before.path != file.path || *before.bytes != files_.text(file.path));
      }
    }
    if (!keep) {
      files_.put(file.path, file.bytes, file.mode);
    }
  }
}

Result<void> MemoryPackages::install(const MemoryPackage& package) {
  TWOSEAL_TRY(const auto present, installed());
  const InstalledPackage* there = find_in(present, package.name);
  const bool first = there == nullptr || there->status == PackageStatus::leftover;
  InstalledPackage now{.name = package.name, .version = package.version, .arch = package.arch};
  now.hold = there != nullptr && there->hold;
  faults_.step();
  unpack(package, there == nullptr ? nullptr : find(package.name, there->version));
  set_status(now, "unpacked");
  faults_.step();
  set_status(now, "installed");
  for (const std::string& unit : package.units) {
    TWOSEAL_TRY_VOID(services_.reload_definitions());
    if (first) {
      TWOSEAL_TRY_VOID(services_.act(UnitAct::enable, unit, 90));
    }
    TWOSEAL_TRY_VOID(services_.act(first ? UnitAct::start : UnitAct::restart, unit, 90));
  }
  return {};
}

Result<void> MemoryPackages::remove(const InstalledPackage& package, bool purge) {
  const MemoryPackage* known = find(package.name, package.version);
  for (const std::string& unit : known == nullptr ? std::vector<std::string>() : known->units) {
    TWOSEAL_TRY_VOID(services_.act(UnitAct::stop, unit, 90));
  }
  faults_.step();
  bool leftover = false;
  for (const MemoryPackageFile& file :
       known == nullptr ? std::vector<MemoryPackageFile>() : known->files) {
    const bool stays = file.conffile && !purge;
    leftover = leftover || stays;
    if (!stays) {
      files_.erase(file.path);
    }
  }
  set_status(package, leftover ? "config-files" : "");
  return {};
}

Result<void> MemoryPackages::check_unlocked() const {
  if (locked_) {
    return fail(Errc::package_locked, "the lock is held", "/var/lib/dpkg/lock-frontend");
  }
  return {};
}

Result<void> MemoryPackages::change(std::span<const PackageFile> files,
                                    const std::string& directory,
                                    std::span<const InstalledPackage> remove_too,
                                    std::span<const std::string> purge) {
  const std::string subject = !files.empty()        ? files[0].name
                              : !remove_too.empty() ? remove_too[0].name
                                                    : "";
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::change, subject));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY_VOID(check_unlocked());
  std::vector<const MemoryPackage*> packages;
  for (const PackageFile& file : files) {
    TWOSEAL_TRY_VOID(check_fetched(file, directory));
    packages.push_back(find(file.name, file.version));
    if (packages.back() == nullptr) {
      return fail(Errc::package_failed, "is no package", package_file_name(file));
    }
  }
  // Needs first, as dpkg configures them: plan() names who needs before what is needed.
  for (auto package = packages.rbegin(); package != packages.rend(); ++package) {
    TWOSEAL_TRY_VOID(install(**package));
  }
  for (const InstalledPackage& package : remove_too) {
    TWOSEAL_TRY_VOID(
        remove(package, std::find(purge.begin(), purge.end(), package.name) != purge.end()));
  }
  return {};
}

Result<void> MemoryPackages::set_hold(const std::string& name, bool hold) {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::set_hold, name));
  TWOSEAL_TRY(const auto present, installed());
  const MutexLock lock(mutex_);
  TWOSEAL_TRY_VOID(check_unlocked());
  const InstalledPackage* there = find_in(present, name);
  if (!is_whole(there)) {
    return fail(Errc::package_failed, "is not installed", name);
  }
  InstalledPackage held = *there;
  held.hold = hold;
  faults_.step();
  set_status(held, "installed");
  return {};
}

}  // namespace twoseal
