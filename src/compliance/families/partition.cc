// partition: what is mounted where, from the mount table of the kernel.
#include "compliance/families/family.h"

namespace twoseal::scap {
namespace {

// Of a device, by the links that udev keeps; nothing when none of them leads to it.
Result<std::optional<std::string>> uuid_of(const InspectedHost& host, const std::string& device) {
  const std::string links = "/dev/disk/by-uuid";
  std::optional<std::string> uuid;
  if (!device.starts_with('/')) {
    return uuid;
  }
  TWOSEAL_TRY(const auto directory, host.files->open(links));
  if (directory == nullptr) {
    return uuid;
  }
  std::optional<Error> failed;
  TWOSEAL_TRY_VOID(each_entry(*directory, [&](const NodeEntry& entry) {
    const auto target = host.files->real_path(links + "/" + std::string(entry.name));
    if (!target) {
      failed = target.error();
    } else if (*target && **target == device) {
      uuid = std::string(entry.name);
    }
  }));
  if (!uuid && failed) {
    return std::unexpected(*failed);
  }
  return uuid;
}

void add_uuid(const InspectedHost& host, const std::string& device, StoredItem& item) {
  const auto uuid = uuid_of(host, device);
  if (uuid && *uuid) {
    item.add(EntityName::uuid, **uuid);
  } else {
    item.add_status(EntityName::uuid, uuid ? Status::does_not_exist : Status::error);
  }
}

void add_space(const InspectedHost& host, const std::string& mount_point, StoredItem& item) {
  const auto space = host.files->space(mount_point);
  if (!space || space->block == 0) {
    return;
  }
  const auto blocks = [&](std::uint64_t octets) {
    return static_cast<std::int64_t>(octets / space->block);
  };
  item.add_integer(EntityName::total_space, blocks(space->total));
  item.add_integer(EntityName::space_used, blocks(space->total - space->free));
  item.add_integer(EntityName::space_left, blocks(space->free));
  item.add_integer(EntityName::space_left_for_unprivileged_users, blocks(space->available));
}

StoredItem item_of(const InspectedHost& host, const Mount& mount) {
  StoredItem item(Family::partition);
  item.add(EntityName::mount_point, mount.point);
  item.add(EntityName::device, mount.device);
  add_uuid(host, mount.device, item);
  item.add(EntityName::fs_type, mount.type);
  for (const std::string& option : mount.options) {
    item.add(EntityName::mount_options, option);
  }
  add_space(host, mount.point, item);
  return item;
}

}  // namespace

void collect_partition(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  if (host.kernel == nullptr) {
    to.note(Flag::not_collected, "no running kernel belongs to this root: it has no /proc");
    return;
  }
  const auto mounts = host.kernel->mounts();
  if (!mounts) {
    to.note(Flag::error, mounts.error().what);
    return;
  }
  if (mounts->empty()) {
    to.note(Flag::not_collected, "nothing is mounted at this root or below it");
    return;
  }
  for (const Mount& mount : *mounts) {
    const Verdict wanted = query.matches(EntityName::mount_point, mount.point);
    if (wanted != Verdict::no) {
      to.add_if(wanted, item_of(host, mount), "a mount point");
    }
  }
}

}  // namespace twoseal::scap
