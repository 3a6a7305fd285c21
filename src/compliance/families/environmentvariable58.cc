// environmentvariable58: the environment of a process; without a pid, of the inspecting program.
#include "compliance/families/family.h"
#include "compliance/families/lines.h"
#include "compliance/families/running_processes.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kEnvironMax = std::size_t{2} << 20U;

void add(const ObjectQuery& query,
         std::optional<std::int64_t> pid,
         std::string_view name,
         std::string_view value,
         Collection& to) {
  StoredItem item(Family::environmentvariable58);
  if (pid) {
    item.add_integer(EntityName::pid, *pid);
  }
  item.add(EntityName::name, name);
  item.add(EntityName::value, value);
  to.add_if(query.matches(EntityName::name, name), item, "the name of a variable");
}

void collect_of(const InspectedHost& host,
                const ObjectQuery& query,
                std::int64_t pid,
                Collection& to) {
  const Verdict wanted = query.matches(EntityName::pid, ItemValue::of_integer(pid));
  if (wanted == Verdict::no) {
    return;
  }
  if (wanted != Verdict::yes) {
    to.note(Flag::error, "the number of a process cannot be compared");
    return;
  }
  const auto environ = host.files->read("/proc/" + std::to_string(pid) + "/environ", kEnvironMax);
  if (!environ) {
    to.note(Flag::error, environ.error().what);
    return;
  }
  const std::string_view all = *environ ? std::string_view(**environ) : std::string_view();
  for (const std::string_view each : split_at(all, '\0')) {
    const std::size_t equals = each.find('=');
    if (equals != std::string_view::npos) {
      add(query, pid, each.substr(0, equals), each.substr(equals + 1), to);
    }
  }
}

}  // namespace

void collect_environmentvariable58(const InspectedHost& host,
                                   const ObjectQuery& query,
                                   Collection& to) {
  if (host.kernel == nullptr) {
    to.note(Flag::not_collected, "no running process belongs to this root");
    return;
  }
  const Matcher* pid = query.find(EntityName::pid);
  if (pid != nullptr && !pid->entity().nil) {
    if (!has_processes(host, to)) {
      return;
    }
    for (const std::int64_t each : running_processes(host, to)) {
      collect_of(host, query, each, to);
    }
    return;
  }
  // What a program inherits is what its administrator has.
  for (const EnvironmentVariable& each : host.kernel->environment()) {
    add(query, std::nullopt, each.name, each.value, to);
  }
}

}  // namespace twoseal::scap
