// For tests: one server and the agents of its hosts in production, all real, in one process, with a
// clock that is moved by hand.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "authoring/state_yaml.h"
#include "tests/support/test_agent.h"

namespace twoseal::test {

class Rollout {
 public:
  explicit Rollout(std::size_t hosts = 3)
      : Rollout(hosts, {make_memory_store(), make_memory_registry()}) {}

  /// Over stores that are given.
  Rollout(std::size_t hosts, ServerStore stores)
      : server(LiveOrganisation(hosts, 1), std::move(stores)) {
    for (const LiveHost& host : server.organisation.hosts) {
      if (host.assignment.env.text() == "prod") {
        agents.push_back(std::make_unique<TestAgent>(server, host));
      }
    }
    step_all();
  }

  /// Every agent in turn; nothing may go wrong.
  void step_all(int rounds = 1) {
    for (int i = 0; i < rounds; ++i) {
      for (const auto& one : agents) {
        CHECK(one->step() == "");
        server.settle();
      }
    }
  }

  /// Time passes for all, and the server does what is due.
  void pass(UnixSeconds seconds) {
    server.clock.advance(seconds);
    REQUIRE(server.parts->tick());
    server.settle();
  }

  /// A change of the `set:` list `items` on all hosts in production.
  [[nodiscard]] LiveChange draft(const std::string& name, const std::string& items) const {
    LiveChange made = server.organisation.make_change(name);
    const auto compiled = authoring::compile_state(
        {"scope: " + made.change.scope->text() + "\nset:\n" + items, "test.yaml"},
        server.organisation.org,
        [](std::string_view) { return Result<Bytes>(fail(Errc::no_input, "no such source")); });
    check(compiled.has_value(), compiled ? "" : compiled.error().what);
    made.objects[1] = compiled->bytes;
    made.change.apply = sha256(compiled->bytes);
    return made;
  }

  [[nodiscard]] std::vector<HostId> hosts() const {
    std::vector<HostId> all;
    for (const auto& one : agents) {
      all.push_back(one->id());
    }
    return all;
  }

  /// Asks the hosts what the state of `draft` would change, and gives the change with their
  /// answers.
  LiveChange plan(const LiveChange& draft) {
    const Digest request = ask_for_plans(server, draft, hosts());
    step_all();
    CHECK(server.parts->plans.answers_to(request) == agents.size());
    return with_plans(server, draft, request);
  }

  LiveChange plan(const std::string& name) { return plan(server.organisation.make_change(name)); }

  void author(const LiveChange& change) {
    REQUIRE(server.submit(server.organisation.author(change, server.clock.now()), "leo").status ==
            200);
  }

  HttpResponse vote(const std::string& who, const LiveChange& change, Act act = Act::approve) {
    return server.submit(
        server.organisation.sign(who, act, ObjType::change, change.digest, server.clock.now()),
        who);
  }

  void approve(const LiveChange& change) {
    author(change);
    REQUIRE(vote("amara", change).status == 200);
    REQUIRE(vote("bo", change).status == 200);
  }

  [[nodiscard]] LiveSigned release_of(const LiveChange& change,
                                      const std::string& phase,
                                      const std::string& who = "eve") {
    return make_live_release(server.organisation,
                             *server.parts->view.change(change.digest),
                             server.clock.now(),
                             who,
                             phase);
  }

  void release(const LiveChange& change, const std::string& phase = "canary") {
    REQUIRE(server.submit(release_of(change, phase), "eve").status == 200);
  }

  /// Planned, authored, approved, released.
  LiveChange released(const LiveChange& draft) {
    const LiveChange change = plan(draft);
    approve(change);
    release(change);
    return change;
  }

  /// Plan, author, approve, release, canary, soak, the rest: everywhere.
  LiveChange apply_everywhere(const std::string& name) {
    const LiveChange change = released(server.organisation.make_change(name));
    step_all();
    pass(301);
    step_all();
    return change;
  }

  [[nodiscard]] std::string state_of(const LiveChange& change) {
    REQUIRE(server.parts->tick());
    server.settle();
    const HttpResponse page =
        server.call("GET", "/v1/changes/" + change.digest.hex(), server.log_in("omar"));
    return json_field(page.body, "state");
  }

  [[nodiscard]] std::string outcome(const LiveChange& change, std::size_t host) const {
    const auto facts = server.parts->view.change(change.digest);
    const HostOutcome* outcome = facts->outcome_of(agents[host]->id());
    return outcome != nullptr ? outcome->outcome : "none";
  }

  /// Of all hosts in turn.
  [[nodiscard]] std::string outcomes(const LiveChange& change) const {
    std::string all;
    for (std::size_t host = 0; host < agents.size(); ++host) {
      all += (host == 0 ? "" : " ") + outcome(change, host);
    }
    return all;
  }

  /// The lines that hosts told about the change.
  [[nodiscard]] Bytes lines_of(const LiveChange& change) {
    return server.call("GET", "/v1/changes/" + change.digest.hex() + "/log", server.log_in("omar"))
        .body;
  }

  TestServer server;
  std::vector<std::unique_ptr<TestAgent>> agents;
};

}  // namespace twoseal::test
