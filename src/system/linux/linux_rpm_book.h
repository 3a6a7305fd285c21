// RpmBook through librpm. Reads only; librpm may leave the lock file that it makes beside a
// database of SQLite.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "system/linux/librpm.h"
#include "system/rpm_book.h"

namespace twoseal {

class LinuxRpmBook : public RpmBook {
 public:
  /// `root`: the directory that is `/` of the host. Opens a database when it is first asked, and
  /// again only when somebody has written to it since.
  explicit LinuxRpmBook(std::string root) : root_(std::move(root)) {}

  [[nodiscard]] Result<std::vector<RpmPackage>> packages(const std::string& database) override;
  [[nodiscard]] Result<std::vector<RpmFile>> files(const std::string& database,
                                                   const RpmPackage& package) override;

 private:
  struct FreeSet {
    const LibrpmFunctions* rpm;

    void operator()(rpmts set) const { rpm->free_set(set); }
  };

  struct FreeIterator {
    const LibrpmFunctions* rpm;

    void operator()(rpmdbMatchIterator iterator) const { rpm->free_iterator(iterator); }
  };

  struct FreeIndex {
    const LibrpmFunctions* rpm;

    void operator()(rpmdbIndexIterator index) const { rpm->free_index(index); }
  };

  struct FreeFiles {
    const LibrpmFunctions* rpm;

    void operator()(rpmfiles files) const { rpm->free_files(files); }
  };

  template <class Handle, class Free>
  using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Free>;

  using Set = Owned<rpmts, FreeSet>;
  using Iterator = Owned<rpmdbMatchIterator, FreeIterator>;
  using Index = Owned<rpmdbIndexIterator, FreeIndex>;
  using Files = Owned<rpmfiles, FreeFiles>;

  /// A file as it was when it was opened: another one of these is another content.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;

    bool operator==(const Stamp&) const = default;
  };

  /// A database that is open. `packages`: once they were asked for; what cannot be read now cannot
  /// be read until somebody writes to it.
  struct Database {
    std::vector<Stamp> stamps;
    Set set;
    std::optional<Result<std::vector<RpmPackage>>> packages;
  };

  [[nodiscard]] static std::vector<Stamp> stamps_of(const std::string& directory);
  [[nodiscard]] Result<Database*> opened(const std::string& database);
  [[nodiscard]] Result<Set> open(const std::string& database);
  [[nodiscard]] Result<std::vector<RpmPackage>> read(const std::string& database, rpmts set) const;
  [[nodiscard]] std::size_t count_names(rpmts set) const;
  [[nodiscard]] RpmPackage package_of(Header header, std::uint32_t number) const;
  [[nodiscard]] RpmFile file_of(rpmfiles files, int index) const;
  [[nodiscard]] std::string text(Header header, rpmTagVal tag) const;
  [[nodiscard]] std::string signer_of(Header header) const;

  std::string root_;
  const LibrpmFunctions* rpm_ = nullptr;
  std::map<std::string, Database> databases_;  ///< by their directory
};

}  // namespace twoseal
