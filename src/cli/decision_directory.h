// Decision directories on disk. docs/formats/decision-directory.md.
#pragma once

#include <string>

#include "base/os_file.h"
#include "policy/bundle.h"

namespace twoseal::cli {

/// A decision directory as it was found. What is no regular file, too large or unreadable is
/// `unread`, so that it is refused and named rather than skipped.
struct FoundDirectory {
  Files files;
  Unread unread;
};

/// The files of the directory `path`, by their paths in it. Errc::no_input when the directory
/// itself cannot be read, Errc::too_large when it holds too many files.
[[nodiscard]] Result<FoundDirectory> find_decision_directory(const std::string& path);

/// The same for who needs every file: an error for the first one that is unread.
[[nodiscard]] Result<Files> read_decision_directory(const std::string& path);

/// Writes `files` into the new directory `path`. Errc::exists_already when it is there; errors of
/// write_file().
[[nodiscard]] Result<void> write_decision_directory(const std::string& path,
                                                    const Files& files,
                                                    Durability durability = Durability::synced);

/// Writes `files` into the directory `path`, which may exist, over files of the same names. Errors
/// of write_file(); what was written before one of them stays.
[[nodiscard]] Result<void> write_into_directory(const std::string& path, const Files& files);

}  // namespace twoseal::cli
