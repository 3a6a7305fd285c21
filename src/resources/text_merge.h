// Taking an edit back out of a text that was edited elsewhere since.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace twoseal {

/// `mine`, which once was `base`, with the lines as `theirs` has them where `base` and `theirs`
/// differ. Nothing when `mine` has changed these very lines, when lines of others follow on the
/// heading of a section that would go, and when a last line is without its end: then nobody can say
/// what the lines should be. What both have changed alike stands as both have it. Works on octets:
/// lines need not be text.
[[nodiscard]] std::optional<Bytes> merge_texts(BytesView base, BytesView mine, BytesView theirs);

}  // namespace twoseal
