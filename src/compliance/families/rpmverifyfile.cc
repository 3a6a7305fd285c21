// rpmverifyfile: files of packages of rpm, compared with what their packages brought.
//
// The comparison is that of rpm --verify, made here: librpm itself would follow links out of the
// root that is inspected.
#include <map>
#include <sys/stat.h>

#include "base/encoding.h"
#include "compliance/families/family.h"
#include "compliance/families/lines.h"
#include "compliance/families/rpm_database.h"
#include "crypto/named_hash.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kFileMax = std::size_t{512} << 20U;
constexpr std::size_t kAccountsMax = std::size_t{16} << 20U;

std::uint32_t kind_bits(NodeKind kind) {
  switch (kind) {
    case NodeKind::regular:
      return S_IFREG;
    case NodeKind::directory:
      return S_IFDIR;
    case NodeKind::symlink:
      return S_IFLNK;
    case NodeKind::fifo:
      return S_IFIFO;
    case NodeKind::socket:
      return S_IFSOCK;
    case NodeKind::character_device:
      return S_IFCHR;
    case NodeKind::block_device:
      return S_IFBLK;
    case NodeKind::unknown:
      break;
  }
  return 0;
}

// Names of accounts or groups by their number.
class AccountNames {
 public:
  AccountNames(const InspectedHost& host, const std::string& path) {
    const auto text = host.files->read(path, kAccountsMax);
    std::string_view rest = text && *text ? std::string_view(**text) : std::string_view();
    std::string_view line;
    while (next_line(rest, line)) {
      const auto fields = split_at(line, ':');
      const auto number = fields.size() > 2 ? whole_number(fields[2]) : std::nullopt;
      if (number) {
        names_.emplace(*number, fields[0]);
      }
    }
  }

  // Whether the number has this name.
  [[nodiscard]] bool is(std::int64_t number, std::string_view name) const {
    const auto found = names_.find(number);
    return found != names_.end() && found->second == name;
  }

 private:
  std::map<std::int64_t, std::string> names_;
};

struct Omission {
  std::string_view behavior;
  std::uint32_t check;
};

// What the behaviours of an object leave out.
std::uint32_t omitted(const ObjectQuery& query) {
  constexpr Omission kOmissions[] = {{"nomd5", rpm_file_check::kDigest},
                                     {"nofiledigest", rpm_file_check::kDigest},
                                     {"nosize", rpm_file_check::kSize},
                                     {"nolinkto", rpm_file_check::kLink},
                                     {"nouser", rpm_file_check::kUser},
                                     {"nogroup", rpm_file_check::kGroup},
                                     {"nomtime", rpm_file_check::kModified},
                                     {"nomode", rpm_file_check::kMode},
                                     {"nordev", rpm_file_check::kDevice},
                                     {"nocaps", rpm_file_check::kCapabilities}};
  std::uint32_t all = 0;
  for (const Omission& omission : kOmissions) {
    if (query.behavior(omission.behavior, "false") == "true") {
      all |= omission.check;
    }
  }
  return all;
}

class Verification {
 public:
  Verification(const InspectedHost& host, const ObjectQuery& query, Collection& to)
      : host_(host),
        query_(query),
        to_(to),
        users_(host, "/etc/passwd"),
        groups_(host, "/etc/group"),
        omitted_(omitted(query)),
        skips_configuration_(query.behavior("noconfigfiles", "false") == "true"),
        skips_ghosts_(query.behavior("noghostfiles", "false") == "true") {}

  void verify(const RpmDatabase& database) {
    for (const RpmPackage& package : database.packages) {
      const Verdict wanted = is_wanted(package);
      if (wanted != Verdict::no) {
        verify(database, package, wanted);
      }
    }
  }

 private:
  [[nodiscard]] Verdict is_wanted(const RpmPackage& package) const {
    Verdicts verdicts;
    verdicts.add(query_.matches(EntityName::name, package.name));
    verdicts.add(query_.matches(EntityName::epoch, epoch_text(package)));
    verdicts.add(query_.matches(EntityName::version, package.version));
    verdicts.add(query_.matches(EntityName::release, package.release));
    verdicts.add(query_.matches(EntityName::arch, arch_text(package)));
    return combine(Operator::conjunction, verdicts);
  }

  void verify(const RpmDatabase& database, const RpmPackage& package, Verdict wanted) {
    const auto files = host_.rpms->files(database.directory, package);
    if (!files) {
      to_.note(Flag::error, files.error().what);
      return;
    }
    for (const RpmFile& file : *files) {
      const bool skipped =
          (skips_configuration_ && (file.flags & rpm_file_flag::kConfiguration) != 0) ||
          (skips_ghosts_ && (file.flags & rpm_file_flag::kGhost) != 0);
      Verdicts verdicts;
      verdicts.add(wanted);
      verdicts.add(query_.matches(EntityName::filepath, file.path));
      const Verdict both = combine(Operator::conjunction, verdicts);
      if (!skipped && both != Verdict::no) {
        to_.add_if(both, item_of(package, file), "a file of a package");
      }
    }
  }

