// The files of this machine.
#pragma once

#include <atomic>
#include <string>

#include "system/files.h"
#include "system/linux/linux_paths.h"

namespace twoseal {

class LinuxFiles final : public FileSystem {
 public:
  /// `root`: the directory that is `/` for every path.
  explicit LinuxFiles(const std::string& root) : paths_(root) {}

  [[nodiscard]] Result<std::optional<FileInfo>> look(const std::string& path) const override;
  [[nodiscard]] Result<FileBytes> read(const std::string& path,
                                       std::size_t size_max) const override;
  [[nodiscard]] Result<FileDigest> digest(const std::string& path,
                                          std::uint64_t size_max) const override;
  [[nodiscard]] Result<std::string> read_link(const std::string& path) const override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path,
                                                      std::size_t count_max) const override;
  [[nodiscard]] Result<bool> readable_by_all(const std::string& path) const override;
  [[nodiscard]] Result<void> apply(std::span<const FileChange> changes) override;
  [[nodiscard]] Result<std::unique_ptr<AppendFile>> append_to(const std::string& path) override;
  [[nodiscard]] Result<std::uint64_t> free_space(const std::string& path) const override;
  [[nodiscard]] Result<std::unique_ptr<AccountLock>> lock_accounts() override;

  [[nodiscard]] const LinuxPaths& paths() const { return paths_; }

 private:
  LinuxPaths paths_;
  // A record lock knows processes only, so threads of this one take turns here.
  std::atomic<bool> accounts_locked_ = false;
};

}  // namespace twoseal
