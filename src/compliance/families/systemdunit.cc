// systemdunitproperty and systemdunitdependency: units as systemd knows them.
#include <algorithm>
#include <deque>
#include <set>

#include "compliance/families/family.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kUnitsMax = 10'000;

// Units whose names are wanted; notes an error when systemd cannot be asked.
std::vector<std::string> wanted_units(const InspectedHost& host,
                                      const ObjectQuery& query,
                                      Collection& to) {
  if (host.units == nullptr) {
    to.note(Flag::error, "systemd cannot be asked about units: it does not run here");
    return {};
  }
  const auto names = host.units->names();
  if (!names) {
    to.note(Flag::error, names.error().what);
    return {};
  }
  std::vector<std::string> wanted;
  for (const std::string& name : *names) {
    const Verdict verdict = query.matches(EntityName::unit, name);
    if (verdict == Verdict::yes) {
      wanted.push_back(name);
    } else if (verdict != Verdict::no) {
      to.note(Flag::error, "the name of a unit cannot be compared");
    }
  }
  return wanted;
}

// Everything that a unit pulls in, straight or through others.
std::set<std::string> dependencies_of(UnitBook& units, const std::string& unit, Collection& to) {
  constexpr std::string_view kPulls[] = {"Requires", "Wants", "Requisite", "BindsTo"};
  std::set<std::string> found;
  std::deque<std::string> open = {unit};
  while (!open.empty() && found.size() < kUnitsMax) {
    const std::string at = open.front();
    open.pop_front();
    const auto properties = units.properties(at);
    if (!properties) {
      to.note(Flag::error, properties.error().what);
      return found;
    }
    for (const UnitProperty& property : *properties) {
      if (std::find(std::begin(kPulls), std::end(kPulls), property.name) == std::end(kPulls)) {
        continue;
      }
      for (const std::string& name : property.values) {
        if (name != unit && found.insert(name).second && name.ends_with(".target")) {
          open.push_back(name);
        }
      }
    }
  }
  if (!open.empty()) {
    to.note(Flag::incomplete, unit + " needs more than " + std::to_string(kUnitsMax) + " units");
  }
  return found;
}

}  // namespace

void collect_systemdunitproperty(const InspectedHost& host,
                                 const ObjectQuery& query,
                                 Collection& to) {
  for (const std::string& unit : wanted_units(host, query, to)) {
    const auto properties = host.units->properties(unit);
    if (!properties) {
      to.note(Flag::error, properties.error().what);
      continue;
    }
    for (const UnitProperty& property : *properties) {
      StoredItem item(Family::systemdunitproperty);
      item.add(EntityName::unit, unit);
      item.add(EntityName::property, property.name);
      for (const std::string& value : property.values) {
        item.add(EntityName::value, value);
      }
      to.add_if(query.matches(EntityName::property, property.name), item, "a property of a unit");
    }
  }
}

void collect_systemdunitdependency(const InspectedHost& host,
                                   const ObjectQuery& query,
                                   Collection& to) {
  for (const std::string& unit : wanted_units(host, query, to)) {
    StoredItem item(Family::systemdunitdependency);
    item.add(EntityName::unit, unit);
    for (const std::string& name : dependencies_of(*host.units, unit, to)) {
      item.add(EntityName::dependency, name);
    }
    to.add(item);
  }
}

}  // namespace twoseal::scap
