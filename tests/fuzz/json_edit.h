// Canonical JSON, changed a little and still canonical: what gets past the scanner to the tables
// and rules behind it.
#pragma once

#include "base/bytes.h"
#include "tests/fuzz/choices.h"

namespace twoseal::fuzz {

/// `bytes` with one member, item or value changed as `choices` say. What is not canonical is
/// damaged as octets instead.
[[nodiscard]] Bytes edit_json(const Bytes& bytes, Choices& choices);

}  // namespace twoseal::fuzz
