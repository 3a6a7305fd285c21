// file: owner, mode, type and times of files. There may be hundreds of thousands, so an item is
// made up only as far as somebody asks for it.
#include "compliance/families/family.h"

namespace twoseal::scap {
namespace {

std::string_view type_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::regular:
      return "regular";
    case NodeKind::directory:
      return "directory";
    case NodeKind::symlink:
      return "symbolic link";
    case NodeKind::fifo:
      return "fifo";
    case NodeKind::socket:
      return "socket";
    case NodeKind::character_device:
      return "character special";
    case NodeKind::block_device:
      return "block special";
    case NodeKind::unknown:
      break;
  }
  return "";
}

struct Bit {
  EntityName name;
  std::uint32_t mask;
};

constexpr Bit kBits[] = {
    {EntityName::suid, 04000},
    {EntityName::sgid, 02000},
    {EntityName::sticky, 01000},
    {EntityName::uread, 0400},
    {EntityName::uwrite, 0200},
    {EntityName::uexec, 0100},
    {EntityName::gread, 040},
    {EntityName::gwrite, 020},
    {EntityName::gexec, 010},
    {EntityName::oread, 04},
    {EntityName::owrite, 02},
    {EntityName::oexec, 01},
};

constexpr EntityName kAll[] = {EntityName::filepath,
                               EntityName::path,
                               EntityName::filename,
                               EntityName::type,
                               EntityName::group_id,
                               EntityName::user_id,
                               EntityName::a_time,
                               EntityName::c_time,
                               EntityName::m_time,
                               EntityName::size,
                               EntityName::suid,
                               EntityName::sgid,
                               EntityName::sticky,
                               EntityName::uread,
                               EntityName::uwrite,
                               EntityName::uexec,
                               EntityName::gread,
                               EntityName::gwrite,
                               EntityName::gexec,
                               EntityName::oread,
                               EntityName::owrite,
                               EntityName::oexec,
                               EntityName::has_extended_acl};

class FileItem : public Item {
 public:
  FileItem(WalkedFile& file, const NodeStatus& status) : file_(file), file_status_(status) {}

  [[nodiscard]] Status status() const override { return Status::exists; }

  [[nodiscard]] std::span<const ItemEntity> get(EntityName name) const override {
    entity_.name = name;
    entity_.status = Status::exists;
    return fill(name) ? std::span<const ItemEntity>(&entity_, 1) : std::span<const ItemEntity>();
  }

  [[nodiscard]] StoredItem stored() const override {
    StoredItem item(Family::file);
    for (const EntityName name : kAll) {
      for (const ItemEntity& entity : get(name)) {
        if (entity.status == Status::exists) {
          item.add(name, entity.value);
        } else {
          item.add_status(name, entity.status, entity.value.datatype);
        }
      }
    }
    return item;
  }

 private:
  bool fill(EntityName name) const {
    switch (name) {
      case EntityName::filepath:
        return !file_.name().empty() && set_text(file_.full_path());
      case EntityName::path:
        return set_text(file_.path());
      case EntityName::filename:
        entity_.status = file_.name().empty() ? Status::does_not_exist : Status::exists;
        return set_text(file_.name());
      case EntityName::type:
        return set_text(type_of(file_status_.kind));
      case EntityName::group_id:
        return set_number(file_status_.gid);
      case EntityName::user_id:
        return set_number(file_status_.uid);
      case EntityName::a_time:
        return set_number(file_status_.accessed);
      case EntityName::c_time:
        return set_number(file_status_.changed);
      case EntityName::m_time:
        return set_number(file_status_.modified);
      case EntityName::size:
        return set_number(static_cast<std::int64_t>(file_status_.size));
      case EntityName::has_extended_acl:
        return set_access_list();
      default:
        return set_bit(name);
    }
  }

  bool set_text(std::string_view text) const {
    entity_.value.datatype = Datatype::string;
    entity_.value.is_number = false;
    entity_.value.text.assign(text);
    return true;
  }

  bool set_number(std::int64_t number) const {
    entity_.value.datatype = Datatype::integer;
    entity_.value.is_number = true;
    entity_.value.number = number;
    return true;
  }

  bool set_boolean(bool value) const {
    set_number(value ? 1 : 0);
    entity_.value.datatype = Datatype::boolean;
    return true;
  }

  bool set_bit(EntityName name) const {
    for (const Bit& bit : kBits) {
      if (bit.name == name) {
        return set_boolean((file_status_.mode & bit.mask) != 0);
      }
    }
    return false;
  }

  bool set_access_list() const {
    const auto has = file_.has_access_list();
    set_boolean(has.value_or(false));
    entity_.status = has ? Status::exists : Status::does_not_exist;
    return true;
  }

  WalkedFile& file_;
  const NodeStatus& file_status_;
  mutable ItemEntity entity_;
};

class FileStatusVisitor : public CollectingVisitor {
 public:
  using CollectingVisitor::CollectingVisitor;

  void visit(WalkedFile& file) override {
    const auto& status = file.status();
    if (!status) {
      miss(Flag::error, status.error().what);
    } else if (*status) {
      collection().add(FileItem(file, **status));
    }
  }
};

}  // namespace

std::unique_ptr<FileVisitor> visit_file(const InspectedHost& /*host*/,
                                        const ObjectQuery& query,
                                        Collection& to) {
  return std::make_unique<FileStatusVisitor>(query, to);
}

}  // namespace twoseal::scap
