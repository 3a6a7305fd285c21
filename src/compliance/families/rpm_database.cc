#include "compliance/families/rpm_database.h"

#include <algorithm>

namespace twoseal::scap {
namespace {

// Whether the directory holds a database of one of the kinds that rpm has had.
Result<bool> has_database(const InspectedHost& host, const std::string& directory) {
  constexpr std::string_view kFiles[] = {"rpmdb.sqlite", "Packages", "Packages.db"};
  for (const std::string_view file : kFiles) {
    TWOSEAL_TRY(const auto status,
                host.files->status(directory + "/" + std::string(file), FollowLast::no));
    if (status) {
      return true;
    }
  }
  return false;
}

// librpm knows nothing of the root: a link beside the database would lead it elsewhere, and what is
// no file could keep it waiting.
Result<void> check_files(const FileTree& files, const std::string& path) {
  TWOSEAL_TRY(const auto directory, files.open(path));
  if (directory == nullptr) {
    return fail(Errc::io_failed, "the directory of the database of rpm is gone", path);
  }
  for (;;) {
    TWOSEAL_TRY(const auto entry, directory->next());
    if (!entry) {
      return {};
    }
    TWOSEAL_TRY(const auto status, directory->status_of(entry->name));
    if (status && status->kind != NodeKind::regular && status->kind != NodeKind::directory) {
      return fail(Errc::not_regular,
                  "beside the database of rpm are other things than files",
                  path + "/" + std::string(entry->name));
    }
  }
}

// The directory without links; nothing when no database is there.
Result<std::optional<std::string>> find_database(const InspectedHost& host) {
  for (const char* directory : {"/usr/lib/sysimage/rpm", "/var/lib/rpm"}) {
    TWOSEAL_TRY(const bool there, has_database(host, directory));
    if (there) {
      return host.files->real_path(directory);
    }
  }
  return std::optional<std::string>();
}

}  // namespace

std::optional<RpmDatabase> open_rpm_database(const InspectedHost& host, Collection& to) {
  const auto directory = find_database(host);
  if (!directory) {
    to.note(Flag::error, directory.error().what);
    return std::nullopt;
  }
  if (!*directory) {
    to.note(Flag::not_applicable, "this host has no packages of rpm");
    return std::nullopt;
  }
  if (host.rpms == nullptr) {
    to.note(Flag::not_collected, "packages of rpm are not read here");
    return std::nullopt;
  }
  if (const auto files = check_files(*host.files, **directory); !files) {
    to.note(Flag::error, files.error().what + ": " + files.error().where);
    return std::nullopt;
  }
  auto packages = host.rpms->packages(**directory);
  if (!packages) {
    to.note(packages.error().code == Errc::library_missing ? Flag::not_collected : Flag::error,
            packages.error().what);
    return std::nullopt;
  }
  return RpmDatabase{**directory, std::move(*packages)};
}

std::string epoch_text(const RpmPackage& package) {
  return package.epoch ? std::to_string(*package.epoch) : "(none)";
}

std::string evr_text(const RpmPackage& package) {
  return std::to_string(package.epoch.value_or(0)) + ":" + package.version + "-" + package.release;
}

std::string arch_text(const RpmPackage& package) {
  return package.arch.empty() ? "(none)" : package.arch;
}

std::string extended_name(const RpmPackage& package) {
  return package.name + "-" + evr_text(package) + "." + arch_text(package);
}

}  // namespace twoseal::scap
