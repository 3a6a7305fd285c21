#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest link(const FilesOfHost& files, const std::string& path) {
  return OneTest(files,
                 "unix:symlink",
                 "",
                 "<unix:symlink_object id='o'><unix:filepath>" + path +
                     "</unix:filepath></unix:symlink_object>");
}

}  // namespace

TEST_CASE("a link shows where it leads in the end, within the root") {
  FilesOfHost files;
  files.write("/d/f");
  files.link("/one", "two");
  files.link("/two", "/d/../d/f");
  OneTest one = link(files, "/one");
  CHECK(one.all(EntityName::filepath) == Texts{"/one"});
  CHECK(one.all(EntityName::canonical_path) == Texts{"/d/f"});
}

TEST_CASE("what is no link does not exist, a link that leads nowhere is an error") {
  FilesOfHost files;
  files.write("/f");
  files.link("/dangling", "none");
  files.link("/circle", "circle");
  CHECK(link(files, "/f").flag() == Flag::does_not_exist);
  CHECK(link(files, "/none").flag() == Flag::does_not_exist);
  CHECK(link(files, "/dangling").verdict() == Verdict::error);
  CHECK(link(files, "/circle").verdict() == Verdict::error);
}

TEST_CASE("a link that a variable names twice is one item") {
  FilesOfHost files;
  files.write("/f");
  files.link("/one", "f");
  OneTest one(files,
              "unix:symlink",
              "check_existence='only_one_exists'",
              "<unix:symlink_object id='o'><unix:filepath var_ref='v'/></unix:symlink_object>",
              "",
              "<constant_variable id='v' datatype='string'><value>/one</value><value>/one</value>"
              "</constant_variable>");
  CHECK(one.verdict() == Verdict::yes);
}
