// Unpredictable octets: keys, nonces, salts.
#pragma once

#include "base/bytes.h"

namespace twoseal {

/// `count` octets from OpenSSL's generator, which the kernel seeds. Stops the process when there
/// are none to be had: nothing safe can follow. May be called by several threads at once.
[[nodiscard]] Bytes random_bytes(std::size_t count);

}  // namespace twoseal
