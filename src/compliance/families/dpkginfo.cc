// dpkginfo: packages of Debian, from dpkg's own status file.
#include "compliance/families/family.h"
#include "system/dpkg_status.h"

namespace twoseal::scap {
namespace {

StoredItem item_of(const InstalledPackage& package) {
  std::string_view rest = package.version;
  std::string_view epoch = "0";
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    epoch = rest.substr(0, colon);
    rest = rest.substr(colon + 1);
  }
  const std::size_t dash = rest.rfind('-');
  const std::string_view version = rest.substr(0, dash);
  const std::string_view release =
      dash == std::string_view::npos ? std::string_view() : rest.substr(dash + 1);
  StoredItem item(Family::dpkginfo);
  item.add(EntityName::name, package.name);
  item.add(EntityName::arch, package.arch);
  item.add(EntityName::epoch, epoch);
  item.add(EntityName::release, release);
  item.add(EntityName::version, version);
  ItemValue evr = ItemValue::of(std::string(epoch) + ":" + std::string(rest));
  evr.datatype = Datatype::debian_evr;
  item.add(EntityName::evr, std::move(evr));
  return item;
}

}  // namespace

void collect_dpkginfo(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  const auto directory = host.files->status("/var/lib/dpkg", FollowLast::yes);
  if (directory && !*directory) {
    to.note(Flag::not_applicable, "this host has no packages of dpkg");
    return;
  }
  const auto status = host.files->read("/var/lib/dpkg/status", kDpkgStatusMax);
  if (!status) {
    to.note(Flag::error, status.error().what);
    return;
  }
  if (!*status) {
    to.note(Flag::error, "/var/lib/dpkg has no list of packages");
    return;
  }
  const auto packages = parse_dpkg_status(**status);
  if (!packages) {
    to.note(Flag::error, packages.error().what);
    return;
  }
  for (const InstalledPackage& package : *packages) {
    // Also of what was not wholly set up the files are there.
    if (package.status != PackageStatus::leftover) {
      to.add_if(
          query.matches(EntityName::name, package.name), item_of(package), "the name of a package");
    }
  }
}

}  // namespace twoseal::scap
