// For tests: work on a host in memory that may crash in its midst.
#pragma once

#include "system/memory/memory_faults.h"

namespace twoseal::test {

/// Whether the process crashed in the midst of `work`: MemoryFaults::crash_after().
bool crashes(const auto& work) {
  try {
    work();
    return false;
  } catch (const MemoryCrash&) {
    return true;
  }
}

}  // namespace twoseal::test
