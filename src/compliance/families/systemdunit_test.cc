#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/fake_host.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FakeUnits;
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest properties(const FilesOfHost& files, const std::string& unit, const std::string& property) {
  return OneTest(files,
                 "linux:systemdunitproperty",
                 "",
                 "<linux:systemdunitproperty_object id='o'><linux:unit " + unit +
                     "</linux:unit><linux:property " + property +
                     "</linux:property></linux:systemdunitproperty_object>");
}

OneTest dependencies(const FilesOfHost& files, const std::string& unit) {
  return OneTest(files,
                 "linux:systemdunitdependency",
                 "",
                 "<linux:systemdunitdependency_object id='o'><linux:unit " + unit +
                     "</linux:unit></linux:systemdunitdependency_object>");
}

struct Host : FilesOfHost {
  Host() {
    host().units = &book;
    book.units = {
        {"cron.service", {{"ActiveState", {"active"}}, {"Names", {"cron.service", "c.service"}}}},
        {"multi-user.target", {{"Wants", {"cron.service", "basic.target"}}}},
        {"basic.target", {{"Requires", {"tmp.mount", "multi-user.target"}}}}};
  }

  FakeUnits book;
};

}  // namespace

TEST_CASE("a unit shows its properties, each with its values") {
  const Host files;
  CHECK(properties(files, ">cron.service", ">ActiveState").all(EntityName::value) ==
        Texts{"active"});
  CHECK(properties(files, "operation='pattern match'>^cron", ">Names").all(EntityName::value) ==
        Texts{"cron.service", "c.service"});
  CHECK(properties(files, ">cron.service", ">None").flag() == Flag::does_not_exist);
  CHECK(properties(files, ">none.service", ">Names").flag() == Flag::does_not_exist);
}

TEST_CASE("a unit needs what it pulls in, straight or through targets") {
  const Host files;
  CHECK(dependencies(files, ">multi-user.target").all(EntityName::dependency) ==
        Texts{"basic.target", "cron.service", "tmp.mount"});
}

TEST_CASE("units that cannot be asked about are an error") {
  Host files;
  files.book.units["multi-user.target"] = {{"Wants", {"none.target"}}};
  CHECK(dependencies(files, ">multi-user.target").flag() == Flag::error);
  files.book.answers = false;
  CHECK(properties(files, ">cron.service", ">Names").flag() == Flag::error);
  const FilesOfHost none;
  CHECK(properties(none, ">cron.service", ">Names").flag() == Flag::error);
}
