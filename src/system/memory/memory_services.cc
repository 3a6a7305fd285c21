#include "system/memory/memory_services.h"

#include "base/limits.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::string_view kLocal = "/etc/systemd/system";

std::unexpected<Error> fail_unit(const std::string& unit, std::string what) {
  return fail(Errc::unit_failed, std::move(what), unit);
}

bool can_reload(const UnitFile& definition) {
  return definition.text.find("\nExecReload=") != Bytes::npos;
}

}  // namespace

// --- setting up -------------------------------------------------------------------------------

void MemoryServices::behave(const std::string& unit, MemoryUnitFaults behaviour) {
  const MutexLock lock(mutex_);
  units_[unit].behaviour = behaviour;
}

void MemoryServices::on_unit(const std::string& unit, UnitAct act, Hook hook) {
  const MutexLock lock(mutex_);
  units_[unit].hooks.emplace_back(act, std::move(hook));
}

void MemoryServices::put_active(const std::string& unit) {
  const MutexLock lock(mutex_);
  units_[unit].activity = UnitActivity::active;
  units_[unit].active_since = files_.stamp_us();
}

void MemoryServices::put_failed(const std::string& unit) {
  const MutexLock lock(mutex_);
  units_[unit].activity = UnitActivity::failed;
}

void MemoryServices::set_absent(bool absent) {
  const MutexLock lock(mutex_);
  absent_ = absent;
}

std::uint64_t MemoryServices::count(const std::string& unit, UnitAct act) const {
  const MutexLock lock(mutex_);
  const auto found = units_.find(unit);
  if (found == units_.end()) {
    return 0;
  }
  const auto count = found->second.counts.find(act);
  return count == found->second.counts.end() ? 0 : count->second;
}

std::uint64_t MemoryServices::definition_reloads() const {
  const MutexLock lock(mutex_);
  return definition_reloads_;
}

void MemoryServices::boot() {
  const MutexLock lock(mutex_);
  for (auto& [name, unit] : units_) {
    UnitFiles disk(files_);
    const auto enablement = disk.enablement(name);
    const bool runs =
        enablement && *enablement == UnitEnablement::enabled && !unit.behaviour.start_fails;
    unit.activity = runs ? UnitActivity::active : UnitActivity::inactive;
    unit.active_since = runs ? files_.stamp_us() : 0;
    unit.definition.reset();
  }
}

// --- states -----------------------------------------------------------------------------------

Result<void> MemoryServices::check_present() const {
  if (absent_) {
    return fail(Errc::service_manager_failed, "nobody answers", "/run/dbus/system_bus_socket");
  }
  return {};
}

// A unit that was loaded keeps its definition until all are read again; one that was not found is
// looked for each time, as systemd does.
Result<void> MemoryServices::load(const std::string& name, Unit& unit) const {
  if (!unit.definition) {
    TWOSEAL_TRY(unit.definition, UnitFiles(files_).find(name));
  }
  return {};
}

Result<std::vector<UnitState>> MemoryServices::states(std::span<const std::string> units) const {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::states, ""));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY_VOID(check_present());
  UnitFiles disk(files_);
  std::vector<UnitState> states;
  for (const std::string& name : units) {
    Unit& unit = units_[name];
    TWOSEAL_TRY_VOID(load(name, unit));
    TWOSEAL_TRY(const UnitEnablement enablement, disk.enablement(name));
    states.push_back({.unit = name,
                      .loaded = unit.definition && !unit.definition->masked,
                      .activity = unit.activity,
                      .enablement = enablement,
                      .active_since = unit.active_since});
  }
  return states;
}

// --- acts -------------------------------------------------------------------------------------

Result<void> MemoryServices::start(const std::string& name, Unit& unit) {
  if (!unit.definition) {
    return fail_unit(name, "no such unit");
  }
  if (unit.definition->masked) {
    return fail_unit(name, "is masked");
  }
  if (unit.activity == UnitActivity::active) {
    return {};
  }
  if (unit.behaviour.start_fails) {
    unit.activity = UnitActivity::failed;
    return fail_unit(name, "its start failed");
  }
  unit.activity = UnitActivity::active;
  unit.active_since = files_.stamp_us();
  return {};
}

Result<void> MemoryServices::stop(const std::string& name, Unit& unit, std::int64_t seconds_max) {
  if (!unit.definition && unit.activity != UnitActivity::active) {
    return fail_unit(name, "no such unit");
  }
  if (unit.behaviour.stop_hangs && unit.activity == UnitActivity::active) {
    unit.activity = UnitActivity::changing;
    return fail_unit(name, "did not finish in " + std::to_string(seconds_max) + " s");
  }
  unit.activity = UnitActivity::inactive;
  return {};
}

