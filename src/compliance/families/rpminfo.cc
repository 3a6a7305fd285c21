// rpminfo: packages of rpm.
#include "compliance/families/family.h"
#include "compliance/families/rpm_database.h"

namespace twoseal::scap {
namespace {

StoredItem item_of(const RpmPackage& package) {
  StoredItem item(Family::rpminfo);
  item.add(EntityName::name, package.name);
  item.add(EntityName::arch, arch_text(package));
  item.add(EntityName::epoch, epoch_text(package));
  item.add(EntityName::release, package.release);
  item.add(EntityName::version, package.version);
  ItemValue evr = ItemValue::of(evr_text(package));
  evr.datatype = Datatype::evr;
  item.add(EntityName::evr, std::move(evr));
  item.add(EntityName::signature_keyid, package.signer);
  item.add(EntityName::extended_name, extended_name(package));
  return item;
}

void add_paths(const InspectedHost& host,
               const RpmDatabase& database,
               const RpmPackage& package,
               StoredItem& item,
               Collection& to) {
  const auto files = host.rpms->files(database.directory, package);
  if (!files) {
    to.note(Flag::error, files.error().what);
    return;
  }
  for (const RpmFile& file : *files) {
    item.add(EntityName::filepath, file.path);
  }
}

}  // namespace

void collect_rpminfo(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  const auto database = open_rpm_database(host, to);
  if (!database) {
    return;
  }
  const bool wants_paths = query.behavior("filepaths", "false") == "true";
  for (const RpmPackage& package : database->packages) {
    const Verdict wanted = query.matches(EntityName::name, package.name);
    if (wanted == Verdict::no) {
      continue;
    }
    StoredItem item = item_of(package);
    if (wants_paths) {
      add_paths(host, *database, package, item, to);
    }
    to.add_if(wanted, item, "the name of a package");
  }
}

}  // namespace twoseal::scap
