// Taking an edit back out of a text that was edited elsewhere since.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace twoseal {

/// `mine`, which once was `base`, with the lines as `theirs` has them where `base` and `theirs`
/// differ. Nothing when `mine` has changed these very lines: then nobody can say what they should
/// be. What both have changed alike stands as both have it, so that the same merge may be done
/// twice. Works on octets: lines need not be text.
[[nodiscard]] std::optional<Bytes> merge_texts(BytesView base, BytesView mine, BytesView theirs);

}  // namespace twoseal
