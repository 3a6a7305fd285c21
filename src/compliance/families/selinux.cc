// selinuxboolean: not applicable where the kernel has no SELinux.
#include "compliance/families/selinux.h"

#include "compliance/families/family.h"
#include "system/file_systems.h"

namespace twoseal::scap {
namespace {

constexpr std::string_view kMount = "/sys/fs/selinux";
constexpr std::size_t kBooleanMax = 4096;

void add_boolean(const NodeDirectory& booleans,
                 std::string_view name,
                 const ObjectQuery& query,
                 Collection& to) {
  const auto content = booleans.read(name, kBooleanMax);
  // `1 0`: what holds now, and what was asked for.
  if (!content || !*content || (*content)->size() < 3) {
    to.note(Flag::error, "a boolean of SELinux cannot be read");
    return;
  }
  StoredItem item(Family::selinuxboolean);
  item.add(EntityName::name, name);
  item.add_boolean(EntityName::current_status, (**content)[0] == '1');
  item.add_boolean(EntityName::pending_status, (**content)[2] == '1');
  to.add_if(query.matches(EntityName::name, name), item, "the name of a boolean");
}

}  // namespace

bool has_selinux(const InspectedHost& host) {
  return host.files->file_system_type(std::string(kMount)) == kSelinuxFileSystem;
}

void collect_selinux(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  if (!has_selinux(host)) {
    to.note(Flag::not_applicable, "this host has no SELinux");
    return;
  }
  const std::string booleans = std::string(kMount) + "/booleans";
  auto directory = host.files->open(booleans);
  if (!directory || *directory == nullptr) {
    to.note(Flag::error, "the booleans of SELinux cannot be listed");
    return;
  }
  const auto listed = each_entry(**directory, [&](const NodeEntry& entry) {
    add_boolean(**directory, entry.name, query, to);
  });
  if (!listed) {
    to.note(Flag::error, listed.error().what);
  }
}

}  // namespace twoseal::scap
