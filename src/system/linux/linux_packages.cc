#include "system/linux/linux_packages.h"

#include <algorithm>
#include <unistd.h>

#include "system/dpkg_status.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr const char* kStatusPath = "/var/lib/dpkg/status";
constexpr std::uint64_t kPackageMax = std::uint64_t{4} * 1024 * 1024 * 1024;
constexpr std::size_t kOutputMax = std::size_t{4} * 1024 * 1024;
constexpr std::int64_t kChangeSeconds = 3600;

// Questions are asked as a user who can change nothing. They run none of the author's code: neither
// simulating nor printing addresses opens a package file or runs dpkg, and the only commands that
// apt-get can be configured to run then are root's own in /etc/apt.
std::string asking_user() {
  return ::geteuid() == 0 ? "nobody" : "";
}

// What both the simulation and the change are called with, so that they decide alike.
std::vector<std::string> install_command() {
  return {"apt-get",
          "install",
          "-qq",
          "-y",
          "--reinstall",
          "--no-install-recommends",
          "--allow-downgrades",
          "--allow-change-held-packages",
          "-oAPT::Get::AutomaticRemove=false",
          "-oDpkg::Options::=--force-confold",
          "-oDPkg::Lock::Timeout=60",
          "-oDpkg::Use-Pty=false"};
}

const InstalledPackage* find_in(const std::vector<InstalledPackage>& packages,
                                const std::string& name) {
  const auto found = std::find_if(
      packages.begin(), packages.end(), [&](const auto& package) { return package.name == name; });
  return found == packages.end() ? nullptr : &*found;
}

bool is_whole(const InstalledPackage* package) {
  return package != nullptr && package->status == PackageStatus::configured;
}

// The word that apt-get takes for a wish; empty when it is fulfilled.
Result<std::string> word_of(const PackageWish& wish, const std::vector<InstalledPackage>& present) {
  if (!is_package_name(wish.name) || (wish.version && !is_package_version(*wish.version))) {
    return fail(Errc::no_such_package, "no package can have this name or version", wish.name);
  }
  const InstalledPackage* there = find_in(present, wish.name);
  if (wish.absent) {
    const bool gone = there == nullptr || there->status == PackageStatus::leftover;
    return gone ? std::string() : wish.name + "-";
  }
  if (is_whole(there) && (!wish.version || there->version == *wish.version)) {
    return std::string();
  }
  return wish.version ? wish.name + "=" + *wish.version : wish.name;
}

// Whether apt-get would do what was asked: it takes names that it does not know for patterns or
// virtual packages, and removes what is in the way.
Result<void> check_steps(const AptSteps& steps,
                         std::span<const PackageWish> wishes,
                         const std::vector<InstalledPackage>& present) {
  for (const PackageWish& wish : wishes) {
    const auto installs = [&](const AptStep& step) {
      return step.name == wish.name && (!wish.version || step.version == *wish.version);
    };
    TWOSEAL_TRY(const std::string word, word_of(wish, present));
    if (!wish.absent && !word.empty() &&
        std::none_of(steps.install.begin(), steps.install.end(), installs)) {
      return fail(Errc::no_such_package, "no repository has it", word);
    }
  }
  for (const AptStep& step : steps.remove) {
    const auto asked = [&](const PackageWish& wish) {
      return wish.absent && wish.name == step.name;
    };
    if (std::none_of(wishes.begin(), wishes.end(), asked)) {
      return fail(Errc::package_failed, "would have to be removed, which nobody asked", step.name);
    }
  }
  return {};
}

