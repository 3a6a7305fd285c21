#include "system/linux/linux_rpm_book.h"

#include <cctype>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/encoding.h"

namespace twoseal {
namespace {

constexpr std::size_t kPackagesMax = 200'000;
constexpr int kFilesMax = 1'000'000;  // of one package

std::string_view algorithm_name(int algorithm) {
  switch (algorithm) {
    case 1:
      return "MD5";
    case 2:
      return "SHA-1";
    case 8:
      return "SHA-256";
    case 9:
      return "SHA-384";
    case 10:
      return "SHA-512";
    case 11:
      return "SHA-224";
    default:
      return {};
  }
}

std::string text_or_none(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

// Empty files say nothing: librpm itself makes an empty log when it opens a database.
std::vector<LinuxRpmBook::Stamp> LinuxRpmBook::stamps_of(const std::string& directory) {
  std::vector<Stamp> stamps;
  for (const char* file : {"/rpmdb.sqlite", "/rpmdb.sqlite-wal", "/Packages", "/Packages.db"}) {
    struct stat status = {};
    if (::lstat((directory + file).c_str(), &status) == 0 && status.st_size > 0) {
      stamps.push_back({status.st_dev,
                        status.st_ino,
                        status.st_size,
                        status.st_mtim.tv_sec,
                        status.st_mtim.tv_nsec});
    }
  }
  return stamps;
}

Result<LinuxRpmBook::Database*> LinuxRpmBook::opened(const std::string& database) {
  // Taken before anything is read: who writes meanwhile makes the next one another.
  std::vector<Stamp> stamps = stamps_of((root_ == "/" ? "" : root_) + database);
  const auto known = databases_.find(database);
  if (known != databases_.end() && known->second.stamps == stamps) {
    return &known->second;
  }
  databases_.erase(database);
  // librpm would make a database where there is none.
  if (stamps.empty()) {
    return fail(Errc::io_failed, "there is no database of rpm", database);
  }
  TWOSEAL_TRY(Set set, open(database));
  return &databases_
              .insert_or_assign(database, Database{std::move(stamps), std::move(set), std::nullopt})
              .first->second;
}

Result<LinuxRpmBook::Set> LinuxRpmBook::open(const std::string& database) {
  if (rpm_ == nullptr) {
    TWOSEAL_TRY(rpm_, librpm());
    rpm_->set_log_mask(RPMLOG_UPTO(RPMLOG_CRIT));
    if (rpm_->read_configuration(nullptr, nullptr) != 0) {
      rpm_ = nullptr;
      return fail(Errc::io_failed, "librpm cannot read its configuration", "/usr/lib/rpm");
    }
  }
  // Where the database lies follows from the host that is inspected, not from this machine.
  rpm_->push_macro(nullptr, "_dbpath", nullptr, database.c_str(), RMIL_CMDLINE);
  Set set(rpm_->create_set(), FreeSet{rpm_});
  const bool opened = set != nullptr && rpm_->set_root(set.get(), root_.c_str()) == 0 &&
                      rpm_->open_database(set.get(), O_RDONLY) == 0;
  rpm_->pop_macro(nullptr, "_dbpath");
  if (!opened) {
    return fail(Errc::io_failed, "the database of rpm cannot be opened", database);
  }
  // librpm leaves out packages whose signature it would not accept now; they are installed
  // nevertheless.
  rpm_->set_verification(set.get(), rpm_->verification_of(set.get()) | RPMVSF_MASK_NOSIGNATURES);
  return set;
}

// By the index of names, in which every package stands once.
std::size_t LinuxRpmBook::count_names(rpmts set) const {
  const Index index(rpm_->begin_index(rpm_->database_of(set), RPMDBI_NAME), FreeIndex{rpm_});
  std::size_t count = 0;
  const void* key = nullptr;
  std::size_t length = 0;
  while (index != nullptr && rpm_->next_key(index.get(), &key, &length) == 0) {
    count += rpm_->packages_of_key(index.get());
  }
  return count;
}

Result<std::vector<RpmPackage>> LinuxRpmBook::packages(const std::string& database) {
  TWOSEAL_TRY(Database* const book, opened(database));
  if (!book->packages) {
    book->packages = read(database, book->set.get());
  }
  return *book->packages;
}

// librpm leaves out a package that is damaged, and ends early when it cannot read on, both without
// a word. What is missed so would look as if it were not installed.
Result<std::vector<RpmPackage>> LinuxRpmBook::read(const std::string& database, rpmts set) const {
  const Iterator iterator(rpm_->begin(set, RPMDBI_PACKAGES, nullptr, 0), FreeIterator{rpm_});
  if (iterator == nullptr) {
    return fail(Errc::io_failed, "the packages of rpm cannot be read", database);
  }
  std::vector<RpmPackage> packages;
  while (Header header = rpm_->next(iterator.get())) {
    if (packages.size() >= kPackagesMax) {
      return fail(Errc::too_large, "there are too many packages of rpm", database);
    }
    packages.push_back(package_of(header, rpm_->offset_of(iterator.get())));
  }
  if (packages.empty()) {
    return fail(Errc::io_failed, "the database of rpm has no packages", database);
  }
  if (const std::size_t count = count_names(set); count != packages.size()) {
    return fail(Errc::io_failed,
                "of " + std::to_string(count) + " packages of rpm " +
                    std::to_string(packages.size()) + " can be read",
                database);
  }
  return packages;
}

Result<std::vector<RpmFile>> LinuxRpmBook::files(const std::string& database,
                                                 const RpmPackage& package) {
  TWOSEAL_TRY(const Database* const book, opened(database));
  const unsigned number = package.number;
  const Iterator iterator(rpm_->begin(book->set.get(), RPMDBI_PACKAGES, &number, sizeof number),
                          FreeIterator{rpm_});
  Header header = rpm_->next(iterator.get());
  if (header == nullptr) {
    return fail(Errc::io_failed, "a package is no longer in the database of rpm", package.name);
  }
  const Files files(rpm_->files_of(nullptr, header, RPMTAG_BASENAMES, RPMFI_KEEPHEADER),
                    FreeFiles{rpm_});
  const int count = files == nullptr ? 0 : static_cast<int>(rpm_->file_count(files.get()));
  if (count > kFilesMax) {
    return fail(Errc::too_large, "a package has too many files", package.name);
  }
  std::vector<RpmFile> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(file_of(files.get(), i));
  }
  return all;
}

std::string LinuxRpmBook::text(Header header, rpmTagVal tag) const {
  return text_or_none(rpm_->text_of(header, tag));
}

// The last words of `RSA/SHA256, Mon 01 Jan 2024, Key ID 199e2f91fd431d51`.
std::string LinuxRpmBook::signer_of(Header header) const {
  constexpr std::size_t kDigits = 16;
  char* made = rpm_->format(header,
                            "%|SIGGPG?{%{SIGGPG:pgpsig}}:{%|SIGPGP?{%{SIGPGP:pgpsig}}:"
                            "{%|RSAHEADER?{%{RSAHEADER:pgpsig}}:{%{DSAHEADER:pgpsig}}|}|}|",
                            nullptr);
  const std::string all = text_or_none(made);
  std::free(made);  // NOLINT(cppcoreguidelines-no-malloc): librpm made it with malloc
  if (all.size() < kDigits) {
    return "0";
  }
  std::string last = all.substr(all.size() - kDigits);
  for (const char c : last) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) {
      return "0";
    }
  }
  return last;
}

