// partition: what is mounted where, from the mount table of the kernel.
#include "compliance/families/family.h"
#include "compliance/families/lines.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kMountsMax = std::size_t{4} << 20U;
constexpr std::size_t kFieldsMin = 4;

// Blanks and backslashes are written as octal numbers there (proc(5)).
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_octal = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(i + 1) && is_octal(i + 2) &&
        is_octal(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Of a device, by the links that udev keeps.
std::optional<std::string> uuid_of(const InspectedHost& host, const std::string& device) {
  const std::string links = "/dev/disk/by-uuid";
  if (!device.starts_with('/')) {
    return std::nullopt;
  }
  auto directory = host.files->open(links);
  if (!directory || *directory == nullptr) {
    return std::nullopt;
  }
  const auto entries = (*directory)->list();
  for (const NodeEntry& entry : entries.value_or(std::vector<NodeEntry>())) {
    const auto target = host.files->real_path(links + "/" + std::string(entry.name));
    if (target && *target && **target == device) {
      return std::string(entry.name);
    }
  }
  return std::nullopt;
}

void add_space(const InspectedHost& host, const std::string& mount_point, StoredItem& item) {
  constexpr std::uint64_t kBlock = 4096;
  const auto space = host.files->space(mount_point);
  if (!space) {
    return;
  }
  const auto blocks = [&](std::uint64_t octets) {
    return static_cast<std::int64_t>(octets / kBlock);
  };
  item.add_integer(EntityName::total_space, blocks(space->total));
  item.add_integer(EntityName::space_used, blocks(space->total - space->free));
  item.add_integer(EntityName::space_left, blocks(space->free));
  item.add_integer(EntityName::space_left_for_unprivileged_users, blocks(space->available));
}

StoredItem item_of(const InspectedHost& host,
                   const std::string& mount_point,
                   const std::vector<std::string_view>& fields) {
  StoredItem item(Family::partition);
  item.add(EntityName::mount_point, mount_point);
  const std::string device = unescaped(fields[0]);
  item.add(EntityName::device, device);
  if (const auto uuid = uuid_of(host, device)) {
    item.add(EntityName::uuid, *uuid);
  } else {
    item.add_status(EntityName::uuid, Status::does_not_exist);
  }
  item.add(EntityName::fs_type, fields[2]);
  for (const std::string_view option : split_at(fields[3], ',')) {
    item.add(EntityName::mount_options, option);
  }
  add_space(host, mount_point, item);
  return item;
}

}  // namespace

void collect_partition(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  const auto mounts = host.files->read("/proc/mounts", kMountsMax);
  if (!mounts) {
    to.note(Flag::error, mounts.error().what);
    return;
  }
  if (!*mounts) {
    to.note(Flag::not_collected, "no running kernel belongs to this root: it has no /proc");
    return;
  }
  std::string_view rest = **mounts;
  std::string_view line;
  while (next_line(rest, line)) {
    const auto fields = split_at_blanks(line);
    if (fields.size() < kFieldsMin || fields[2] == "rootfs") {
      continue;
    }
    const std::string mount_point = unescaped(fields[1]);
    to.add_if(query.matches(EntityName::mount_point, mount_point),
              item_of(host, mount_point, fields),
              "a mount point");
  }
}

}  // namespace twoseal::scap
