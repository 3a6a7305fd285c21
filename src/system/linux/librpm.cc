#include "system/linux/librpm.h"

#include <optional>

#include "base/os_library.h"

namespace twoseal {
namespace {

// Of RHEL 8, RHEL 9 and Debian 12; of RHEL 10 and Debian 13.
constexpr const char* kLibraries[] = {"librpm.so.9", "librpm.so.10", "librpm.so.8"};

bool load(const SharedLibrary& library, LibrpmFunctions& all) {
  return library.load("rpmReadConfigFiles", all.read_configuration) &&
         library.load("rpmlogSetMask", all.set_log_mask) &&
         library.load("rpmPushMacro", all.push_macro) &&
         library.load("rpmPopMacro", all.pop_macro) &&
         library.load("rpmtsCreate", all.create_set) && library.load("rpmtsFree", all.free_set) &&
         library.load("rpmtsSetRootDir", all.set_root) &&
         library.load("rpmtsOpenDB", all.open_database) &&
         library.load("rpmtsSetVSFlags", all.set_verification) &&
         library.load("rpmtsVSFlags", all.verification_of) &&
         library.load("rpmtsGetRdb", all.database_of) &&
         library.load("rpmtsInitIterator", all.begin) &&
         library.load("rpmdbNextIterator", all.next) &&
         library.load("rpmdbFreeIterator", all.free_iterator) &&
         library.load("rpmdbGetIteratorOffset", all.offset_of) &&
         library.load("rpmdbIndexIteratorInit", all.begin_index) &&
         library.load("rpmdbIndexIteratorNext", all.next_key) &&
         library.load("rpmdbIndexIteratorNumPkgs", all.packages_of_key) &&
         library.load("rpmdbIndexIteratorFree", all.free_index) &&
         library.load("headerGetString", all.text_of) &&
         library.load("headerGetNumber", all.number_of) && library.load("headerIsEntry", all.has) &&
         library.load("headerFormat", all.format) && library.load("rpmfilesNew", all.files_of) &&
         library.load("rpmfilesFree", all.free_files) &&
         library.load("rpmfilesFC", all.file_count) && library.load("rpmfilesFN", all.file_path) &&
         library.load("rpmfilesFMode", all.file_mode) &&
         library.load("rpmfilesFUser", all.file_user) &&
         library.load("rpmfilesFGroup", all.file_group) &&
         library.load("rpmfilesFSize", all.file_size) &&
         library.load("rpmfilesFMtime", all.file_modified) &&
         library.load("rpmfilesFDigest", all.file_digest) &&
         library.load("rpmfilesFLink", all.file_link) &&
         library.load("rpmfilesFRdev", all.file_device) &&
         library.load("rpmfilesFFlags", all.file_flags) &&
         library.load("rpmfilesVFlags", all.file_checks) &&
         library.load("rpmfilesFState", all.file_state);
}

std::optional<LibrpmFunctions> load_functions() {
  for (const char* name : kLibraries) {
    const SharedLibrary library(name);
    LibrpmFunctions all = {};
    if (library.is_open() && load(library, all)) {
      return all;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<const LibrpmFunctions*> librpm() {
  static const std::optional<LibrpmFunctions> kFunctions = load_functions();
  if (!kFunctions) {
    return fail(Errc::library_missing, std::string(kLibraries[0]) + " is not there");
  }
  return &*kFunctions;
}

}  // namespace twoseal
