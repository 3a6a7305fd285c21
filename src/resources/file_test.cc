#include <doctest/doctest.h>

#include "tests/support/resource_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::ResourceHost;

TEST_CASE("a file is made, left alone when it is as wanted, and taken back to the byte") {
  ResourceHost host;
  const std::string wanted =
      "- {file: /etc/hello, content: \"a\\nb\\n\", mode: \"0640\", owner: root}\n";
  const auto plan = host.apply(wanted);
  REQUIRE(plan);
  CHECK(host.text("/etc/hello") == "a\nb\n");
  CHECK(host.mode("/etc/hello") == std::to_string(0640) + " 0:0");
  CHECK(host.plan(wanted)->empty());
  REQUIRE(host.undo());
  CHECK_FALSE(host.exists("/etc/hello"));
}

TEST_CASE("a file that everybody may read shows its lines, another one nothing") {
  ResourceHost host;
  const auto open = host.plan("- {file: /etc/hello, content: \"a\\n\"}\n");
  REQUIRE(open);
  CHECK(ResourceHost::shown(open->steps.at(0)) ==
        "after line 0: - -> a\nmode: - -> 0644\nowner: - -> root\ngroup: - -> root\n");
  const auto closed = host.plan("- {file: /etc/hello, content: \"a\\n\", mode: \"0600\"}\n");
  REQUIRE(closed);
  CHECK(closed->steps.at(0).shown.hidden);
  CHECK(closed->steps.at(0).shown.diff.empty());
  const auto secret = host.plan("- {file: /etc/shadow, line: \"x:!::::::\"}\n");
  REQUIRE(secret);
  CHECK(secret->steps.at(0).shown.hidden);
}

TEST_CASE("content may come from a file beside the YAML") {
  ResourceHost host;
  host.sources["motd"] = "from a source\n";
  REQUIRE(host.apply("- {file: /etc/motd, source: motd}\n"));
  CHECK(host.text("/etc/motd") == "from a source\n");
  host.inputs.blobs.clear();
  const State state = host.state("- {file: /etc/motd, content: x}\n");
  State other = state;
  other.resources[0].want = {{"source", sha256("elsewhere").text()}};
  CHECK(plan_state(other, *host.host, host.inputs).error().code == Errc::refuse_c1);
}

TEST_CASE("a template knows facts and labels, and nothing else") {
  ResourceHost host;
  host.inputs.labels["role"] = "web";
  REQUIRE(host.apply(
      "- {file: /etc/id, template: \"{{fact.hostname}} is {{ label.role }} {{{{x}}\\n\"}\n"));
  CHECK(host.text("/etc/id") == "web-01 is web {{x}}\n");
  const auto refused = [&](const std::string& text) {
    const auto plan = host.plan("- {file: /etc/id, template: \"" + text + "\"}\n");
    REQUIRE_FALSE(plan);
    return plan.error();
  };
  CHECK(refused("a\\n{{fact.shoe_size}}").code == Errc::unknown_fact);
  CHECK(refused("a\\n{{fact.shoe_size}}").where == "template line 2");
  CHECK(refused("{{label.owner}}").code == Errc::unknown_fact);
  CHECK(refused("{{hostname}}").code == Errc::unknown_fact);
  CHECK(refused("{{fact.hostname").code == Errc::bad_resource);
  host.inputs.labels["role"] = "web; rm -rf /";
  CHECK(refused("{{label.role}}").code == Errc::bad_resource);
}

TEST_CASE("mode and owner of a file that is there are set without its content") {
  ResourceHost host;
  const Bytes before = host.text("/etc/hosts");
  const auto plan = host.apply("- {file: /etc/hosts, mode: \"0600\", group: sudo}\n");
  REQUIRE(plan);
  CHECK(host.text("/etc/hosts") == before);
  CHECK(host.mode("/etc/hosts") == std::to_string(0600) + " 0:27");
  REQUIRE(host.undo());
  CHECK(host.mode("/etc/hosts") == std::to_string(0644) + " 0:0");
  CHECK(host.plan("- {file: /etc/none, mode: \"0600\"}\n").error().code == Errc::no_input);
  CHECK(host.plan("- {file: /etc/hosts, owner: nobody-here}\n").error().code ==
        Errc::unknown_account);
}

TEST_CASE("a line and a block are edited in a file, and several edits of one file are one") {
  ResourceHost host;
  const Bytes before = host.text("/etc/hosts");
  const std::string items =
      "- {file: /etc/hosts, line: 10.0.0.9 db, replaces: \"10.0.0.9 \"}\n"
      "- {file: /etc/hosts, block: ours, content: \"10.0.0.7 a\\n10.0.0.8 b\"}\n";
  const auto plan = host.apply(items);
  REQUIRE(plan);
  CHECK(plan->steps.size() == 2);
  CHECK(host.text("/etc/hosts") ==
        before + "10.0.0.9 db\n# twoseal begin ours\n10.0.0.7 a\n10.0.0.8 b\n# twoseal end ours\n");
  CHECK(host.plan(items)->empty());
  const auto removed = host.apply(
      "- {file: /etc/hosts, line: 10.0.0.9 db, absent: true}\n"
      "- {file: /etc/hosts, block: ours, absent: true}\n");
  REQUIRE(removed);
  CHECK(host.text("/etc/hosts") == before);
}

