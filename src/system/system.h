// A host behind interfaces. Two implementations: linux/ (this machine) and memory/ (a whole host
// in a few kilobytes, for tests, simulations and the demo).
#pragma once

#include "base/clock.h"
#include "system/facts.h"
#include "system/files.h"
#include "system/kernel.h"
#include "system/packages.h"
#include "system/processes.h"
#include "system/services.h"

namespace twoseal {

class System {
 public:
  virtual ~System() = default;

  System() = default;
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  [[nodiscard]] virtual FileSystem& files() = 0;
  [[nodiscard]] virtual Services& services() = 0;
  [[nodiscard]] virtual Packages& packages() = 0;
  [[nodiscard]] virtual Kernel& kernel() = 0;
  [[nodiscard]] virtual Processes& processes() = 0;
  [[nodiscard]] virtual Clock& clock() = 0;

  [[nodiscard]] virtual Facts facts() const = 0;

  /// Names this boot of the machine: another one after each boot.
  [[nodiscard]] virtual std::string boot_id() const = 0;
};

}  // namespace twoseal
