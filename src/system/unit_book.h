// What an inspection asks systemd: every unit that it has loaded, and all that it says of one.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace twoseal {

/// One property of a unit with its values; a list has several.
struct UnitProperty {
  std::string name;
  std::vector<std::string> values;
};

/// Errc::service_manager_failed when systemd cannot be asked, Errc::unit_failed when it says no.
class UnitBook {
 public:
  virtual ~UnitBook() = default;

  UnitBook() = default;
  UnitBook(const UnitBook&) = delete;
  UnitBook& operator=(const UnitBook&) = delete;

  /// Names of all loaded units.
  [[nodiscard]] virtual Result<std::vector<std::string>> names() = 0;

  /// All properties of a unit, which is loaded when it is not.
  [[nodiscard]] virtual Result<std::vector<UnitProperty>> properties(const std::string& unit) = 0;
};

}  // namespace twoseal
