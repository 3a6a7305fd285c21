// What people write, compiled for an organisation that exists: the files that become of it, under
// the names they have in a decision directory. docs/formats/yaml.md.
#pragma once

#include <string>

#include "cli/verb.h"
#include "policy/bundle.h"

namespace twoseal::cli {

/// `canon --compile FILE`: see the flags of `canon`. Errc::bad_yaml with file:line:column;
/// Errc::usage with the flag that is missing; errors of reading files and the directory.
[[nodiscard]] Result<Report> compile_file(const std::string& path,
                                          const Arguments& arguments,
                                          const Session& session);

}  // namespace twoseal::cli
