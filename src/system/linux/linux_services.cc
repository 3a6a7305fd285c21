#include "system/linux/linux_services.h"

#include "system/linux/systemd_manager.h"
#include "system/unit_files.h"

namespace twoseal {
namespace {

UnitActivity activity_of(const std::string& active) {
  if (active == "active") {
    return UnitActivity::active;
  }
  if (active == "inactive") {
    return UnitActivity::inactive;
  }
  return active == "failed" ? UnitActivity::failed : UnitActivity::changing;
}

// A unit that systemd can be asked for: the template of instances is none.
bool can_be_asked(const std::string& unit) {
  return is_unit_name(unit) && unit.find("@.") == std::string::npos;
}

// A reload takes a service from active to reloading and back, which moves StateChangeTimestamp and
// leaves ActiveEnterTimestamp and ExecMainStartTimestamp as they are: measured with systemd 252 on
// ssh.service, where a reload of the definitions moved none of them. A timer changes its state each
// time it elapses, and only services reload, so all others are told by ActiveEnterTimestamp.
const char* time_of(const UnitState& state) {
  const bool reloads = state.unit.ends_with(".service") && state.activity == UnitActivity::active;
  return reloads ? "StateChangeTimestamp" : "ActiveEnterTimestamp";
}

// Fills in what systemd says of those units that it can be asked for.
Result<void> ask(const std::string& bus, std::vector<UnitState>& states) {
  std::vector<std::string> names;
  std::vector<UnitState*> asked;
  for (UnitState& state : states) {
    if (can_be_asked(state.unit)) {
      names.push_back(state.unit);
      asked.push_back(&state);
    }
  }
  TWOSEAL_TRY(SystemdManager manager, SystemdManager::open(bus));
  TWOSEAL_TRY(const std::vector<SystemdUnit> rows, manager.list(names));
  std::vector<std::string> paths;
  std::vector<std::string> properties;
  std::vector<UnitState*> timed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    asked[i]->loaded = rows[i].load == "loaded";
    asked[i]->activity = activity_of(rows[i].active);
    if (asked[i]->loaded || asked[i]->activity != UnitActivity::inactive) {
      paths.push_back(rows[i].path);
      properties.emplace_back(time_of(*asked[i]));
      timed.push_back(asked[i]);
    }
  }
  TWOSEAL_TRY(const std::vector<std::int64_t> times, manager.times(paths, properties));
  for (std::size_t i = 0; i < times.size(); ++i) {
    timed[i]->active_since = times[i];
  }
  return {};
}

Result<void> perform(SystemdManager& manager,
                     UnitAct act,
                     const std::string& unit,
                     std::int64_t seconds_max) {
  switch (act) {
    case UnitAct::start:
      return manager.run_job("StartUnit", unit, seconds_max);
    case UnitAct::stop:
      return manager.run_job("StopUnit", unit, seconds_max);
    case UnitAct::restart:
      return manager.run_job("RestartUnit", unit, seconds_max);
    case UnitAct::reload:
      return manager.run_job("ReloadUnit", unit, seconds_max);
    default:
      return manager.change_files(act, unit);
  }
}

}  // namespace

Result<std::vector<UnitState>> LinuxServices::states(std::span<const std::string> units) const {
  std::vector<UnitState> states;
  UnitFiles disk(files_);
  for (const std::string& unit : units) {
    states.push_back({.unit = unit});
    if (is_unit_name(unit)) {
      TWOSEAL_TRY(states.back().enablement, disk.enablement(unit));
    }
  }
  if (!states.empty()) {
    TWOSEAL_TRY_VOID(ask(bus_, states));
  }
  return states;
}

Result<void> LinuxServices::act(UnitAct act, const std::string& unit, std::int64_t seconds_max) {
  if (!is_unit_name(unit)) {
    return fail(Errc::unit_failed, "is no name of a unit", unit);
  }
  TWOSEAL_TRY(SystemdManager manager, SystemdManager::open(bus_));
  return perform(manager, act, unit, seconds_max);
}

Result<void> LinuxServices::reload_definitions() {
  TWOSEAL_TRY(SystemdManager manager, SystemdManager::open(bus_));
  return manager.reload();
}

}  // namespace twoseal
