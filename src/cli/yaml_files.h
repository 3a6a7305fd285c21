// Files that a YAML file names: looked for beside it.
#pragma once

#include <string>

#include "authoring/table.h"

namespace twoseal::cli {

/// Reads regular files; relative names begin in the directory of `path`.
[[nodiscard]] authoring::Reader reader_beside(const std::string& path);

}  // namespace twoseal::cli
