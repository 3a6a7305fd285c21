// librpm, loaded when it is first needed: hosts without rpm can run everything else.
#pragma once

#include <rpm/rpmdb.h>
#include <rpm/rpmfiles.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmts.h>

#include "base/result.h"

namespace twoseal {

/// The functions that are used, as the library's own headers declare them.
struct LibrpmFunctions {
  decltype(&::rpmReadConfigFiles) read_configuration;
  decltype(&::rpmlogSetMask) set_log_mask;
  decltype(&::rpmPushMacro) push_macro;
  decltype(&::rpmPopMacro) pop_macro;
  decltype(&::rpmtsCreate) create_set;
  decltype(&::rpmtsFree) free_set;
  decltype(&::rpmtsSetRootDir) set_root;
  decltype(&::rpmtsOpenDB) open_database;
  decltype(&::rpmtsSetVSFlags) set_verification;
  decltype(&::rpmtsVSFlags) verification_of;
  decltype(&::rpmtsGetRdb) database_of;
  decltype(&::rpmtsInitIterator) begin;
  decltype(&::rpmdbNextIterator) next;
  decltype(&::rpmdbFreeIterator) free_iterator;
  decltype(&::rpmdbGetIteratorOffset) offset_of;
  decltype(&::rpmdbIndexIteratorInit) begin_index;
  decltype(&::rpmdbIndexIteratorNext) next_key;
  decltype(&::rpmdbIndexIteratorNumPkgs) packages_of_key;
  decltype(&::rpmdbIndexIteratorFree) free_index;
  decltype(&::headerGetString) text_of;
  decltype(&::headerGetNumber) number_of;
  decltype(&::headerIsEntry) has;
  decltype(&::headerFormat) format;
  decltype(&::rpmfilesNew) files_of;
  decltype(&::rpmfilesFree) free_files;
  decltype(&::rpmfilesFC) file_count;
  decltype(&::rpmfilesFN) file_path;
  decltype(&::rpmfilesFMode) file_mode;
  decltype(&::rpmfilesFUser) file_user;
  decltype(&::rpmfilesFGroup) file_group;
  decltype(&::rpmfilesFSize) file_size;
  decltype(&::rpmfilesFMtime) file_modified;
  decltype(&::rpmfilesFDigest) file_digest;
  decltype(&::rpmfilesFLink) file_link;
  decltype(&::rpmfilesFRdev) file_device;
  decltype(&::rpmfilesFFlags) file_flags;
  decltype(&::rpmfilesVFlags) file_checks;
  decltype(&::rpmfilesFState) file_state;
};

/// Errc::library_missing when the library is not there.
[[nodiscard]] Result<const LibrpmFunctions*> librpm();

}  // namespace twoseal
