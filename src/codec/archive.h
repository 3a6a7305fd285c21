// The zip of an evidence file: stored, in path order, without times, every byte accounted for.
// docs/formats/evidence.md.
#pragma once

#include <map>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal::codec {

inline constexpr std::size_t kArchiveMax = 256U * 1024 * 1024;  ///< octets
inline constexpr std::size_t kArchiveFilesMax = 60'000;
inline constexpr std::size_t kArchivePathMax = 200;  ///< octets

/// Paths and contents.
using ArchiveFiles = std::map<std::string, Bytes, std::less<>>;

/// Whether `path` may stand in an archive: parts of letters, digits and `._-` separated by `/`,
/// none of them `.` or `..`.
[[nodiscard]] bool is_archive_path(std::string_view path);

/// The one archive that holds `files`. Errc::bad_zip for a path or number of files beyond the
/// limits, Errc::too_large beyond kArchiveMax.
[[nodiscard]] Result<Bytes> write_archive(const ArchiveFiles& files);

/// The files of an archive that write_archive() could have written; any other octet anywhere is
/// refused with Errc::bad_zip. Contents are copied out of `bytes`, never inflated.
[[nodiscard]] Result<ArchiveFiles> read_archive(BytesView bytes);

}  // namespace twoseal::codec
