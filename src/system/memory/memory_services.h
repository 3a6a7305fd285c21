// The service manager of a host in memory. Definitions are unit files in its tree of files and
// enablement is links there, as systemd has them; what runs is a table.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/mutex.h"
#include "system/memory/memory_faults.h"
#include "system/memory/memory_files.h"
#include "system/services.h"
#include "system/unit_files.h"

namespace twoseal {

/// How a unit behaves badly.
struct MemoryUnitFaults {
  bool start_fails = false;   ///< it ends at once: failed
  bool stop_hangs = false;    ///< its stop never ends: changing
  bool reload_fails = false;  ///< it answers a reload with an error and stays active
};

class MemoryServices final : public Services {
 public:
  /// What a unit does when it is told to, after the service manager did its part. An error is that
  /// of the act (so let it be Errc::unit_failed), and the unit has failed when it was to start.
  using Hook = std::function<Result<void>()>;

  /// Both must outlive it.
  MemoryServices(MemoryFiles& files, MemoryFaults& faults) : files_(files), faults_(faults) {}

  void behave(const std::string& unit, MemoryUnitFaults behaviour);

  /// Several hooks of one act run in their order. For restart those of stop and start do not run.
  void on_unit(const std::string& unit, UnitAct act, Hook hook);

  /// Makes it active without a step, as at boot.
  void put_active(const std::string& unit);

  /// It ends on its own: failed.
  void put_failed(const std::string& unit);

  /// Every verb fails while it is gone (no systemd, no D-Bus).
  void set_absent(bool absent);

  /// How often `act` succeeded on `unit`.
  [[nodiscard]] std::uint64_t count(const std::string& unit, UnitAct act) const;

  /// How often reload_definitions() succeeded.
  [[nodiscard]] std::uint64_t definition_reloads() const;

  /// What is enabled runs, nothing else does, and definitions are those on disk.
  void boot();

  [[nodiscard]] Result<std::vector<UnitState>> states(
      std::span<const std::string> units) const override;
  [[nodiscard]] Result<void> act(UnitAct act,
                                 const std::string& unit,
                                 std::int64_t seconds_max) override;
  [[nodiscard]] Result<void> reload_definitions() override;

 private:
  /// `definition`: as it was read last; nothing: not read since the definitions were reloaded.
  struct Unit {
    UnitActivity activity = UnitActivity::inactive;
    std::int64_t active_since = 0;
    std::optional<UnitFile> definition;
    MemoryUnitFaults behaviour;
    std::map<UnitAct, std::uint64_t> counts;
    std::vector<std::pair<UnitAct, Hook>> hooks;
  };

  Result<void> check_present() const REQUIRES(mutex_);
  Result<void> load(const std::string& name, Unit& unit) const REQUIRES(mutex_);
  Result<void> perform(UnitAct act, const std::string& name, Unit& unit, std::int64_t seconds_max)
      REQUIRES(mutex_);
  Result<void> start(const std::string& name, Unit& unit) REQUIRES(mutex_);
  Result<void> stop(const std::string& name, Unit& unit, std::int64_t seconds_max) REQUIRES(mutex_);
  Result<void> reload(const std::string& name, Unit& unit) REQUIRES(mutex_);
  Result<void> enable(const std::string& name, const Unit& unit);
  Result<void> mask(const std::string& name);
  void remove_links(const std::string& name);

  MemoryFiles& files_;
  MemoryFaults& faults_;
  mutable Mutex mutex_;
  mutable std::map<std::string, Unit, std::less<>> units_ GUARDED_BY(mutex_);
  bool absent_ GUARDED_BY(mutex_) = false;
  std::uint64_t definition_reloads_ GUARDED_BY(mutex_) = 0;
};

}  // namespace twoseal
