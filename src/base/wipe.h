// Octets that must not stay in memory.
#pragma once

#include "base/bytes.h"

namespace twoseal {

/// Overwrites what `bytes` holds, its unused capacity included, and makes it empty.
void wipe(Bytes& bytes);

}  // namespace twoseal