TEST_CASE("a file that is to be absent is removed and comes back") {
  ResourceHost host;
  const Bytes before = host.text("/etc/hosts");
  REQUIRE(host.apply("- {file: /etc/hosts, absent: true}\n"));
  CHECK_FALSE(host.exists("/etc/hosts"));
  CHECK(host.plan("- {file: /etc/hosts, absent: true}\n")->empty());
  REQUIRE(host.undo());
  CHECK(host.text("/etc/hosts") == before);
}

TEST_CASE("what stands in the way of a file is never taken away") {
  ResourceHost host;
  for (const char* path : {"/etc/ssh", "/etc/os-release"}) {
    const auto plan = host.plan("- {file: " + std::string(path) + ", content: x}\n");
    if (std::string(path) == "/etc/ssh") {
      REQUIRE_FALSE(plan);
      CHECK(plan.error().code == Errc::other_thing_there);
      CHECK(plan.error().what.starts_with("file:/etc/ssh: "));
    }
  }
}

TEST_CASE(
    "a file under several names is not cut from the others, which undo could not join again") {
  ResourceHost host;
  host.host->files().put("/srv/one", "old");
  host.host->files().put_link("/srv/two", "/srv/one");
  const auto refused = [&](const std::string& items) {
    const auto plan = host.plan(items);
    return plan ? Errc() : plan.error().code;
  };
  CHECK(refused("- {file: /srv/one, content: new}\n") == Errc::other_thing_there);
  CHECK(refused("- {file: /srv/one, absent: true}\n") == Errc::other_thing_there);
  CHECK(refused("- {directory: /srv, absent: true}\n") == Errc::other_thing_there);
  CHECK(refused("- {file: /srv/one, mode: \"0600\"}\n") == Errc::other_thing_there);
  host.host->files().erase("/srv/two");
  CHECK(host.apply("- {file: /srv/one, content: new}\n"));
  CHECK(refused("- {file: /srv/" + std::string(256, 'n') + ", content: new}\n") ==
        Errc::unsafe_path);
}

TEST_CASE("the directory of a new file must be there, or be planned before it") {
  ResourceHost host;
  const auto plan = host.plan("- {file: /opt/none/a, content: x}\n");
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == Errc::no_input);
  CHECK(plan.error().next == "put a directory resource for it before this one");
  CHECK(host.plan("- {symlink: /opt/none/a, to: /x}\n").error().code == Errc::no_input);
  CHECK(host.plan("- {directory: /opt/none/a, mode: \"0755\"}\n").error().code == Errc::no_input);
}

TEST_CASE("links and directories are made, changed and taken away") {
  ResourceHost host;
  const std::string items =
      "- {directory: /opt/app, mode: \"0750\"}\n"
      "- {file: /opt/app/a, content: x}\n"
      "- {symlink: /opt/current, to: /opt/app}\n";
  REQUIRE(host.apply(items));
  CHECK(host.mode("/opt/app") == std::to_string(0750) + " 0:0");
  CHECK(host.host->files().read_link("/opt/current").value() == "/opt/app");
  CHECK(host.plan(items)->empty());
  const auto moved = host.apply("- {symlink: /opt/current, to: /opt/other}\n");
  REQUIRE(moved);
  CHECK(ResourceHost::shown(moved->steps.at(0)) == "to: /opt/app -> /opt/other\n");
  const auto gone = host.apply(
      "- {symlink: /opt/current, absent: true}\n- {directory: /opt/app, absent: true}\n");
  REQUIRE(gone);
  CHECK(ResourceHost::risks(gone->steps.at(1)) == "data-loss");
  CHECK_FALSE(host.exists("/opt/app"));
  REQUIRE(host.undo());
  CHECK_FALSE(host.exists("/opt/app"));
}

TEST_CASE("a removed directory comes back with all that was in it") {
  ResourceHost host;
  const Bytes before = host.text("/etc/ssh/sshd_config");
  REQUIRE(host.apply("- {directory: /etc/ssh, absent: true}\n"));
  CHECK_FALSE(host.exists("/etc/ssh"));
  REQUIRE(host.undo());
  CHECK(host.text("/etc/ssh/sshd_config") == before);
}

TEST_CASE("the class of a plan is equal on equal hosts, its token is each host's own") {
  ResourceHost one;
  ResourceHost other;
  const std::string items =
      "- {setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: \"4\", then: reload ssh}\n";
  const auto plan = one.plan(items);
  const auto same = other.plan(items);
  REQUIRE(plan);
  REQUIRE(same);
  const Digest org = sha256("org");
  CHECK(class_of(*plan, org) == class_of(*same, org));
  CHECK(token_of(*plan, org, "key of one") == token_of(*plan, org, "key of one"));
  CHECK(token_of(*plan, org, "key of one") != token_of(*same, org, "key of other"));
  // A change that the class does not show (another line of the file) shows in the token.
  REQUIRE(other.apply("- {setting: /etc/ssh/sshd_config, key: X11Forwarding, value: \"no\"}\n"));
  const auto later = other.plan(items);
  CHECK(class_of(*later, org) == class_of(*plan, org));
  CHECK(token_of(*later, org, "key of one") != token_of(*plan, org, "key of one"));
}
