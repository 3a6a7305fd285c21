// UnitBook over D-Bus: one call for all names, one for all properties of a unit.
// Source: org.freedesktop.systemd1(5).
#pragma once

#include <optional>
#include <string>

#include "system/linux/linux_file_tree.h"
#include "system/linux/sd_bus.h"
#include "system/unit_book.h"

namespace twoseal {

class LinuxUnitBook : public UnitBook {
 public:
  /// Connects when it is first asked, to the system bus that has its socket below the root, and
  /// to no other, whatever links there say. `files` must outlive it.
  explicit LinuxUnitBook(const LinuxFileTree& files) : files_(files) {}

  [[nodiscard]] Result<std::vector<std::string>> names() override;
  [[nodiscard]] Result<std::vector<UnitProperty>> properties(const std::string& unit) override;

 private:
  [[nodiscard]] Result<void> connect();
  [[nodiscard]] Result<SdBusMessage> call(const std::string& path,
                                          const char* interface,
                                          const char* method,
                                          const char* argument);
  [[nodiscard]] Result<SdBus> open_bus();
  [[nodiscard]] Result<UnitProperty> read_property(sd_bus_message* answer);
  // Negative when the answer cannot be read.
  int read_value(sd_bus_message* answer, const char* type, UnitProperty& property);
  int read_list(sd_bus_message* answer, UnitProperty& property);

  const LinuxFileTree& files_;
  const SdBusFunctions* functions_ = nullptr;
  SdBus bus_;
  std::optional<Error> failed_;  // once it could not be reached, it is not tried again
};

}  // namespace twoseal
