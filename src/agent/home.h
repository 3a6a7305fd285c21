// The directory of the agent: 0700, root's, on a local file system. docs/formats/agent-home.md.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "system/files.h"

namespace twoseal {

/// Files are whole or not there: written beside, synced, renamed. Names are relative and may have
/// one directory before them: `journal`, `held/roster-1.json`. Safe for several threads at once as
/// far as they use different names.
class AgentHome {
 public:
  /// `files` must outlive it. `directory`: absolute.
  AgentHome(FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  /// Makes the directory, the one it lies in and its parts where they are missing.
  /// Errc::unsafe_path when somebody else than root owns one of them or may write to it, or
  /// something else stands there.
  [[nodiscard]] Result<void> prepare();

  /// Removes what a crash left half written. Not while another process writes here.
  [[nodiscard]] Result<void> sweep();

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

  [[nodiscard]] const std::string& directory() const { return directory_; }

  [[nodiscard]] FileSystem& files() { return files_; }

  /// Nothing when there is no such file.
  [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& name,
                                                  std::size_t size_max) const;

  [[nodiscard]] Result<void> write(const std::string& name, Bytes bytes);

  /// Several files at once, synced together.
  struct NamedBytes {
    std::string name;
    std::shared_ptr<const Bytes> bytes;
  };

  [[nodiscard]] Result<void> write_all(const std::vector<NamedBytes>& files);

  /// Removing what is not there is no error.
  [[nodiscard]] Result<void> remove(const std::string& name);

  /// Names in one of its directories, ascending; none when it is not there.
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) const;

  /// Does `work`. On a full disk it gives back the octets that are kept for bad times and does it
  /// once more: for undo, and for what has to be told.
  [[nodiscard]] Result<void> with_reserve(const std::function<Result<void>()>& work);

  /// Takes those octets (again) when the disk has at least as many more; no error when it has not.
  [[nodiscard]] Result<void> keep_reserve();

 private:
  [[nodiscard]] static std::shared_ptr<const Bytes> reserve_bytes();
  [[nodiscard]] Result<void> make_directory(const std::string& path, std::uint32_t mode);

  FileSystem& files_;
  std::string directory_;
};

/// Octets that stay free for refusals, undo and emergencies.
inline constexpr std::size_t kReserveSize = std::size_t{16} * 1024 * 1024;

}  // namespace twoseal
