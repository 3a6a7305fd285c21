#include "cli/compliance/check_history.h"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "base/os_file.h"
#include "compliance/content/compiler.h"
#include "system/linux/linux_file_tree.h"

namespace twoseal::cli {
namespace {

constexpr const char* kBenchmark =
    R"(<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="b">
  <status>draft</status><version>1</version>
  <Rule id="rule_a" selected="true"><title>a</title></Rule>
  <Rule id="rule_b" selected="false"><title>b</title></Rule>
</Benchmark>)";

// An assessment of two rules without checks, one of them selected, at a moment.
struct Checked {
  explicit Checked(std::int64_t now)
      : content(*scap::compile_content({"b.xml", kBenchmark})),
        selection(*scap::select_profile(content.benchmarks[0], "")),
        tree(*LinuxFileTree::open_root("/")),
        host{tree.get(), nullptr, nullptr},
        assessment(content, content.benchmarks[0], selection, host, now) {
    assessment.run();
  }

  scap::Content content;
  scap::Selection selection;
  std::unique_ptr<LinuxFileTree> tree;
  scap::InspectedHost host;
  scap::Assessment assessment;
};

class Scratch {
 public:
  Scratch() {
    std::string name = "/tmp/twoseal-history-XXXXXX";
    path = ::mkdtemp(name.data());
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() { CHECK(std::system(("rm -rf '" + path + "'").c_str()) == 0); }

  std::string path;
};

CheckHistory opened(const Scratch& scratch, const Checked& checked) {
  return CheckHistory::open(scratch.path + "/checks", "content", checked.assessment, "/");
}

}  // namespace

TEST_CASE("a result is known since the first check that came to it") {
  const Scratch scratch;
  const Checked first(1000);
  CheckHistory history = opened(scratch, first);
  REQUIRE(history.keep(first.assessment));
  const Checked second(2000);
  history = opened(scratch, second);
  CHECK(history.since(second.assessment, second.assessment.outcomes()[0]) == 1000);
  CHECK(history.find("rule_a") == PastResult{scap::RuleResult::notchecked, 1000});
}

TEST_CASE("rules that nobody selected leave no trace") {
  const Scratch scratch;
  const Checked checked(1000);
  CheckHistory history = opened(scratch, checked);
  REQUIRE(history.keep(checked.assessment));
  CHECK_FALSE(opened(scratch, checked).find("rule_b"));
}

TEST_CASE("another result is known from now on") {
  const Scratch scratch;
  const Checked checked(1000);
  CheckHistory history = opened(scratch, checked);
  REQUIRE(history.keep(checked.assessment));
  scap::RuleOutcome outcome = checked.assessment.outcomes()[0];
  outcome.result = scap::RuleResult::fail;
  const Checked later(5000);
  CHECK(opened(scratch, later).since(later.assessment, outcome) == 5000);
}

TEST_CASE("a damaged history counts as none") {
  const Scratch scratch;
  const Checked checked(1000);
  CheckHistory history = opened(scratch, checked);
  REQUIRE(history.keep(checked.assessment));
  const auto entries = list_directory(scratch.path + "/checks", 10);
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  const std::string path = scratch.path + "/checks/" + entries->front().name;
  for (const char* text : {"",
                           "something else\n",
                           "twoseal-checks 1 x\n",
                           "twoseal-checks 1 1000\n1000 passed rule_a\n",
                           "twoseal-checks 1 1000\nyesterday pass rule_a\n"}) {
    REQUIRE(write_file(path, text, Access::owner, Existing::replace));
    const CheckHistory read = opened(scratch, checked);
    CHECK(read.problem() == path + " is damaged");
    CHECK_FALSE(read.find("rule_a"));
  }
}

TEST_CASE("a history that cannot be read is told, and never replaced") {
  const Scratch scratch;
  const Checked checked(1000);
  CheckHistory history = opened(scratch, checked);
  REQUIRE(history.keep(checked.assessment));
  const std::string path =
      scratch.path + "/checks/" + list_directory(scratch.path + "/checks", 10)->front().name;
  REQUIRE(remove_file(path));
  REQUIRE(make_directory(path, Access::owner, Existing::keep));
  CheckHistory unread = opened(scratch, checked);
  CHECK_FALSE(unread.problem().empty());
  CHECK_FALSE(unread.keep(checked.assessment));
}

TEST_CASE("a rule that turned while somebody watched is known since that moment") {
  const Scratch scratch;
  const Checked checked(1000);
  CheckHistory history = opened(scratch, checked);
  history.turn(checked.assessment, checked.assessment.outcomes()[0], 1500);
  CHECK(history.since(checked.assessment, checked.assessment.outcomes()[0]) == 1500);
  REQUIRE(history.keep(checked.assessment));
  CHECK(opened(scratch, checked).find("rule_a")->since == 1500);
}

}  // namespace twoseal::cli
