#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest named(const FilesOfHost& files, const std::string& name, const std::string& state = {}) {
  return OneTest(
      files,
      "linux:dpkginfo",
      "check='all'",
      "<linux:dpkginfo_object id='o'><linux:name " + name + "</linux:name></linux:dpkginfo_object>",
      state.empty() ? "" : "<linux:dpkginfo_state id='s'>" + state + "</linux:dpkginfo_state>");
}

FilesOfHost& with_packages(FilesOfHost& files) {
  files.write("/var/lib/dpkg/status",
              "Package: bash\nStatus: install ok installed\nArchitecture: amd64\n"
              "Version: 5.2.15-2+b2\n\n"
              "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\n"
              "Version: 1\n\n"
              "Package: vim\nStatus: install ok installed\nArchitecture: all\n"
              "Version: 2:9.0-1-2\n\n");
  return files;
}

}  // namespace

TEST_CASE("an installed package shows the parts of its version") {
  FilesOfHost files;
  OneTest bash = named(with_packages(files), ">bash");
  CHECK(bash.all(EntityName::arch) == Texts{"amd64"});
  CHECK(bash.all(EntityName::epoch) == Texts{"0"});
  CHECK(bash.all(EntityName::version) == Texts{"5.2.15"});
  CHECK(bash.all(EntityName::release) == Texts{"2+b2"});
  CHECK(bash.all(EntityName::evr) == Texts{"0:5.2.15-2+b2"});
  CHECK(named(files, ">vim").all(EntityName::evr) == Texts{"2:9.0-1-2"});
}

TEST_CASE("packages that are gone or unknown do not exist") {
  FilesOfHost files;
  CHECK(named(with_packages(files), ">gone").flag() == Flag::does_not_exist);
  CHECK(named(files, ">emacs").flag() == Flag::does_not_exist);
  CHECK(named(files, "operation='pattern match'>^(bash|vim)$").count() == 2);
  CHECK(named(files, "operation='pattern match'>(").flag() == Flag::error);
}

TEST_CASE("versions are compared as Debian's") {
  FilesOfHost files;
  const auto says = [&](const std::string& evr) {
    return named(with_packages(files),
                 ">bash",
                 "<linux:evr datatype='debian_evr_string' operation='less than'>" + evr +
                     "</linux:evr>")
        .verdict();
  };
  CHECK(says("0:5.2.15-3") == Verdict::yes);
  CHECK(says("0:5.2.15-2") == Verdict::no);
  CHECK(says("0:5.2.15-2+b2~x") == Verdict::no);
}

TEST_CASE("a package that is not wholly set up is there all the same") {
  FilesOfHost files;
  const auto found = [&](const std::string& status) {
    files.write("/var/lib/dpkg/status",
                "Package: telnetd\nStatus: " + status + "\nArchitecture: amd64\nVersion: 1\n");
    return named(files, ">telnetd").count() == 1;
  };
  CHECK(found("install ok installed"));
  CHECK(found("install ok unpacked"));
  CHECK(found("install ok half-configured"));
  CHECK(found("install ok half-installed"));
  CHECK(found("install ok triggers-awaited"));
  CHECK(found("install ok triggers-pending"));
  CHECK(found("install reinstreq installed"));
  CHECK(!found("deinstall ok config-files"));
  CHECK(!found("purge ok not-installed"));
}

TEST_CASE("a host without dpkg is not applicable") {
  FilesOfHost files;
  CHECK(named(files, ">bash").verdict() == Verdict::not_applicable);
}

TEST_CASE("a list of packages that is damaged, or gone, is an error") {
  FilesOfHost files;
  files.write("/var/lib/dpkg/status", "nonsense\n");
  CHECK(named(files, ">bash").verdict() == Verdict::error);
  FilesOfHost gone;
  gone.make_directory("/var/lib/dpkg");
  CHECK(named(gone, ">bash").verdict() == Verdict::error);
  gone.link("/var/lib/dpkg/status", "nowhere");
  CHECK(named(gone, ">bash").verdict() == Verdict::error);
}
