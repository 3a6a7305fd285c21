// The services of this machine: systemd over D-Bus, and the links on disk.
#pragma once

#include <string>

#include "system/files.h"
#include "system/services.h"

namespace twoseal {

/// Each verb has a connection of its own (1 ms), so several threads may use it at once.
class LinuxServices final : public Services {
 public:
  /// `files` must outlive it. `bus`: a D-Bus address, as `unix:path=/run/dbus/system_bus_socket`.
  LinuxServices(const FileSystem& files, std::string bus) : files_(files), bus_(std::move(bus)) {}

  [[nodiscard]] Result<std::vector<UnitState>> states(
      std::span<const std::string> units) const override;
  [[nodiscard]] Result<void> act(UnitAct act,
                                 const std::string& unit,
                                 std::int64_t seconds_max) override;
  [[nodiscard]] Result<void> reload_definitions() override;

 private:
  const FileSystem& files_;
  std::string bus_;
};

}  // namespace twoseal
