#include <sys/stat.h>

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "compliance/families/family.h"
#include "crypto/named_hash.h"
#include "tests/support/memory_rpm_book.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::MemoryRpmBook;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

// A host with a package of one file, /etc/app.conf with the content `x`, as the package brought it.
class Installed {
 public:
  Installed() : book_({{"app", "noarch", 1, "1.0", "1", "0", 1}}) {
    files_.write("/var/lib/rpm/rpmdb.sqlite");
    files_.write("/etc/app.conf", "x");
    files_.set_mode("/etc/app.conf", 0640);
    struct stat status = {};
    check(::stat(files_.real("/etc/app.conf").c_str(), &status) == 0, "it is there");
    files_.write("/etc/passwd", "me:x:" + std::to_string(status.st_uid) + ":0::/:\n");
    files_.write("/etc/group", "us:x:" + std::to_string(status.st_gid) + ":\n");
    file.path = "/etc/app.conf";
    file.mode = S_IFREG | 0640U;
    file.user = "me";
    file.group = "us";
    file.size = 1;
    file.modified = status.st_mtime;
    file.digest = hex_encode(named_hash("SHA-256", "x").value());
    file.algorithm = "SHA-256";
    file.checked = 0x1FF;
    file.flags = rpm_file_flag::kConfiguration;
  }

  OneTest verified(const std::string& behaviors = {}, const std::string& path = ">/etc/app.conf") {
    book_.files_of["app"] = {file};
    files_.host().rpms = &book_;
    const std::string any = " operation='pattern match'>.*</linux:";
    return OneTest(files_,
                   "linux:rpmverifyfile",
                   "",
                   "<linux:rpmverifyfile_object id='o'>" + behaviors + "<linux:name" + any +
                       "name><linux:epoch" + any + "epoch><linux:version" + any +
                       "version><linux:release" + any + "release><linux:arch" + any +
                       "arch><linux:filepath " + path +
                       "</linux:filepath></linux:rpmverifyfile_object>");
  }

  std::string told(EntityName name, const std::string& behaviors = {}) {
    return verified(behaviors).all(name).at(0);
  }

  [[nodiscard]] FilesOfHost& files() { return files_; }

  RpmFile file;

 private:
  FilesOfHost files_;
  MemoryRpmBook book_;
};

constexpr EntityName kComparisons[] = {EntityName::size_differs,
                                       EntityName::mode_differs,
                                       EntityName::md5_differs,
                                       EntityName::filedigest_differs,
                                       EntityName::ownership_differs,
                                       EntityName::group_differs,
                                       EntityName::mtime_differs};

}  // namespace

TEST_CASE("a file that is as its package brought it passes every comparison") {
  Installed host;
  for (const EntityName name : kComparisons) {
    CAPTURE(entity_name(name));
    CHECK(host.told(name) == "pass");
  }
  CHECK(host.told(EntityName::link_mismatch) == "pass");
  CHECK(host.told(EntityName::device_differs) == "pass");
  CHECK(host.told(EntityName::configuration_file) == "true");
  CHECK(host.told(EntityName::ghost_file) == "false");
  CHECK(host.told(EntityName::extended_name) == "app-1:1.0-1.noarch");
}

TEST_CASE("each difference fails its own comparison") {
  Installed host;
  host.file.size = 2;
  host.file.mode = S_IFREG | 0600U;
  host.file.digest = "00";
  host.file.user = "other";
  host.file.group = "others";
  host.file.modified = 1;
  for (const EntityName name : kComparisons) {
    CAPTURE(entity_name(name));
    CHECK(host.told(name) == "fail");
  }
}

TEST_CASE("a link is compared by where it leads, and by nothing of what it leads to") {
  Installed host;
  host.files().link("/etc/link", "app.conf");
  host.file.path = "/etc/link";
  host.file.link = "app.conf";
  const auto told = [&](EntityName name) {
    return host.verified("", ">/etc/link").all(name).at(0);
  };
  CHECK(told(EntityName::link_mismatch) == "pass");
  CHECK(told(EntityName::mode_differs) == "pass");
  CHECK(told(EntityName::filedigest_differs) == "pass");
  host.file.link = "/etc/shadow";
  CHECK(told(EntityName::link_mismatch) == "fail");
}

TEST_CASE("behaviours leave comparisons and files out") {
  Installed host;
  host.file.digest = "00";
  CHECK(host.told(EntityName::filedigest_differs, "<linux:behaviors nomd5='true'/>") ==
        "not performed");
  CHECK(host.told(EntityName::mode_differs, "<linux:behaviors nomode='true'/>") == "not performed");
  CHECK(host.verified("<linux:behaviors noconfigfiles='true'/>").flag() == Flag::does_not_exist);
  host.file.flags = rpm_file_flag::kGhost;
  CHECK(host.verified("<linux:behaviors noghostfiles='true'/>").flag() == Flag::does_not_exist);
  CHECK(host.told(EntityName::filedigest_differs) == "pass");
}

TEST_CASE("of a file that is not there nothing is compared") {
  Installed host;
  std::filesystem::remove(host.files().real("/etc/app.conf"));
  for (const EntityName name : kComparisons) {
    CHECK(host.told(name) == "not performed");
  }
}

TEST_CASE("a digest that cannot be computed is an error, never a pass") {
  Installed host;
  host.file.algorithm = "";
  CHECK(host.verified().flag() == Flag::error);
}
