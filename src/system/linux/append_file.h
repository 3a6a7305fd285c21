// A file of this machine that only grows: the journal.
#pragma once

#include <memory>
#include <string>

#include "system/files.h"
#include "system/linux/linux_paths.h"

namespace twoseal {

/// FileSystem::append_to().
[[nodiscard]] Result<std::unique_ptr<AppendFile>> open_append_file(const LinuxPaths& paths,
                                                                   const std::string& path);

}  // namespace twoseal