RpmPackage LinuxRpmBook::package_of(Header header, std::uint32_t number) const {
  RpmPackage package;
  package.name = text(header, RPMTAG_NAME);
  package.arch = text(header, RPMTAG_ARCH);
  package.version = text(header, RPMTAG_VERSION);
  package.release = text(header, RPMTAG_RELEASE);
  if (rpm_->has(header, RPMTAG_EPOCH) != 0) {
    package.epoch = rpm_->number_of(header, RPMTAG_EPOCH);
  }
  package.signer = signer_of(header);
  package.number = number;
  return package;
}

RpmFile LinuxRpmBook::file_of(rpmfiles files, int index) const {
  RpmFile file;
  char* path = rpm_->file_path(files, index);
  file.path = text_or_none(path);
  std::free(path);  // NOLINT(cppcoreguidelines-no-malloc): librpm made it with malloc
  file.mode = rpm_->file_mode(files, index);
  file.user = text_or_none(rpm_->file_user(files, index));
  file.group = text_or_none(rpm_->file_group(files, index));
  file.size = rpm_->file_size(files, index);
  file.modified = rpm_->file_modified(files, index);
  int algorithm = 0;
  std::size_t length = 0;
  const unsigned char* digest = rpm_->file_digest(files, index, &algorithm, &length);
  if (digest != nullptr) {
    file.digest = hex_encode(std::string_view(reinterpret_cast<const char*>(digest), length));
    file.algorithm = algorithm_name(algorithm);
  }
  file.link = text_or_none(rpm_->file_link(files, index));
  file.device = rpm_->file_device(files, index);
  const rpmfileState state = rpm_->file_state(files, index);
  file.is_installed = state == RPMFILE_STATE_NORMAL || state == RPMFILE_STATE_MISSING;
  file.flags = rpm_->file_flags(files, index);
  file.checked = rpm_->file_checks(files, index);
  return file;
}

}  // namespace twoseal