Result<void> MemoryServices::reload(const std::string& name, Unit& unit) {
  if (unit.activity != UnitActivity::active) {
    return fail_unit(name, "is not active, so it cannot reload");
  }
  if (!unit.definition || !can_reload(*unit.definition)) {
    return fail_unit(name, "cannot reload");
  }
  if (unit.behaviour.reload_fails) {
    return fail_unit(name, "its reload failed");
  }
  unit.active_since = files_.stamp_us();
  return {};
}

Result<void> MemoryServices::enable(const std::string& name, const Unit& unit) {
  if (!unit.definition || unit.definition->masked) {
    return fail_unit(name, unit.definition ? "is masked" : "no such unit");
  }
  const UnitInstall install = parse_unit_install(unit.definition->text);
  if (install.empty()) {
    return fail_unit(name, "has nothing to enable: its definition has no [Install]");
  }
  const auto link_in = [&](const std::vector<std::string>& targets, std::string_view suffix) {
    for (const std::string& target : targets) {
      const std::string directory = join_path(kLocal, target + std::string(suffix));
      files_.put_symlink(join_path(directory, name), unit.definition->path);
    }
  };
  link_in(install.wanted_by, ".wants");
  link_in(install.required_by, ".requires");
  for (const std::string& alias : install.aliases) {
    files_.put_symlink(join_path(kLocal, alias), unit.definition->path);
  }
  return {};
}

void MemoryServices::remove_links(const std::string& name) {
  const auto names = files_.list(std::string(kLocal), limits::kListMax);
  for (const std::string& entry : names ? *names : std::vector<std::string>()) {
    const std::string path = join_path(kLocal, entry);
    if (entry.ends_with(".wants") || entry.ends_with(".requires")) {
      files_.erase(join_path(path, name));
    } else if (const auto target = files_.read_link(path);
               target && name_in_parent(*target) == name) {
      files_.erase(path);
    }
  }
}

Result<void> MemoryServices::mask(const std::string& name) {
  const std::string path = join_path(kLocal, name);
  TWOSEAL_TRY(const auto there, files_.look(path));
  if (there && there->kind != FileKind::symlink) {
    return fail_unit(name, "cannot be masked: " + path + " is a file");
  }
  files_.put_symlink(path, "/dev/null");
  return {};
}

Result<void> MemoryServices::perform(UnitAct act,
                                     const std::string& name,
                                     Unit& unit,
                                     std::int64_t seconds_max) {
  switch (act) {
    case UnitAct::start:
      return start(name, unit);
    case UnitAct::stop:
      return stop(name, unit, seconds_max);
    case UnitAct::restart:
      TWOSEAL_TRY_VOID(stop(name, unit, seconds_max));
      return start(name, unit);
    case UnitAct::reload:
      return reload(name, unit);
    case UnitAct::enable:
      return enable(name, unit);
    case UnitAct::disable:
      remove_links(name);
      return {};
    case UnitAct::mask:
      TWOSEAL_TRY_VOID(mask(name));
      break;
    case UnitAct::unmask:
      if (const auto target = files_.read_link(join_path(kLocal, name));
          target && *target == "/dev/null") {
        files_.erase(join_path(kLocal, name));
      }
      break;
  }
  unit.definition.reset();
  return {};
}

Result<void> MemoryServices::act(UnitAct act, const std::string& unit, std::int64_t seconds_max) {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::act, unit));
  std::vector<Hook> hooks;
  {
    const MutexLock lock(mutex_);
    TWOSEAL_TRY_VOID(check_present());
    Unit& told = units_[unit];
    TWOSEAL_TRY_VOID(load(unit, told));
    faults_.step();
    TWOSEAL_TRY_VOID(perform(act, unit, told, seconds_max));
    for (const auto& [when, hook] : told.hooks) {
      if (when == act) {
        hooks.push_back(hook);
      }
    }
  }
  // Without the lock: a hook may ask and change the host.
  Result<void> done;
  for (std::size_t i = 0; i < hooks.size() && done; ++i) {
    done = hooks[i]();
  }
  const MutexLock lock(mutex_);
  Unit& told = units_[unit];
  if (done) {
    ++told.counts[act];
  } else if (act == UnitAct::start || act == UnitAct::restart) {
    told.activity = UnitActivity::failed;
  }
  return done;
}

Result<void> MemoryServices::reload_definitions() {
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::reload_definitions, ""));
  const MutexLock lock(mutex_);
  TWOSEAL_TRY_VOID(check_present());
  faults_.step();
  ++definition_reloads_;
  for (auto& [name, unit] : units_) {
    unit.definition.reset();
  }
  return {};
}

}  // namespace twoseal
