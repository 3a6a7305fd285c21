// UnitBook over D-Bus: one call for all names, one for all properties of a unit.
// Source: org.freedesktop.systemd1(5).
#pragma once

#include <optional>
#include <string>

#include "system/linux/sd_bus.h"
#include "system/unit_book.h"

namespace twoseal {

class LinuxUnitBook : public UnitBook {
 public:
  /// Connects when it is first asked. `bus`: the address of the system bus.
  explicit LinuxUnitBook(std::string bus) : address_(std::move(bus)) {}

  [[nodiscard]] Result<std::vector<std::string>> names() override;
  [[nodiscard]] Result<std::vector<UnitProperty>> properties(const std::string& unit) override;

 private:
  [[nodiscard]] Result<void> connect();
  [[nodiscard]] Result<SdBusMessage> call(const std::string& path,
                                          const char* interface,
                                          const char* method,
                                          const char* argument);
  [[nodiscard]] UnitProperty read_property(sd_bus_message* answer);
  void read_value(sd_bus_message* answer, const char* type, UnitProperty& property);
  void read_list(sd_bus_message* answer, UnitProperty& property);

  std::string address_;
  const SdBusFunctions* functions_ = nullptr;
  SdBus bus_;
  std::optional<Error> failed_;  // once it could not be reached, it is not tried again
};

}  // namespace twoseal
