// rpminfo and rpmverifyfile: packages of rpm; not applicable where there are none.
#include "compliance/families/family.h"

namespace twoseal::scap {

void collect_rpm(const InspectedHost& host, const ObjectQuery& /*query*/, Collection& to) {
  constexpr std::string_view kDatabases[] = {"/usr/lib/sysimage/rpm", "/var/lib/rpm"};
  for (const std::string_view path : kDatabases) {
    const auto status = host.files->status(std::string(path), FollowLast::yes);
    if (status && *status) {
      to.note(Flag::not_collected, "packages of rpm are not read by this version");
      return;
    }
  }
  to.note(Flag::not_applicable, "this host has no packages of rpm");
}

}  // namespace twoseal::scap
