#include "compliance/report/entity_words.h"

#include <doctest/doctest.h>

#include "tests/support/oval_run.h"

namespace twoseal::scap {

TEST_CASE("what an entity asks for is told together with how many there have to be") {
  const test::FilesOfHost files;
  const auto words = [&](const std::string& existence) {
    const std::string asks = existence.empty() ? "" : " check_existence='" + existence + "'";
    test::OvalRun run(files,
                      {{},
                       {},
                       {},
                       "<ind:textfilecontent54_state id='s'><ind:text" + asks +
                           ">a</ind:text></ind:textfilecontent54_state>",
                       {}});
    return comparison_words(run.document().states[0].entities[0], run.evaluation());
  };
  CHECK(words("") == "is a");
  CHECK(words("at_least_one_exists") == "is a");
  CHECK(words("all_exist") == "is a");
  CHECK(words("any_exist") == "is a or does not exist");
  CHECK(words("only_one_exists") == "is a and is the only one");
  CHECK(words("none_exist") == "does not exist");
}

TEST_CASE("the context of a process is found at that process") {
  StoredItem item(Family::selinuxsecuritycontext);
  item.add_integer(EntityName::pid, 10);
  item.add(EntityName::type, "init_t");
  CHECK(place_of(item) == "process 10");
}

}  // namespace twoseal::scap
