// Where a path leads when the links on its way are followed.
#pragma once

#include <string>

#include "system/files.h"

namespace twoseal {

/// The path without links that names what `path` names. The last part is never followed, as in
/// FileSystem; what is behind a part that is not there stays as it is written. Errc::unsafe_path
/// for a path that is not plain or has more than kLinksMax links on its way; errors of `files`.
[[nodiscard]] Result<std::string> real_path(const FileSystem& files, const std::string& path);

}  // namespace twoseal
