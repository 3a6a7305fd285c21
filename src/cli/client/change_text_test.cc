#include "cli/client/change_text.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of two namespaces
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

HostId host(char digit) {
  return HostId::parse("h:" + std::string(32, digit)).value();
}

PlanClass one_step(const std::string& resource, const std::string& now) {
  PlanStep step;
  step.kind = Name::parse("file").value();
  step.res = resource;
  step.diff.push_back({.new_value = now, .node = "line 1", .old_value = "old"});
  return {{step}, Digest()};
}

}  // namespace

TEST_CASE("the class of most hosts comes first, and one that changes nothing says so") {
  const Digest few = sha256("few");
  const Digest many = sha256("many");
  Plan plan;
  plan.classes = {{few, {{{}, host('1'), ""}}}, {many, {{{}, host('2'), ""}, {{}, host('3'), ""}}}};
  const std::map<Digest, PlanClass> classes = {{few, PlanClass()},
                                               {many, one_step("file:/etc/motd", "new")}};
  const std::map<HostId, std::string> names = {{host('1'), "db-01"}, {host('2'), "web-02"}};
  CHECK(plan_text(plan, classes, names) == "class A  2 hosts  " + host('3').text() +
                                               ", web-02\n"
                                               "  change  file:/etc/motd\n"
                                               "    line 1\n"
                                               "    - old\n"
                                               "    + new\n"
                                               "class B  1 host  db-01   no change\n");
  CHECK(plan_text(plan, classes, names, {many}).find("as you saw it before\nclass B") !=
        std::string::npos);
}

TEST_CASE("what a host says of a step cannot pose as another step or class") {
  const Digest digest = sha256("one");
  Plan plan;
  plan.classes = {{digest, {{{}, host('1'), ""}}}};
  const std::map<Digest, PlanClass> classes = {
      {digest, one_step("file:/a\nclass B  40 hosts", "x\nclass C  no change")}};
  const std::string text = plan_text(plan, classes, {});
  CHECK(text.find("\nclass") == std::string::npos);
  CHECK(text.find("    + x\n    + class C  no change\n") != std::string::npos);
}

TEST_CASE("of a step whose host shows nothing, what the change wants is shown") {
  const Digest digest = sha256("one");
  const Digest file = sha256("from a file\n");
  Plan plan;
  plan.classes = {{digest, {{{}, host('1'), ""}}}};
  PlanStep step;
  step.hidden = true;
  step.res = "file:/etc/secret";
  const std::map<Digest, PlanClass> classes = {{digest, {{step}, Digest()}}};
  Resource resource;
  resource.kind = Name::parse("file").value();
  resource.key = "/etc/secret";
  resource.want = {{"content", "mine\nand all\n"}, {"mode", "0640"}};
  State state;
  state.resources = {resource};
  const std::string text = plan_text(plan, classes, {}, {}, {&state, nullptr});
  CHECK(text.find("what the host has is not shown") != std::string::npos);
  CHECK(text.find("    wanted by the change:\n    content\n    + mine\n    + and all\n"
                  "    mode\n    + 0640\n") != std::string::npos);
  state.resources[0].want = {{"source", file.text()}};
  const std::map<Digest, Bytes> blobs = {{file, "from a file\n"}};
  CHECK(plan_text(plan, classes, {}, {}, {&state, &blobs}).find("    + from a file\n") !=
        std::string::npos);
  CHECK(plan_text(plan, classes, {}, {}, {&state, nullptr}).find("    + " + file.text()) !=
        std::string::npos);
  CHECK(plan_json(plan, classes, {}, {&state, &blobs}).text().find("from a file") !=
        std::string::npos);
  state.resources[0].key = "/etc/other";
  CHECK(plan_text(plan, classes, {}, {}, {&state, &blobs}).find("wanted") == std::string::npos);
}

TEST_CASE("what is signed and already so on every host is shown all the same") {
  const Digest digest = sha256("one");
  Plan plan;
  plan.classes = {{digest, {{{}, host('1'), ""}}}};
  Resource door;
  door.kind = Name::parse("file").value();
  door.key = "/srv/door";
  door.want = {{"content", "admin2 ALL=(ALL) ALL\n"}, {"mode", "0440"}};
  State state;
  state.resources = {door};
  const std::string kept =
      "  keep  file:/srv/door\n    content\n    + admin2 ALL=(ALL) ALL\n"
      "    mode\n    + 0440\n";
  CHECK(plan_text(plan, {{digest, PlanClass()}}, {}, {}, {&state, nullptr}).ends_with(kept));
  CHECK(settled_json({{digest, PlanClass()}}, {&state, nullptr}).text().find("admin2") !=
        std::string::npos);
  // Of what a step changes in part, the rest.
  std::map<Digest, PlanClass> classes = {{digest, one_step("file:/srv/door", "new")}};
  std::string text = plan_text(plan, classes, {}, {}, {&state, nullptr});
  CHECK(text.ends_with("  keep  file:/srv/door\n    mode\n    + 0440\n"));
  // Where its path leads says nothing of its content.
  classes.at(digest).steps[0].diff[0].node = "leads to";
  text = plan_text(plan, classes, {}, {}, {&state, nullptr});
  CHECK(text.find("    + admin2 ALL=(ALL) ALL\n") != std::string::npos);
  state.resources[0].then = {{HandlerAction::reload, "ssh.service"}};
  text = plan_text(plan, {{digest, PlanClass()}}, {}, {}, {&state, nullptr});
  CHECK(text.find("    then\n    + reload ssh.service\n") != std::string::npos);
  classes.at(digest).steps[0].action = StepAction::create;
  text = plan_text(plan, classes, {}, {}, {&state, nullptr});
  CHECK(text.find("keep") == std::string::npos);
}

TEST_CASE("a long list names five and counts the rest") {
  CHECK(list_text({}) == "");
  CHECK(list_text({"a", "b"}) == "a, b");
  CHECK(list_text({"a", "b", "c", "d", "e", "f", "g"}) == "a, b, c, d, e … and 2 more");
}
