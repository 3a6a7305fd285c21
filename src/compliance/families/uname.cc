// uname: the running kernel; family: what kind of system this is.
#include "compliance/families/family.h"

namespace twoseal::scap {

void collect_uname(const InspectedHost& host, const ObjectQuery& /*query*/, Collection& to) {
  if (host.kernel == nullptr) {
    to.note(Flag::not_collected, "no running kernel belongs to this root");
    return;
  }
  const KernelName name = host.kernel->name();
  StoredItem item(Family::uname);
  item.add(EntityName::machine_class, name.machine);
  item.add(EntityName::node_name, name.node);
  item.add(EntityName::os_name, name.system);
  item.add(EntityName::os_release, name.release);
  item.add(EntityName::os_version, name.version);
  item.add(EntityName::processor_type, name.machine);
  to.add(item);
}

void collect_family(const InspectedHost& /*host*/, const ObjectQuery& /*query*/, Collection& to) {
  StoredItem item(Family::family);
  item.add(EntityName::family, "unix");
  to.add(item);
}

}  // namespace twoseal::scap
