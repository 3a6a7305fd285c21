// One conversation with systemd's manager over D-Bus.
// Source: org.freedesktop.systemd1(5).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "system/linux/sd_bus.h"
#include "system/services.h"

namespace twoseal {

/// A row of ListUnitsByNames.
struct SystemdUnit {
  std::string load;    ///< `loaded`, `not-found`, `masked` …
  std::string active;  ///< `active`, `reloading`, `inactive`, `failed`, `activating` …
  std::string path;    ///< of the unit's object
};

/// Errors of every verb: Errc::service_manager_failed; Errc::unit_failed where systemd says no.
class SystemdManager {
 public:
  [[nodiscard]] static Result<SystemdManager> open(const std::string& bus);

  /// Rows in the order of `units`, each of which must be a name that systemd accepts here.
  [[nodiscard]] Result<std::vector<SystemdUnit>> list(const std::vector<std::string>& units);

  /// A time of each unit object, in microseconds since 1970, asked for all at once. `properties`:
  /// its name for each of `paths`. 0 where systemd has none.
  [[nodiscard]] Result<std::vector<std::int64_t>> times(const std::vector<std::string>& paths,
                                                        const std::vector<std::string>& properties);

  /// `method`: StartUnit and its likes. Waits for the job.
  [[nodiscard]] Result<void> run_job(const char* method,
                                     const std::string& unit,
                                     std::int64_t seconds_max);

  /// EnableUnitFiles, DisableUnitFiles, MaskUnitFiles, UnmaskUnitFiles.
  [[nodiscard]] Result<void> change_files(UnitAct act, const std::string& unit);

  /// Reads all definitions again.
  [[nodiscard]] Result<void> reload();

 private:
  SystemdManager(const SdBusFunctions& functions, SdBus bus)
      : functions_(functions), bus_(std::move(bus)) {}

  Result<SdBusMessage> new_call(const std::string& path, const char* interface, const char* method);
  Result<SdBusMessage> call(const SdBusMessage& message, const std::string& unit);
  Result<void> wait_for_job(const std::string& job,
                            const std::map<std::string, std::string>& ended,
                            const std::string& unit,
                            std::int64_t seconds_max);

  const SdBusFunctions& functions_;
  SdBus bus_;
};

}  // namespace twoseal
