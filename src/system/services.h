// The services of a host: units of systemd.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"

namespace twoseal {

enum class UnitActivity : std::uint8_t { active, inactive, failed, changing };

/// `fixed`: has nothing to enable (static, indirect, generated, transient).
enum class UnitEnablement : std::uint8_t { enabled, disabled, masked, fixed, absent };

/// `loaded`: a definition of it was found. `active_since`: when it last became active or was last
/// reloaded, in microseconds since 1970; 0 when never.
struct UnitState {
  std::string unit;
  bool loaded = false;
  UnitActivity activity = UnitActivity::inactive;
  UnitEnablement enablement = UnitEnablement::absent;
  std::int64_t active_since = 0;

  bool operator==(const UnitState&) const = default;
};

enum class UnitAct : std::uint8_t { start, stop, restart, reload, enable, disable, mask, unmask };

[[nodiscard]] std::string_view name_of(UnitAct act);

/// Errors of every verb: Errc::service_manager_failed when the service manager is not there or does
/// not answer.
class Services {
 public:
  virtual ~Services() = default;

  Services() = default;
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  /// The states of `units`, in their order, by one question for all; enablement is read from links
  /// on disk.
  [[nodiscard]] virtual Result<std::vector<UnitState>> states(
      std::span<const std::string> units) const = 0;

  /// Does it and waits until it is done. A reload of a unit that cannot reload, or is not active,
  /// fails. Errc::unit_failed with what the service manager says, also when it takes longer than
  /// `seconds_max`: then the job goes on without us.
  [[nodiscard]] virtual Result<void> act(UnitAct act,
                                         const std::string& unit,
                                         std::int64_t seconds_max) = 0;

  /// Reads all definitions of units again.
  [[nodiscard]] virtual Result<void> reload_definitions() = 0;
};

}  // namespace twoseal