  StoredItem item_of(const RpmPackage& package, const RpmFile& file) {
    StoredItem item(Family::rpmverifyfile);
    item.add(EntityName::name, package.name);
    item.add(EntityName::epoch, epoch_text(package));
    item.add(EntityName::version, package.version);
    item.add(EntityName::release, package.release);
    item.add(EntityName::arch, arch_text(package));
    item.add(EntityName::filepath, file.path);
    item.add(EntityName::extended_name, extended_name(package));
    add_comparison(file, item);
    const auto flag = [&](EntityName name, std::uint32_t bit) {
      item.add_boolean(name, (file.flags & bit) != 0);
    };
    flag(EntityName::configuration_file, rpm_file_flag::kConfiguration);
    flag(EntityName::documentation_file, rpm_file_flag::kDocumentation);
    flag(EntityName::ghost_file, rpm_file_flag::kGhost);
    flag(EntityName::license_file, rpm_file_flag::kLicense);
    flag(EntityName::readme_file, rpm_file_flag::kReadme);
    return item;
  }

  void add_comparison(const RpmFile& file, StoredItem& item) {
    const auto status = host_.files->status(file.path, FollowLast::no);
    if (!status) {
      to_.note(Flag::error, status.error().what);
      item.set_status(Status::error);
      return;
    }
    const bool there = *status && file.is_installed;
    const std::uint32_t applicable = there ? applicable_checks(file, (*status)->kind) : 0;
    const NodeStatus& found = *status ? **status : NodeStatus();
    // What a file of its kind does not have cannot differ.
    const auto add = [&](EntityName name, std::uint32_t check, const auto& same) {
      const bool looked = there && (omitted_ & check) == 0;
      const bool differs = looked && (applicable & check) != 0 && !same();
      item.add(name, !looked ? "not performed" : differs ? "fail" : "pass");
    };
    add(EntityName::size_differs, rpm_file_check::kSize, [&] { return found.size == file.size; });
    add(EntityName::mode_differs, rpm_file_check::kMode, [&] { return same_mode(file, found); });
    const bool same =
        (applicable & ~omitted_ & rpm_file_check::kDigest) == 0 || same_digest(file, item);
    add(EntityName::md5_differs, rpm_file_check::kDigest, [&] { return same; });
    add(EntityName::filedigest_differs, rpm_file_check::kDigest, [&] { return same; });
    add_device(found, there, item);
    add(EntityName::link_mismatch, rpm_file_check::kLink, [&] { return same_link(file); });
    add(EntityName::ownership_differs, rpm_file_check::kUser, [&] {
      return users_.is(found.uid, file.user);
    });
    add(EntityName::group_differs, rpm_file_check::kGroup, [&] {
      return groups_.is(found.gid, file.group);
    });
    add(EntityName::mtime_differs, rpm_file_check::kModified, [&] {
      return found.modified == file.modified;
    });
    item.add(EntityName::capabilities_differ, "not performed");
  }

  // Numbers of devices are not compared, so only what is no device is known not to differ.
  void add_device(const NodeStatus& found, bool there, StoredItem& item) const {
    const bool device =
        found.kind == NodeKind::character_device || found.kind == NodeKind::block_device;
    const bool looked = there && !device && (omitted_ & rpm_file_check::kDevice) == 0;
    item.add(EntityName::device_differs, looked ? "pass" : "not performed");
  }

  // What the package lets compare, as far as a file of this kind has it.
  static std::uint32_t applicable_checks(const RpmFile& file, NodeKind kind) {
    using namespace rpm_file_check;  // NOLINT(google-build-using-namespace): its names alone
    std::uint32_t checks = file.checked;
    if ((file.flags & rpm_file_flag::kGhost) != 0) {
      checks &= ~(kDigest | kSize | kModified | kLink);
    }
    if (kind == NodeKind::symlink) {
      return checks & ~(kDigest | kSize | kModified | kMode);
    }
    checks &= ~kLink;
    return kind == NodeKind::regular ? checks : checks & ~(kDigest | kSize | kModified);
  }

  // Of a ghost, which may be of any kind, the permissions alone.
  static bool same_mode(const RpmFile& file, const NodeStatus& found) {
    constexpr std::uint32_t kPermissions = 0777;
    const std::uint32_t mode = kind_bits(found.kind) | found.mode;
    const bool ghost = (file.flags & rpm_file_flag::kGhost) != 0;
    return ghost ? (mode & kPermissions) == (file.mode & kPermissions) : mode == file.mode;
  }

  bool same_digest(const RpmFile& file, StoredItem& item) {
    const auto content = host_.files->read(file.path, kFileMax);
    const auto digest =
        content && *content ? named_hash(file.algorithm, **content) : std::optional<Bytes>();
    if (!digest) {
      to_.note(Flag::error, "the digest of " + file.path + " cannot be computed");
      item.set_status(Status::error);
      return false;
    }
    return hex_encode(*digest) == file.digest;
  }

  [[nodiscard]] bool same_link(const RpmFile& file) const {
    const auto target = host_.files->read_link(file.path);
    return target && *target && **target == file.link;
  }

  const InspectedHost& host_;
  const ObjectQuery& query_;
  Collection& to_;
  AccountNames users_;
  AccountNames groups_;
  std::uint32_t omitted_;
  bool skips_configuration_;
  bool skips_ghosts_;
};

}  // namespace

void collect_rpmverifyfile(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  if (const auto database = open_rpm_database(host, to)) {
    Verification(host, query, to).verify(*database);
  }
}

}  // namespace twoseal::scap
