#include "cli/client/conflicts.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of two namespaces
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

const HostId kFirst = HostId::parse("h:" + std::string(32, '1')).value();
const HostId kSecond = HostId::parse("h:" + std::string(32, '2')).value();

PlanClass steps_on(const std::vector<std::string>& resources) {
  PlanClass made;
  for (const std::string& resource : resources) {
    PlanStep step;
    step.res = resource;
    made.steps.push_back(step);
  }
  return made;
}

}  // namespace

TEST_CASE("what a plan touches is told by host; a class that is not at hand touches nothing") {
  Plan plan;
  plan.classes = {{sha256("a"), {{{}, kFirst, ""}}}, {sha256("b"), {{{}, kSecond, ""}}}};
  const std::map<Digest, PlanClass> classes = {{sha256("a"), steps_on({"file:/etc/motd"})}};
  CHECK(touched_in(plan, classes) == Touched{{kFirst, {"file:/etc/motd"}}});
}

TEST_CASE("two changes conflict where they touch one resource or one file of one host") {
  const Touched ours = {{kFirst, {"file:/etc/hosts#line:a", "service:cron.service", "user:dana"}},
                        {kSecond, {"file:/etc/motd"}}};
  CHECK(touched_by_both(ours, {{kSecond, {"file:/etc/hosts#line:a"}}}).empty());
  CHECK(touched_by_both(ours, {{kFirst, {"file:/etc/host", "user:dan", "group:dana"}}}).empty());
  CHECK(touched_by_both(ours, {{kFirst, {"setting:/etc/hosts#x", "user:dana"}}}) ==
        Touched{{kFirst, {"file:/etc/hosts#line:a", "user:dana"}}});
  CHECK(touched_by_both(ours, {{kFirst, {"service:cron.service"}}}) ==
        Touched{{kFirst, {"service:cron.service"}}});
}

TEST_CASE("a conflict is one line, whatever the server says") {
  CHECK(conflicts_text({}) == "");
  CHECK(conflicts_text({{"CHG-9", "in-review", "p:leo", {"web-01"}, {"file:/etc/hosts"}}}) ==
        "conflict  CHG-9 (in-review, p:leo) touches file:/etc/hosts on web-01 too\n");
  const std::string odd = conflicts_text({{"CHG-9\nok", "x", "p:leo", {"a"}, {"b"}}});
  CHECK(odd.find('\n') == odd.size() - 1);
}
