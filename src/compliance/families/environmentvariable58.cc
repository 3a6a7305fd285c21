// environmentvariable58: the environment of a process; without a pid, of the inspecting program.
#include "compliance/families/family.h"
#include "compliance/families/lines.h"

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
                const std::string& process,
                Collection& to) {
  const auto environ = host.files->read("/proc/" + process + "/environ", kEnvironMax);
  if (!environ) {
    to.note(Flag::error, environ.error().what);
    return;
  }
  std::string_view rest = *environ ? std::string_view(**environ) : std::string_view();
  for (const std::string_view each : split_at(rest, '\0')) {
    const std::size_t equals = each.find('=');
    if (equals != std::string_view::npos) {
      add(query, whole_number(process), each.substr(0, equals), each.substr(equals + 1), to);
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
    for (const Wanted& wanted : pid->wanted()) {
      if (whole_number(wanted.text)) {
        collect_of(host, query, wanted.text, to);
      }
    }
    return;
  }
  // What a program inherits is what its administrator has.
  for (const std::string& name :
       query.literals(EntityName::name).value_or(std::vector<std::string>())) {
    if (const auto value = host.kernel->environment(name)) {
      add(query, std::nullopt, name, *value, to);
    }
  }
}

}  // namespace twoseal::scap
