// sysctl: settings of the running kernel, read below /proc/sys.
#include <algorithm>

#include "compliance/families/family.h"
#include "system/file_systems.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kValueMax = std::size_t{64} << 10U;
constexpr std::size_t kDepthMax = 8;
constexpr std::uint32_t kOwnerReads = 0400;

class SettingCollector {
 public:
  SettingCollector(const InspectedHost& host, const ObjectQuery& query, Collection& to)
      : host_(host), query_(query), to_(to) {}

  void collect() {
    if (host_.files->file_system_type("/proc/sys") != kProcFileSystem) {
      to_.note(Flag::not_collected, "no running kernel belongs to this root: it has no /proc");
      return;
    }
    const auto names = query_.literals(EntityName::name);
    if (names) {
      for (const std::string& name : *names) {
        collect_named(name);
      }
      return;
    }
    walk({"/proc/sys", "", 0, nullptr});
  }

 private:
  // A directory of settings. `sought`: when not nullptr, the one name that is looked for.
  struct Place {
    std::string path;
    std::string prefix;  ///< of the names in it
    std::size_t depth;
    const std::string* sought;
  };

  // A dot is what parts a name, but the name of an interface may have dots too: then the short way
  // leads to nothing.
  void collect_named(const std::string& name) {
    std::string path = name;
    std::replace(path.begin(), path.end(), '.', '/');
    const std::string full = "/proc/sys/" + path;
    const auto status = host_.files->status(full, FollowLast::yes);
    if (status && *status && (*status)->kind == NodeKind::regular) {
      take(full, name, **status);
    } else {
      walk({"/proc/sys", "", 0, &name});
    }
  }

  void walk(const Place& place) {
    if (place.depth >= kDepthMax) {
      to_.note(Flag::incomplete, "settings are nested too deep: " + place.path);
      return;
    }
    auto opened = host_.files->open(place.path);
    if (!opened) {
      to_.note(Flag::incomplete, opened.error().what + ": " + place.path);
      return;
    }
    if (*opened == nullptr) {
      return;  // an interface that went away
    }
    const auto listed =
        each_entry(**opened, [&](const NodeEntry& entry) { look_at(place, **opened, entry); });
    if (!listed) {
      to_.note(Flag::incomplete, listed.error().what + ": " + place.path);
    }
  }

  void look_at(const Place& place, const NodeDirectory& directory, const NodeEntry& entry) {
    const std::string path = place.path + "/" + std::string(entry.name);
    const std::string name = place.prefix + std::string(entry.name);
    if (entry.kind == NodeKind::directory) {
      if (place.sought == nullptr || place.sought->starts_with(name + ".")) {
        walk({path, name + ".", place.depth + 1, place.sought});
      }
      return;
    }
    if (place.sought != nullptr && name != *place.sought) {
      return;
    }
    const auto status = directory.status_of(entry.name);
    if (!status) {
      to_.note(Flag::error, status.error().what + ": " + path);
    } else if (*status) {
      take(path, name, **status);
    }
  }

  void take(const std::string& path, const std::string& name, const NodeStatus& status) {
    const Verdict wanted = query_.matches(EntityName::name, name);
    if (wanted == Verdict::no || (status.mode & kOwnerReads) == 0) {
      return;  // what only takes values has none to show
    }
    const auto content = host_.files->read(path, kValueMax);
    if (!content) {
      // Secrets that the kernel has not been given yet cannot be read.
      if (!name.ends_with("stable_secret")) {
        to_.note(Flag::error, content.error().what);
      }
      return;
    }
    if (!*content || (*content)->empty()) {
      return;
    }
    StoredItem item(Family::sysctl);
    item.add(EntityName::name, name);
    add_lines(**content, item);
    to_.add_if(wanted, item, "the name of a kernel setting");
  }

  static void add_lines(std::string_view text, StoredItem& item) {
    if (text.ends_with('\n')) {
      text.remove_suffix(1);
    }
    for (;;) {
      const std::size_t end = text.find('\n');
      item.add(EntityName::value, text.substr(0, end));
      if (end == std::string_view::npos) {
        return;
      }
      text.remove_prefix(end + 1);
    }
  }

  const InspectedHost& host_;
  const ObjectQuery& query_;
  Collection& to_;
};

}  // namespace

void collect_sysctl(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  SettingCollector(host, query, to).collect();
}

}  // namespace twoseal::scap
