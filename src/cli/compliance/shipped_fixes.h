// The files of content/fixes, which are built into the program.
#pragma once

#include "authoring/fixes_yaml.h"
#include "base/result.h"

namespace twoseal::cli {

/// All of them as one, in the order of their names. Errors of read_fixes(), which the tests of
/// these files rule out.
[[nodiscard]] Result<authoring::FixFile> shipped_fixes();

}  // namespace twoseal::cli
