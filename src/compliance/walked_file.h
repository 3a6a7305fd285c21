// A file that a walk came to, and who is shown it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "compliance/oval/verdict.h"
#include "system/file_tree.h"

namespace twoseal::scap {

/// A file that a walk came to. Lives during the visit.
class WalkedFile {
 public:
  WalkedFile(const FileTree& tree,
             const NodeDirectory* directory,
             std::string_view path,
             const NodeEntry& entry)
      : tree_(tree), directory_(directory), path_(path), name_(entry.name), kind_(entry.kind) {}

  /// A directory that is meant itself. `status`: what is known of it already.
  WalkedFile(const FileTree& tree, std::string_view path, const NodeStatus& status)
      : tree_(tree),
        directory_(nullptr),
        path_(path),
        kind_(status.kind),
        status_(std::optional(status)) {}

  /// The directory; `/etc`.
  [[nodiscard]] std::string_view path() const { return path_; }

  /// Its name there; empty when the directory itself is meant.
  [[nodiscard]] std::string_view name() const { return name_; }

  /// `/etc/passwd`.
  [[nodiscard]] const std::string& full_path();

  /// What lstat(2) tells; nothing when it is gone.
  [[nodiscard]] const Result<std::optional<NodeStatus>>& status();

  /// The content of a regular file, at most kContentMax octets; links lead to it. Nothing when it
  /// is gone. Read once for all that ask. Errors of FileTree::read().
  [[nodiscard]] const Result<std::optional<Bytes>>& content();

  /// What it is, as far as that is known without looking at it.
  [[nodiscard]] NodeKind kind() const { return kind_; }

  /// As FileTree::has_access_list().
  [[nodiscard]] std::optional<bool> has_access_list();

  static constexpr std::size_t kContentMax = std::size_t{64} << 20U;

 private:
  // Through it the file is reached, however long its path is; nullptr when only the path can tell.
  [[nodiscard]] const NodeDirectory* holder();

  const FileTree& tree_;
  const NodeDirectory* directory_;
  std::string_view path_;
  std::string_view name_;
  NodeKind kind_;
  std::string full_path_;
  std::optional<Result<std::optional<NodeStatus>>> status_;
  std::optional<Result<std::optional<Bytes>>> content_;
};

/// Somebody who looks for files.
class FileVisitor {
 public:
  virtual ~FileVisitor() = default;

  FileVisitor() = default;
  FileVisitor(const FileVisitor&) = delete;
  FileVisitor& operator=(const FileVisitor&) = delete;

  virtual void visit(WalkedFile& file) = 0;

  /// A part could not be looked at.
  virtual void miss(Flag flag, const std::string& why) = 0;
};

}  // namespace twoseal::scap
