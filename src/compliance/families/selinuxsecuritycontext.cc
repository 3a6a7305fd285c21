// selinuxsecuritycontext: the contexts of files and processes, as the kernel gives them; not
// applicable where it has no SELinux.
#include "compliance/families/family.h"
#include "compliance/families/lines.h"
#include "compliance/families/running_processes.h"
#include "compliance/families/selinux.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kContextMax = std::size_t{64} << 10U;

// The names of one level of a context: as it is shown, and as the kernel has it.
struct LevelNames {
  EntityName sensitivity;
  EntityName category;
  EntityName raw_sensitivity;
  EntityName raw_category;
};

constexpr LevelNames kLow = {EntityName::low_sensitivity,
                             EntityName::low_category,
                             EntityName::rawlow_sensitivity,
                             EntityName::rawlow_category};
constexpr LevelNames kHigh = {EntityName::high_sensitivity,
                              EntityName::high_category,
                              EntityName::rawhigh_sensitivity,
                              EntityName::rawhigh_category};

// What stands before `separator`, which goes too; all of it when there is none.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return taken;
}

// A translator gives levels other names (mcstransd(8)); who asks for those is told nothing then.
void add_part(
    EntityName shown, EntityName raw, std::string_view text, bool is_translated, StoredItem& item) {
  if (text.empty()) {
    item.add_status(shown, Status::does_not_exist);
    item.add_status(raw, Status::does_not_exist);
    return;
  }
  if (is_translated) {
    item.add_status(shown, Status::not_collected);
  } else {
    item.add(shown, text);
  }
  item.add(raw, text);
}

// `s0`, `s0:c0.c1023`, or nothing.
void add_level(const LevelNames& names,
               std::string_view level,
               bool is_translated,
               StoredItem& item) {
  const std::string_view sensitivity = take_until(level, ':');
  add_part(names.sensitivity, names.raw_sensitivity, sensitivity, is_translated, item);
  add_part(names.category, names.raw_category, level, is_translated, item);
}

// `system_u:object_r:etc_t:s0-s15:c0.c1023`, with the NUL or line feed that the kernel puts behind
// it. False when it is no context.
bool add_context(std::string_view context, bool is_translated, StoredItem& item) {
  while (context.ends_with('\0') || context.ends_with('\n')) {
    context.remove_suffix(1);
  }
  const std::string_view user = take_until(context, ':');
  const std::string_view role = take_until(context, ':');
  const std::string_view type = take_until(context, ':');
  if (user.empty() || role.empty() || type.empty()) {
    return false;
  }
  item.add(EntityName::user, user);
  item.add(EntityName::role, role);
  item.add(EntityName::type, type);
  const std::string_view low = take_until(context, '-');
  add_level(kLow, low, is_translated, item);
  add_level(kHigh, context, is_translated, item);
  return true;
}

class ContextVisitor : public CollectingVisitor {
 public:
  ContextVisitor(const InspectedHost& host, const ObjectQuery& query, Collection& to)
      : CollectingVisitor(query, to), host_(host), enabled_(has_selinux(host)) {
    if (!enabled_) {
      to.note(Flag::not_applicable, "this host has no SELinux");
      return;
    }
    const auto translator = host.files->status("/var/run/setrans/.setrans-unix", FollowLast::yes);
    is_translated_ = !translator || *translator;
    if (names_processes() && has_processes(host, to)) {
      add_processes();
    }
  }

  void visit(WalkedFile& file) override {
    if (!enabled_) {
      return;
    }
    const auto context = host_.files->attribute(file.full_path(), "security.selinux");
    if (!context) {
      miss(Flag::error, context.error().what);
      return;
    }
    if (!*context && file.status() && !*file.status()) {
      return;  // it is gone
    }
    StoredItem item(Family::selinuxsecuritycontext);
    add_place(file, item);
    if (!*context || !add_context(**context, is_translated_, item)) {
      miss(Flag::error, "it has no context: " + file.full_path());
      return;
    }
    collection().add(item);
  }

 private:
  // Such an object has no path, and nothing is walked for it.
  [[nodiscard]] bool names_processes() const {
    return query().find(EntityName::pid) != nullptr &&
           query().find(EntityName::filepath) == nullptr &&
           query().find(EntityName::path) == nullptr;
  }

  void add_processes() {
    if (query().find(EntityName::pid)->entity().nil) {
      add_itself();
      return;
    }
    for (const std::int64_t pid : running_processes(host_, collection())) {
      const Verdict wanted = query().matches(EntityName::pid, ItemValue::of_integer(pid));
      if (wanted != Verdict::no) {
        add_process(pid, wanted);
      }
    }
  }

  // The program that looks.
  void add_itself() {
    const auto itself = host_.files->read_link("/proc/self");
    const auto pid = itself && *itself ? whole_number(**itself) : std::nullopt;
    if (pid) {
      add_process(*pid, Verdict::yes);
    } else {
      miss(Flag::error, "the number of this program is not known there");
    }
  }

  void add_process(std::int64_t pid, Verdict wanted) {
    const std::string path = "/proc/" + std::to_string(pid) + "/attr/current";
    const auto context = host_.files->read(path, kContextMax);
    if (!context) {
      miss(Flag::error, context.error().what);
      return;
    }
    if (!*context) {
      return;  // it has ended
    }
    StoredItem item(Family::selinuxsecuritycontext);
    item.add_integer(EntityName::pid, pid);
    if (!add_context(**context, is_translated_, item)) {
      miss(Flag::error, "it has no context: " + path);
      return;
    }
    collection().add_if(wanted, item, "the number of a process");
  }

  const InspectedHost& host_;
  bool enabled_;
  bool is_translated_ = false;
};

}  // namespace

std::unique_ptr<FileVisitor> visit_selinuxsecuritycontext(const InspectedHost& host,
                                                          const ObjectQuery& query,
                                                          Collection& to) {
  return std::make_unique<ContextVisitor>(host, query, to);
}

}  // namespace twoseal::scap
