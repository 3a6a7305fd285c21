// RpmBook through librpm. Reads only; librpm may leave the lock file that it makes beside a
// database of SQLite.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "system/linux/librpm.h"
#include "system/rpm_book.h"

namespace twoseal {

class LinuxRpmBook : public RpmBook {
 public:
  /// `root`: the directory that is `/` of the host. Opens the database when it is first asked.
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

  struct FreeFiles {
    const LibrpmFunctions* rpm;

    void operator()(rpmfiles files) const { rpm->free_files(files); }
  };

  template <class Handle, class Free>
  using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Free>;

  using Set = Owned<rpmts, FreeSet>;
  using Iterator = Owned<rpmdbMatchIterator, FreeIterator>;
  using Files = Owned<rpmfiles, FreeFiles>;

  [[nodiscard]] Result<Set> open(const std::string& database);
  [[nodiscard]] RpmPackage package_of(Header header, std::uint32_t number) const;
  [[nodiscard]] RpmFile file_of(rpmfiles files, int index) const;
  [[nodiscard]] std::string text(Header header, rpmTagVal tag) const;
  [[nodiscard]] std::string signer_of(Header header) const;

  std::string root_;
  const LibrpmFunctions* rpm_ = nullptr;
};

}  // namespace twoseal
