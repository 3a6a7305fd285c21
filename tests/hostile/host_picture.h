// What stands on a host in memory, as plain text, so that two moments can be compared.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "system/memory/memory_system.h"

namespace twoseal::hostile {

/// What each thing is, by its name: a path, a unit, `programs`.
using Picture = std::map<std::string, std::string>;

/// Every file, its content, owner and moment of change, each unit, and the programs that were run.
/// What lies at or below `but` is left out.
[[nodiscard]] Picture picture_of_host(MemorySystem& system, const std::string& but);

/// Every file below the agent's directory `home`. What the archive of held documents holds stands
/// there one by one; the floor of time, which every signed freshness statement may raise, as
/// `floor`. The reserve is left out.
[[nodiscard]] Picture picture_of_home(MemorySystem& system, const std::string& home);

/// Names of what differs.
[[nodiscard]] std::vector<std::string> differences(const Picture& before, const Picture& after);

}  // namespace twoseal::hostile
