#include <sys/xattr.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest of(const FilesOfHost& files, const std::string& place, const std::string& state = {}) {
  return OneTest(files,
                 "unix:file",
                 "check='all'",
                 "<unix:file_object id='o'>" + place + "</unix:file_object>",
                 state.empty() ? "" : "<unix:file_state id='s'>" + state + "</unix:file_state>");
}

std::string at(const std::string& path) {
  return "<unix:filepath>" + path + "</unix:filepath>";
}

}  // namespace

TEST_CASE("a file shows its type, size, mode and owner") {
  FilesOfHost files;
  files.write("/d/f", "12345");
  files.set_mode("/d/f", 04640);
  OneTest run = of(files, at("/d/f"));
  CHECK(run.all(EntityName::filepath) == Texts{"/d/f"});
  CHECK(run.all(EntityName::path) == Texts{"/d"});
  CHECK(run.all(EntityName::filename) == Texts{"f"});
  CHECK(run.all(EntityName::type) == Texts{"regular"});
  CHECK(run.all(EntityName::size) == Texts{"5"});
  CHECK(run.all(EntityName::user_id) == Texts{std::to_string(::geteuid())});
  const std::pair<EntityName, const char*> bits[] = {{EntityName::suid, "true"},
                                                     {EntityName::sgid, "false"},
                                                     {EntityName::sticky, "false"},
                                                     {EntityName::uread, "true"},
                                                     {EntityName::uwrite, "true"},
                                                     {EntityName::uexec, "false"},
                                                     {EntityName::gread, "true"},
                                                     {EntityName::gwrite, "false"},
                                                     {EntityName::gexec, "false"},
                                                     {EntityName::oread, "false"},
                                                     {EntityName::owrite, "false"},
                                                     {EntityName::oexec, "false"}};
  for (const auto& [name, value] : bits) {
    CHECK(run.all(name) == Texts{value});
  }
}

TEST_CASE("a directory that is meant itself has a path and no name") {
  FilesOfHost files;
  files.make_directory("/d");
  OneTest run = of(files, "<unix:path>/d</unix:path><unix:filename xsi:nil='true'/>");
  CHECK(run.all(EntityName::path) == Texts{"/d"});
  CHECK(run.all(EntityName::filename) == Texts{"does not exist"});
  CHECK(run.all(EntityName::filepath).empty());
  CHECK(run.all(EntityName::type) == Texts{"directory"});
}

TEST_CASE("a link is a link, wherever it leads") {
  FilesOfHost files;
  files.write("/f");
  files.link("/l", "f");
  files.link("/n", "none");
  files.make_pipe("/p");
  CHECK(of(files, at("/l")).all(EntityName::type) == Texts{"symbolic link"});
  CHECK(of(files, at("/n")).all(EntityName::type) == Texts{"symbolic link"});
  CHECK(of(files, at("/p")).all(EntityName::type) == Texts{"fifo"});
  CHECK(of(files, at("/none")).flag() == Flag::does_not_exist);
}

TEST_CASE("states ask for bits and numbers of files") {
  FilesOfHost files;
  files.write("/f", "12345");
  files.set_mode("/f", 0644);
  const auto says = [&](const std::string& state) { return of(files, at("/f"), state).verdict(); };
  CHECK(says("<unix:oread datatype='boolean'>true</unix:oread>") == Verdict::yes);
  CHECK(says("<unix:owrite datatype='boolean'>true</unix:owrite>") == Verdict::no);
  CHECK(says("<unix:size datatype='int' operation='less than'>6</unix:size>") == Verdict::yes);
  CHECK(says("<unix:size datatype='int' operation='less than'>5</unix:size>") == Verdict::no);
  CHECK(says("<unix:type>regular</unix:type>") == Verdict::yes);
  CHECK(says("<unix:size datatype='int'>big</unix:size>") == Verdict::error);
}

TEST_CASE(
    "a list for what is made in a directory is an access list too, and links lead to theirs") {
  FilesOfHost files;
  files.make_directory("/d");
  files.link("/l", "f");
  files.write("/f");
  constexpr unsigned char kList[] = {
      2, 0, 0,    0,    1,    0,    7,  0, 0xFF, 0xFF, 0xFF, 0xFF, 2,    0,   7,
      0, 1, 0,    0,    0,    4,    0,  5, 0,    0xFF, 0xFF, 0xFF, 0xFF, 16,  0,
      7, 0, 0xFF, 0xFF, 0xFF, 0xFF, 32, 0, 5,    0,    0xFF, 0xFF, 0xFF, 0xFF};
  if (::setxattr(files.real("/d").c_str(), "system.posix_acl_default", kList, sizeof kList, 0) !=
          0 ||
      ::setxattr(files.real("/f").c_str(), "system.posix_acl_access", kList, sizeof kList, 0) !=
          0) {
    return;  // a file system without access lists
  }
  CHECK(of(files, "<unix:path>/d</unix:path><unix:filename xsi:nil='true'/>")
            .all(EntityName::has_extended_acl) == Texts{"true"});
  CHECK(of(files, at("/l")).all(EntityName::has_extended_acl) == Texts{"true"});
  CHECK(of(files, at("/f")).all(EntityName::has_extended_acl) == Texts{"true"});
}

TEST_CASE("an object that names no place is an error, whatever else it names") {
  const FilesOfHost files;
  for (const std::string object : {"", "<unix:pid datatype='int'>1</unix:pid>"}) {
    OneTest run(files,
                "unix:file",
                "check='all' check_existence='none_exist'",
                "<unix:file_object id='o'>" + object + "</unix:file_object>");
    CHECK(run.verdict() == Verdict::error);
  }
}
