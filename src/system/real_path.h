// Where a path leads when the links on its way are followed.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "system/files.h"

namespace twoseal {

/// The path without links that names what `path` names. The last part is never followed, as in
/// FileSystem; what is behind a part that is not there stays as it is written. Errc::unsafe_path
/// for a path that is not plain or has more than kLinksMax links on its way; errors of `files`.
[[nodiscard]] Result<std::string> real_path(const FileSystem& files, const std::string& path);

/// The target of the link at a path; nothing when no link is there. Errors of `files`.
[[nodiscard]] Result<std::optional<std::string>> link_at(const FileSystem& files,
                                                         const std::string& path);

/// The same, however it is known.
using LinkReader = std::function<Result<std::optional<std::string>>(const std::string& path)>;

/// The same where something else knows what links there are.
[[nodiscard]] Result<std::string> real_path(const LinkReader& links, const std::string& path);

}  // namespace twoseal
