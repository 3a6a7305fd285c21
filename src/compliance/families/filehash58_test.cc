#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest digest(const FilesOfHost& files, const std::string& type) {
  return OneTest(files,
                 "ind:filehash58",
                 "",
                 "<ind:filehash58_object id='o'><ind:filepath>/f</ind:filepath><ind:hash_type " +
                     type + "</ind:hash_type></ind:filehash58_object>");
}

}  // namespace

TEST_CASE("a file has a digest of each type that is asked for") {
  FilesOfHost files;
  files.write("/f", "abc");
  // Of "abc", from FIPS 180-4 and RFC 1321.
  CHECK(digest(files, ">SHA-256").all(EntityName::hash) ==
        Texts{"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"});
  CHECK(digest(files, ">SHA-1").all(EntityName::hash) ==
        Texts{"a9993e364706816aba3e25717850c26c9cd0d89d"});
  CHECK(digest(files, ">MD5").all(EntityName::hash) == Texts{"900150983cd24fb0d6963f7d28e17f72"});
  CHECK(digest(files, "operation='pattern match'>^SHA-").count() == 5);
}

TEST_CASE("an unknown type, a pipe and a missing file have no digest") {
  FilesOfHost files;
  CHECK(digest(files, ">SHA-256").flag() == Flag::does_not_exist);
  files.make_pipe("/f");
  CHECK(digest(files, ">SHA-256").flag() == Flag::does_not_exist);
  FilesOfHost other;
  other.write("/f", "abc");
  CHECK(digest(other, ">SHA-7").flag() == Flag::does_not_exist);
  CHECK(digest(other, "operation='pattern match'>(").flag() == Flag::error);
}
