// Files that a YAML file names: looked for beside it.
#pragma once

#include <string>

#include "authoring/table.h"

namespace twoseal::cli {

/// Reads regular files that lie below the directory of `path`, not those that a link or `..` leads
/// out of it to: what a change or state names is sent to the server.
[[nodiscard]] authoring::Reader reader_below(const std::string& path);

/// Reads regular files wherever they are, for public keys; relative names begin in the directory of
/// `path`.
[[nodiscard]] authoring::Reader reader_beside(const std::string& path);

}  // namespace twoseal::cli
