#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest at(const FilesOfHost& files, const std::string& xpath) {
  return OneTest(
      files,
      "ind:xmlfilecontent",
      "",
      "<ind:xmlfilecontent_object id='o'><ind:filepath>/f.xml</ind:filepath><ind:xpath>" + xpath +
          "</ind:xpath></ind:xmlfilecontent_object>");
}

Texts values(const std::string& xpath) {
  FilesOfHost files;
  files.write("/f.xml", "<a x='1'><b>one</b><b>two</b><c/></a>");
  OneTest run = at(files, xpath);
  CHECK(run.flag() == Flag::complete);
  return run.all(EntityName::value_of);
}

}  // namespace

TEST_CASE("texts and attributes are values, elements are none") {
  CHECK(values("/a/@x") == Texts{"1"});
  CHECK(values("//b/text()") == Texts{"one", "two"});
  CHECK(values("//b").empty());
  CHECK(values("count(//b)") == Texts{"2"});
  CHECK(values("string(//b)") == Texts{"one"});
  CHECK(values("boolean(//c)") == Texts{"true"});
}

TEST_CASE("what is not there does not exist") {
  FilesOfHost files;
  CHECK(at(files, "/a").flag() == Flag::does_not_exist);
  files.write("/f.xml", "<a/>");
  CHECK(at(files, "//b/text()").flag() == Flag::does_not_exist);
  CHECK(at(files, "//b/text()").count() == 0);
}

TEST_CASE("an object without xpath, or a document that is too large, is an error") {
  FilesOfHost files;
  files.write("/f.xml", "<a/>");
  OneTest none(files,
               "ind:xmlfilecontent",
               "check_existence='none_exist'",
               "<ind:xmlfilecontent_object id='o'><ind:filepath>/f.xml</ind:filepath>"
               "</ind:xmlfilecontent_object>");
  CHECK(none.verdict() == Verdict::error);
  files.write("/f.xml", "<a>" + std::string(std::size_t{4} << 20U, ' ') + "</a>");
  CHECK(at(files, "/a").flag() == Flag::error);
}

TEST_CASE("what is no XML or no XPath is an error, and entities lead nowhere") {
  FilesOfHost files;
  files.write("/f.xml", "<a>");
  CHECK(at(files, "/a").verdict() == Verdict::error);
  files.write("/f.xml", "<a/>");
  CHECK(at(files, "//[").verdict() == Verdict::error);
  files.write("/secret", "secret");
  files.write("/f.xml",
              "<!DOCTYPE a [<!ENTITY e SYSTEM 'file://" + files.real("/secret") + "'>]><a>&e;</a>");
  const Texts texts = at(files, "string(/a)").all(EntityName::value_of);
  CHECK(std::find(texts.begin(), texts.end(), "secret") == texts.end());
}

TEST_CASE("a document with entities of its own, or with a monstrous element, is an error") {
  FilesOfHost files;
  files.write("/f.xml", "<!DOCTYPE l [<!ENTITY a 'bad'>]><b>&a;</b>");
  CHECK(at(files, "//b/text()").flag() == Flag::error);
  files.write("/f.xml", "<!DOCTYPE html><b>good</b>");
  CHECK(at(files, "//b/text()").flag() == Flag::complete);
  std::string many = "<b";
  for (int i = 0; i < 1'500; ++i) {
    many += " a" + std::to_string(i) + "='x'";
  }
  files.write("/f.xml", many + "/>");
  CHECK(at(files, "//b/@a1").flag() == Flag::error);
}
