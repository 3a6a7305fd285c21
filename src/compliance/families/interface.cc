// interface: network interfaces and their addresses.
#include "compliance/families/family.h"

namespace twoseal::scap {

void collect_interface(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  if (host.kernel == nullptr) {
    to.note(Flag::not_collected, "no running kernel belongs to this root");
    return;
  }
  const auto interfaces = host.kernel->interfaces();
  if (!interfaces) {
    to.note(Flag::error, interfaces.error().what);
    return;
  }
  for (const InterfaceAddress& each : *interfaces) {
    StoredItem item(Family::interface);
    item.add(EntityName::name, each.name);
    item.add(EntityName::type, each.type);
    if (!each.hardware.empty()) {
      item.add(EntityName::hardware_addr, each.hardware);
    }
    if (!each.address.empty()) {
      ItemValue address = ItemValue::of(each.address);
      address.datatype = each.is_ipv6 ? Datatype::ipv6_address : Datatype::ipv4_address;
      item.add(EntityName::inet_addr, std::move(address));
    }
    if (!each.broadcast.empty()) {
      item.add(EntityName::broadcast_addr, each.broadcast);
    }
    if (!each.netmask.empty()) {
      item.add(EntityName::netmask, each.netmask);
    }
    for (const std::string& flag : each.flags) {
      item.add(EntityName::flag, flag);
    }
    to.add_if(query.matches(EntityName::name, each.name), item, "the name of an interface");
  }
}

}  // namespace twoseal::scap
