// For tests of the desk: a server whose people author, approve, release and take back changes, and
// what its hosts would decide.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/authorize.h"
#include "policy/rollback.h"
#include "tests/support/live_server.h"

namespace twoseal::test {

template <class T>
std::string code_of(const Result<T>& result) {
  if (result) {
    return "";
  }
  const ErrorInfo& info = error_info(result.error().code);
  return std::string(info.refusal.empty() ? info.name : info.refusal);
}

template <class T>
std::string why(const Result<T>& result) {
  return result ? "" : result.error().what;
}

#define REQUIRE_DONE(expression)                          \
  do {                                                    \
    const auto required = (expression);                   \
    REQUIRE_MESSAGE(required.has_value(), why(required)); \
  } while (false)

/// A server with an organisation whose documents are in force.
struct Town : LiveServer {
  explicit Town(std::size_t prod = 2) : LiveServer(LiveOrganisation(prod)) {
    REQUIRE_DONE(begin());
  }

  std::string state_of(const Digest& change) {
    const auto course = desk.course(change);
    REQUIRE_MESSAGE(course.has_value(), why(course));
    return std::string(text_of(course->state));
  }

  // What the host of that name decides from: its files, and nothing that it remembers.
  std::pair<Files, DecisionInputs> seen_by(const std::string& name, const Digest& change) {
    const HostId host = organisation.host(name).id;
    const auto given = files.files_for(host, change, {});
    REQUIRE_MESSAGE(given.has_value(), why(given));
    DecisionInputs inputs;
    inputs.clock = clock.now();
    inputs.floor = clock.now() - 10;
    inputs.host = host;
    inputs.org = organisation.org;
    return {given->all(), inputs};
  }

  Decision decide_on(const std::string& name, const Digest& change) {
    const auto [given, inputs] = seen_by(name, change);
    return authorize(given, inputs).decision;
  }

  // Whether it would take the change back.
  bool is_taken_back_on(const std::string& name, const Digest& change) {
    const auto [given, inputs] = seen_by(name, change);
    return authorize_rollback(given, inputs).permits();
  }

  std::string code_on(const std::string& name, const Digest& change) {
    REQUIRE_DONE(refresh());
    const Decision decision = decide_on(name, change);
    if (decision.answer == Answer::permit) {
      return "permit";
    }
    return std::string(error_info(decision.code).refusal) + ": " + decision.reasons.front().text;
  }

  // Of the hosts named, or of all.
  Result<Submitted> ask_back(const std::string& who,
                             const Digest& change,
                             const std::vector<std::string>& names = {}) {
    Rollback rollback;
    rollback.change = change;
    if (!names.empty()) {
      rollback.hosts.emplace();
      for (const std::string& name : names) {
        rollback.hosts->push_back(organisation.host(name).id);
      }
      std::sort(rollback.hosts->begin(), rollback.hosts->end());
    }
    rollback.nonce = sha256("rollback " + who + std::to_string(clock.now())).bytes().substr(0, 16);
    rollback.org = organisation.org;
    return submit(organisation.sign_object(
        who, Act::rollback, ObjType::rollback, codec::encode(rollback), clock.now()));
  }

  Result<Submitted> withdraw(const std::string& who, const Digest& statement) {
    return submit(
        organisation.sign(who, Act::withdraw, ObjType::statement, statement, clock.now()));
  }

  Result<Submitted> release_after(const Digest& change, const char* phase, std::uint64_t rollback) {
    return submit(make_release("eve", change, phase, static_cast<std::int64_t>(rollback)));
  }

  // The first host has done it well.
  void do_canary(const LiveChange& change) {
    REQUIRE_DONE(approved(change));
    REQUIRE_DONE(release("eve", change.digest, "canary"));
    REQUIRE_DONE(result("prod-1", change.digest, "canary", "ok"));
  }

  // Both hosts took it back, as they were asked.
  void take_back(const LiveChange& change) {
    REQUIRE_DONE(taken_back("prod-1", change.digest, "canary"));
    REQUIRE_DONE(taken_back("prod-2", change.digest, "rest"));
  }

  // Both hosts have done it well, and the log says so.
  void finish(const LiveChange& change) {
    do_canary(change);
    clock.advance(301);
    REQUIRE_DONE(result("prod-2", change.digest, "rest", "ok"));
    REQUIRE_DONE(desk.tick());
    REQUIRE(state_of(change.digest) == "done");
  }

  // Both hosts took it back since amara asked, and a release of the canary names that.
  void begin_again(const LiveChange& change) {
    const auto asked = ask_back("amara", change.digest);
    REQUIRE_DONE(asked);
    take_back(change);
    clock.advance(1);
    REQUIRE_DONE(release_after(change.digest, "canary", asked->index));
  }

  // Lists of its environment, each signed by another person, that end the assignment of the host.
  std::vector<LiveSigned> list_without(const std::string& name) {
    for (LiveHost& host : organisation.hosts) {
      if (host.name == name) {
        host.assignment.prev = sha256(codec::encode(host.assignment));
        ++host.assignment.version;
        host.assignment.expires = clock.now() + 1;
      }
    }
    return organisation.batch("prod", clock.now());
  }

  // The assignment of the host ends, as its next version says.
  void retire(const std::string& name) {
    for (const LiveSigned& one : list_without(name)) {
      REQUIRE_DONE(submit(one));
    }
    clock.advance(1);
    REQUIRE_DONE(refresh());
  }

  // The course of one of its hosts.
  HostCourse host_of(const Digest& change, const std::string& name) {
    const auto course = desk.course(change);
    REQUIRE_MESSAGE(course.has_value(), why(course));
    const HostId id = organisation.host(name).id;
    const auto found = std::find_if(course->hosts.begin(),
                                    course->hosts.end(),
                                    [&](const HostCourse& one) { return one.id == id; });
    REQUIRE(found != course->hosts.end());
    return *found;
  }

  // What somebody reads who builds a view of the same log anew.
  void check_rebuilt() {
    LedgerView rebuilt(*store, organisation.org);
    REQUIRE_DONE(rebuilt.load());
    const auto difference = view.difference(rebuilt);
    CHECK_MESSAGE(!difference, difference.value_or(""));
  }
};

}  // namespace twoseal::test
