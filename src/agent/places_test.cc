#include "agent/places.h"

#include <doctest/doctest.h>

#include "tests/support/test_runner.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::Runner;

TEST_CASE("what was changed behind a link is taken back where it was changed, or not at all") {
  Runner agent;
  auto& files = agent.host.host->files();
  files.put("/opt/r1/conf", "old");
  files.put("/opt/r2/conf", "theirs");
  files.put_symlink("/opt/current", "/opt/r1", 0);
  const RunOrder order = agent.order("- {file: /opt/current/conf, content: new}\n");
  CHECK(agent.begin(order) == "ok");
  CHECK(agent.host.text("/opt/r1/conf") == "new");
  files.put("/opt/r2/conf", "new");
  SUBCASE("the link leads elsewhere since") {
    files.erase("/opt/current");
    files.put_symlink("/opt/current", "/opt/r2", 0);
    CHECK(Runner::told(agent.runner->take_back(order.digest, "p:mia asked", 7)) == "rolled-back");
    CHECK(agent.host.text("/opt/r1/conf") == "old");
  }
  SUBCASE("the place itself became a link") {
    files.erase("/opt/r1");
    files.put_symlink("/opt/r1", "/opt/r2", 0);
    const auto ended = agent.runner->take_back(order.digest, "p:mia asked", 7);
    CHECK(Runner::told(ended) == "interrupted");
    CHECK((*ended)->detail.find("it leads to /opt/r2/conf now") != std::string::npos);
  }
  CHECK(agent.host.text("/opt/r2/conf") == "new");
}

TEST_CASE(
    "what is changed behind a link that the change itself turns is changed behind the new one") {
  Runner agent;
  auto& files = agent.host.host->files();
  files.put("/opt/r1/conf", "first");
  files.put_directory("/opt/r2");
  files.put_symlink("/opt/current", "/opt/r1", 0);
  const RunOrder order =
      agent.order("- {symlink: /opt/current, to: /opt/r2}\n- {file: /opt/r2/conf, content: new}\n");
  CHECK(agent.begin(order) == "ok");
  CHECK(agent.host.text("/opt/r2/conf") == "new");
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:mia asked", 7)) == "rolled-back");
  CHECK_FALSE(agent.host.exists("/opt/r2/conf"));
  CHECK(agent.host.host->files().read_link("/opt/current").value() == "/opt/r1");
}

TEST_CASE("a file that got another name since is not cut from it by taking the change back") {
  Runner agent;
  const RunOrder order = agent.order("- {file: /etc/hosts, content: new}\n");
  CHECK(agent.begin(order) == "ok");
  agent.host.host->files().put_link("/etc/hosts-too", "/etc/hosts");
  const auto ended = agent.runner->take_back(order.digest, "p:mia asked", 7);
  CHECK(Runner::told(ended) == "interrupted");
  CHECK((*ended)->detail.find("2 names") != std::string::npos);
  CHECK(agent.host.text("/etc/hosts") == "new");
}