std::vector<AptStep> steps_of(std::span<const PackageFile> files) {
  std::vector<AptStep> steps;
  for (const PackageFile& file : files) {
    steps.push_back({file.name, file.version, file.arch});
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

std::vector<AptStep> steps_of(std::span<const InstalledPackage> packages) {
  std::vector<AptStep> steps;
  for (const InstalledPackage& package : packages) {
    steps.push_back({package.name, package.version, ""});
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

// `file:` packages are copied: what lies in our directory must be a file of our own.
std::string uri_to_fetch(const std::string& uri) {
  return uri.starts_with("file:") ? "copy:" + uri.substr(5) : uri;
}

}  // namespace

// --- questions --------------------------------------------------------------------------------

Result<Bytes> LinuxPackages::run(std::vector<std::string> arguments,
                                 const std::string& user) const {
  const std::string name = arguments[0];
  auto end = processes_.run({.arguments = std::move(arguments),
                             .user = user,
                             .environment = {"DEBIAN_FRONTEND=noninteractive",
                                             "DEBIAN_PRIORITY=critical",
                                             "APT_LISTCHANGES_FRONTEND=none",
                                             "NEEDRESTART_MODE=l",
                                             "UCF_FORCE_CONFFOLD=1"},
                             .seconds_max = kChangeSeconds,
                             .output_max = kOutputMax});
  if (!end) {
    return fail(Errc::package_failed, end.error().what, name);
  }
  if (end->timed_out) {
    return fail(
        Errc::package_failed, "did not finish in " + std::to_string(kChangeSeconds) + " s", name);
  }
  if (end->exit != 0) {
    return std::unexpected(apt_error(end->output, name));
  }
  return std::move(end->output);
}

Result<AptSteps> LinuxPackages::simulate(const std::vector<std::string>& words,
                                         const std::string& user) const {
  std::vector<std::string> arguments = install_command();
  arguments.emplace_back("--simulate");
  arguments.insert(arguments.end(), words.begin(), words.end());
  TWOSEAL_TRY(const Bytes output, run(std::move(arguments), user));
  return parse_apt_steps(output);
}

Result<std::vector<InstalledPackage>> LinuxPackages::installed() const {
  auto status = files_.read(kStatusPath, kDpkgStatusMax);
  if (!status) {
    return fail(Errc::package_failed, status.error().what, kStatusPath);
  }
  return parse_dpkg_status(status->bytes);
}

Result<std::vector<PackageFile>> LinuxPackages::files_of(const std::vector<AptStep>& steps) const {
  if (steps.empty()) {
    return std::vector<PackageFile>();
  }
  std::vector<std::string> arguments = {
      "apt-get", "download", "-qq", "--print-uris", "-oAcquire::ForceHash=SHA256"};
  for (const AptStep& step : steps) {
    // `all` is no architecture that can be asked for; such a package has only this one.
    const std::string arch = step.arch == "all" ? "" : ":" + step.arch;
    arguments.push_back(step.name + arch + "=" + step.version);
  }
  TWOSEAL_TRY(const Bytes output, run(std::move(arguments), asking_user()));
  TWOSEAL_TRY(auto files, parse_apt_uris(output));
  if (steps_of(files) != steps) {
    return fail(Errc::package_failed, "apt-get names other package files than it would install");
  }
  return files;
}

Result<PackageClosure> LinuxPackages::plan(std::span<const PackageWish> wishes) const {
  TWOSEAL_TRY(const auto present, installed());
  std::vector<std::string> words;
  for (const PackageWish& wish : wishes) {
    TWOSEAL_TRY(std::string word, word_of(wish, present));
    if (!word.empty()) {
      words.push_back(std::move(word));
    }
  }
  PackageClosure closure;
  if (words.empty()) {
    return closure;
  }
  TWOSEAL_TRY(const AptSteps steps, simulate(words, asking_user()));
  TWOSEAL_TRY_VOID(check_steps(steps, wishes, present));
  TWOSEAL_TRY(closure.install, files_of(steps.install));
  for (const PackageFile& file : closure.install) {
    const InstalledPackage* there = find_in(present, file.name);
    if (there == nullptr) {
      closure.whole.push_back(file.name);
    } else if (there->status != PackageStatus::leftover) {
      closure.replaced.push_back(*there);
    }
  }
  for (const AptStep& step : steps.remove) {
    if (const InstalledPackage* there = find_in(present, step.name); there != nullptr) {
      closure.remove.push_back(*there);
    }
  }
  return closure;
}

Result<std::optional<PackageFile>> LinuxPackages::find_in_cache(
    const InstalledPackage& package) const {
  PackageFile file{.name = package.name, .version = package.version, .arch = package.arch};
  const std::string path = join_path("/var/cache/apt/archives", package_file_name(file));
  const auto cached = files_.digest(path, kPackageMax);
  if (!cached) {
    return std::nullopt;
  }
  file.digest = cached->digest;
  file.size = cached->info.size;
  file.uri = "file:" + path;
  return file;
}

Result<std::optional<PackageFile>> LinuxPackages::find_file(const InstalledPackage& package) const {
  const auto files = files_of({{package.name, package.version, package.arch}});
  if (files) {
    return files->front();
  }
  if (files.error().code != Errc::no_such_package) {
    return std::unexpected(files.error());
  }
  return find_in_cache(package);
}

// --- changes ----------------------------------------------------------------------------------

Result<void> LinuxPackages::check_fetched(const PackageFile& file, const std::string& path) const {
  const auto fetched = files_.digest(path, kPackageMax);
  if (!fetched) {
    return fail(Errc::package_failed, "cannot be read: " + fetched.error().what, path);
  }
  if (fetched->digest != file.digest) {
    return fail(Errc::package_failed, "has another digest than the index says", path);
  }
  return {};
}

Result<void> LinuxPackages::fetch_one(const PackageFile& file, const std::string& directory) {
  const std::string path = join_path(directory, package_file_name(file));
  if (check_fetched(file, path)) {
    return {};
  }
  TWOSEAL_TRY(const auto there, files_.look(path));
  if (there) {
    const FileChange removal{
        .act = FileAct::remove, .path = path, .bytes = nullptr, .before = there};
    TWOSEAL_TRY_VOID(files_.apply({&removal, 1}));
  }
  TWOSEAL_TRY(const std::uint64_t space, files_.free_space(directory));
  if (space < file.size) {
    return fail(Errc::disk_full, "no space for a package file", path);
  }
  TWOSEAL_TRY_VOID(run({"/usr/lib/apt/apt-helper",
                        "download-file",
                        uri_to_fetch(file.uri),
                        path,
                        "SHA256:" + file.digest.hex()},
                       ""));
  return check_fetched(file, path);
}

Result<void> LinuxPackages::fetch(std::span<const PackageFile> files,
                                  const std::string& directory) {
  TWOSEAL_TRY(const auto there, files_.look(directory));
  if (!there) {
    const FileChange make{.act = FileAct::make_directory,
                          .path = directory,
                          .bytes = nullptr,
                          .mode = 0700,
                          .uid = ::geteuid(),
                          .gid = ::getegid(),
                          .before = {}};
    TWOSEAL_TRY_VOID(files_.apply({&make, 1}));
  }
  for (const PackageFile& file : files) {
    TWOSEAL_TRY_VOID(fetch_one(file, directory));
  }
  return {};
}

// What apt-get left of packages that it removed: nothing but configuration.
Result<void> LinuxPackages::purge_leftovers(std::span<const std::string> names) {
  TWOSEAL_TRY(const auto present, installed());
  std::vector<std::string> arguments = {"apt-get",
                                        "purge",
                                        "-qq",
                                        "-y",
                                        "-oAPT::Get::AutomaticRemove=false",
                                        "-oDPkg::Lock::Timeout=60",
                                        "-oDpkg::Use-Pty=false"};
  const std::size_t options = arguments.size();
  for (const std::string& name : names) {
    const InstalledPackage* there = find_in(present, name);
    if (there != nullptr && there->status == PackageStatus::leftover && is_package_name(name)) {
      arguments.push_back(name);
    }
  }
  if (arguments.size() > options) {
    TWOSEAL_TRY_VOID(run(std::move(arguments), ""));
  }
  return {};
}

Result<void> LinuxPackages::change(std::span<const PackageFile> files,
                                   const std::string& directory,
                                   std::span<const InstalledPackage> remove,
                                   std::span<const std::string> purge) {
  std::vector<std::string> words;
  for (const PackageFile& file : files) {
    words.push_back(join_path(directory, package_file_name(file)));
    TWOSEAL_TRY_VOID(check_fetched(file, words.back()));
  }
  for (const InstalledPackage& package : remove) {
    if (!is_package_name(package.name)) {
      return fail(Errc::package_failed, "no package can have this name", package.name);
    }
    words.push_back(package.name + "-");
  }
  if (words.empty()) {
    return {};
  }
  TWOSEAL_TRY(const auto before, installed());
  TWOSEAL_TRY(const AptSteps steps, simulate(words, ""));
  if (steps != AptSteps{steps_of(files), steps_of(remove)}) {
    return fail(Errc::package_failed,
                "something else than these packages would have to come or go",
                directory);
  }
  std::vector<std::string> arguments = install_command();
  arguments.insert(arguments.end(), words.begin(), words.end());
  TWOSEAL_TRY_VOID(run(std::move(arguments), ""));
  TWOSEAL_TRY_VOID(purge_leftovers(purge));
  // Who names a held package to apt-get takes its hold away.
  for (const PackageFile& file : files) {
    const InstalledPackage* there = find_in(before, file.name);
    if (is_whole(there) && there->hold) {
      TWOSEAL_TRY_VOID(set_hold(file.name, true));
    }
  }
  return {};
}

// By apt-mark, which hands it to `dpkg --set-selections`: our programs have no standard input.
Result<void> LinuxPackages::set_hold(const std::string& name, bool hold) {
  TWOSEAL_TRY(const auto before, installed());
  if (!is_whole(find_in(before, name))) {
    return fail(Errc::package_failed, "is not installed", name);
  }
  TWOSEAL_TRY_VOID(run({"apt-mark", "-qq", hold ? "hold" : "unhold", name}, ""));
  TWOSEAL_TRY(const auto after, installed());
  const InstalledPackage* there = find_in(after, name);
  if (there == nullptr || there->hold != hold) {
    return fail(Errc::package_failed, "dpkg did not take the hold", name);
  }
  return {};
}

}  // namespace twoseal
