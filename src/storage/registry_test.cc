// One suite over every implementation of the registry: what the interface promises.
#include "storage/registry.h"

#include <atomic>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "storage/memory/memory_registry.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

struct Memory {
  std::unique_ptr<Registry> registry = make_memory_registry();
};

struct Sqlite {
  TemporaryDirectory directory = {};
  ServerStore server = open_sqlite_server_store(directory.file("store"), OpenMode::fresh).value();
  std::unique_ptr<Registry>& registry = server.registry;
};

constexpr UnixSeconds kNow = 1'800'000'000;

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

ActorId actor(std::string_view text) {
  return ActorId::parse(text).value();
}

HostId host(int number) {
  std::string hex = std::to_string(number);
  return HostId::parse("h:" + std::string(32 - hex.size(), '0') + hex).value();
}

OpenSession session(const std::string& id, std::string_view by = "p:amara") {
  return {.id = id,
          .token = sha256("token of " + id),
          .actor = actor(by),
          .opened_at = kNow,
          .expires_at = kNow + 100,
          .last_used = kNow,
          .label = "laptop"};
}

JoinToken join_token(const std::string& id) {
  return {.id = id, .expires_at = kNow + 100, .made_by = actor("p:dana"), .made_at = kNow};
}

HeldPlanRequest plan_request(std::string_view text) {
  return {sha256(text), "record", Bytes(text), sha256("state"), actor("p:leo"), kNow + 3'600};
}

HeldPlanAnswer plan_answer(std::string_view request, int number, std::string_view bytes = "same") {
  return {.request = sha256(request),
          .host = host(number),
          .at = kNow,
          .record = "record",
          .bytes = Bytes(bytes),
          .class_digest = sha256("class"),
          .why = ""};
}

HeldReport report(int number, std::int64_t counter, const std::string& text) {
  return {host(number), counter, sha256(text), kNow, sha256(text)};
}

}  // namespace

TEST_CASE_TEMPLATE("a session is found by its token until it is dropped", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  REQUIRE(registry.put_session(session("a")).has_value());
  REQUIRE(registry.put_session(session("b")).has_value());
  REQUIRE(registry.put_session(session("c", "p:bo")).has_value());
  CHECK(registry.session_of(sha256("token of a")).value() == session("a"));
  CHECK(code_of(registry.session_of(sha256("another"))) == Errc::not_found);
  CHECK(registry.sessions_by(actor("p:amara")).value() ==
        std::vector<OpenSession>{session("a"), session("b")});
  SUBCASE("an id or a token that is known is refused") {
    CHECK(code_of(registry.put_session(session("a"))) == Errc::exists_already);
    OpenSession other = session("d");
    other.token = session("a").token;
    CHECK(code_of(registry.put_session(other)) == Errc::exists_already);
  }
  SUBCASE("its use is remembered, never backwards") {
    REQUIRE(registry.touch_session("a", kNow + 5).has_value());
    REQUIRE(registry.touch_session("a", kNow + 2).has_value());
    REQUIRE(registry.touch_session("nobody", kNow).has_value());
    CHECK(registry.session_of(sha256("token of a")).value().last_used == kNow + 5);
  }
  SUBCASE("it is revoked once") {
    REQUIRE(registry.revoke_session("a", kNow + 1).has_value());
    REQUIRE(registry.revoke_session("a", kNow + 9).has_value());
    CHECK(registry.session_of(sha256("token of a")).value().revoked_at == kNow + 1);
    CHECK(code_of(registry.revoke_session("nobody", kNow)) == Errc::not_found);
  }
  SUBCASE("what expired is dropped") {
    REQUIRE(registry.drop_sessions(kNow + 99).has_value());
    CHECK(registry.session_of(sha256("token of a")).has_value());
    REQUIRE(registry.drop_sessions(kNow + 100).has_value());
    CHECK(code_of(registry.session_of(sha256("token of a"))) == Errc::not_found);
  }
}

TEST_CASE_TEMPLATE("a join token serves one host once", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  REQUIRE(registry.put_join_token(join_token("a")).has_value());
  REQUIRE(registry.put_join_token(join_token("b")).has_value());
  CHECK(code_of(registry.put_join_token(join_token("a"))) == Errc::exists_already);
  CHECK(code_of(registry.take_join_token("none", host(1), kNow)) == Errc::token_unknown);
  CHECK(code_of(registry.take_join_token("a", host(1), kNow + 100)) == Errc::token_expired);
  REQUIRE(registry.take_join_token("a", host(1), kNow + 99).has_value());
  CHECK(code_of(registry.take_join_token("a", host(1), kNow + 99)) == Errc::token_used);
  CHECK(code_of(registry.take_join_token("a", host(2), kNow + 200)) == Errc::token_used);
  const auto tokens = registry.join_tokens("").value();
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].used_by == host(1));
  CHECK(tokens[0].used_at == kNow + 99);
  CHECK(tokens[1] == join_token("b"));
  CHECK(registry.join_tokens("a").value().size() == 1);
  const std::string first = registry.join_tokens("").value().front().id;
  REQUIRE(registry.remove_join_token(first).has_value());
  CHECK(code_of(registry.remove_join_token(first)) == Errc::not_found);
  REQUIRE(registry.drop_join_tokens(kNow + 100).has_value());
  CHECK(registry.join_tokens("").value().empty());
}

TEST_CASE_TEMPLATE("of many who take a join token at once, one gets it", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  REQUIRE(registry.put_join_token(join_token("a")).has_value());
  std::atomic<int> taken = 0;
  std::atomic<int> used = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const auto result = registry.take_join_token("a", host(i), kNow);
        taken += result ? 1 : 0;
        used += code_of(result) == Errc::token_used ? 1 : 0;
      });
    }
  }
  CHECK(taken == 1);
  CHECK(used == 7);
}

TEST_CASE_TEMPLATE("a join request waits until it is assigned", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  HeldJoinRequest request{
      .host = host(1), .token = "a", .bytes = "bytes", .mac = "mac", .at = kNow};
  request.address = "192.0.2.7";
  REQUIRE(registry.put_join_request(request).has_value());
  CHECK(registry.join_request(host(1)).value() == request);
  CHECK(code_of(registry.join_request(host(2))) == Errc::not_found);
  request.bytes = "others";
  REQUIRE(registry.put_join_request(request).has_value());
  CHECK(registry.join_requests(JoinState::waiting, "").value() ==
        std::vector<HeldJoinRequest>{request});
  CHECK(registry.join_requests(JoinState::waiting, host(1).text()).value().empty());
  REQUIRE(registry.move_join_request(host(1), JoinState::assigned).has_value());
  CHECK(code_of(registry.move_join_request(host(2), JoinState::assigned)) == Errc::not_found);
  CHECK(registry.join_requests(JoinState::waiting, "").value().empty());
  CHECK(code_of(registry.put_join_request(request)) == Errc::exists_already);
}

TEST_CASE_TEMPLATE("the newest contact of a host is kept", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  std::vector<HostContact> contacts;
  for (int i = 0; i < 3; ++i) {
    contacts.push_back({host(i), kNow, "1.0", 10, 4, "boot", "0a", kNow + 9});
  }
  REQUIRE(registry.put_contacts(contacts).has_value());
  HostContact newer = contacts[1];
  newer.at = kNow + 1;
  newer.counter = 5;
  REQUIRE(registry.put_contacts(std::span(&newer, 1)).has_value());
  REQUIRE(registry.put_contacts(std::span(&contacts[1], 1)).has_value());
  CHECK(registry.contact(host(1)).value() == newer);
  CHECK(code_of(registry.contact(host(7))) == Errc::not_found);
  CHECK(registry.contacts(host(0).text()).value() == std::vector<HostContact>{newer, contacts[2]});
}

TEST_CASE_TEMPLATE("a list has an end", Made, Memory, Sqlite) {
  const Made made;
  std::vector<HostContact> contacts;
  for (int i = 0; i < 1'100; ++i) {
    contacts.push_back({host(i), kNow, "1.0", 10, 4, "boot", "0a", kNow + 9});
  }
  REQUIRE(made.registry->put_contacts(contacts).has_value());
  const auto first = made.registry->contacts("").value();
  CHECK(first.size() == kRowsMax);
  CHECK(made.registry->contacts(first.back().host.text()).value().size() == 100);
}

TEST_CASE_TEMPLATE("what is denied stays denied until that is taken back", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  const Denial denial{DenialKind::certificate, "0a", kNow, actor("p:dana"), "lost"};
  Denial later = denial;
  later.why = "found";
  REQUIRE(registry.put_denial(denial).has_value());
  REQUIRE(registry.put_denial(later).has_value());
  CHECK(registry.is_denied(DenialKind::certificate, "0a").value());
  CHECK_FALSE(registry.is_denied(DenialKind::host, "0a").value());
  CHECK(registry.denials(DenialKind::certificate, "").value() == std::vector<Denial>{denial});
  CHECK(registry.denials(DenialKind::host, "").value().empty());
  REQUIRE(registry.remove_denial(DenialKind::certificate, "0a").has_value());
  CHECK_FALSE(registry.is_denied(DenialKind::certificate, "0a").value());
  CHECK(code_of(registry.remove_denial(DenialKind::certificate, "0a")) == Errc::not_found);
}

TEST_CASE_TEMPLATE("a host answers a plan request once", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  CHECK(code_of(registry.put_plan_answer(plan_answer("request", 1), "class")) == Errc::not_found);
  REQUIRE(registry.put_plan_request(plan_request("request")).has_value());
  REQUIRE(registry.put_plan_request(plan_request("request")).has_value());
  CHECK(registry.plan_request(sha256("request")).value() == plan_request("request"));
  CHECK(code_of(registry.plan_request(sha256("other"))) == Errc::not_found);
  CHECK(registry.open_plan_requests(kNow).value().size() == 1);
  CHECK(registry.open_plan_requests(kNow + 3'600).value().empty());

  REQUIRE(registry.put_plan_answer(plan_answer("request", 2), "class").has_value());
  REQUIRE(registry.put_plan_answer(plan_answer("request", 1), "class").has_value());
  REQUIRE(registry.put_plan_answer(plan_answer("request", 1), "class").has_value());
  CHECK(code_of(registry.put_plan_answer(plan_answer("request", 1, "other"), "class")) ==
        Errc::exists_already);
  HeldPlanAnswer refusal = plan_answer("request", 3);
  refusal.why = "S5";
  refusal.class_digest = Digest();
  REQUIRE(registry.put_plan_answer(refusal, "").has_value());
  CHECK(registry.plan_answers(sha256("request"), "").value() ==
        std::vector<HeldPlanAnswer>{plan_answer("request", 1), plan_answer("request", 2), refusal});
  CHECK(registry.plan_answers(sha256("request"), host(1).text()).value().size() == 2);
  CHECK(registry.plan_class(sha256("class")).value() == "class");
  CHECK(code_of(registry.plan_class(Digest())) == Errc::not_found);

  REQUIRE(registry.drop_plans(kNow + 3'600).has_value());
  CHECK(registry.plan_class(sha256("class")).has_value());
  REQUIRE(registry.drop_plans(kNow + 3'601).has_value());
  CHECK(code_of(registry.plan_class(sha256("class"))) == Errc::not_found);
  CHECK(registry.plan_answers(sha256("request"), "").value().empty());
}

TEST_CASE_TEMPLATE("bytes of a class that are others are told", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  REQUIRE(registry.put_plan_request(plan_request("request")).has_value());
  REQUIRE(registry.put_plan_answer(plan_answer("request", 1), "another class").has_value());
  CHECK(code_of(registry.plan_class(sha256("class"))) == Errc::ledger_inconsistent);
}

TEST_CASE_TEMPLATE("a repeated request gets the answer of the first", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  const ActorId by = actor("p:leo");
  const auto reserve = [&](std::string_view request, UnixSeconds now) {
    return registry.reserve_request(by, "key", sha256(request), now, 60);
  };
  CHECK(code_of(registry.finish_request(by, "key", {200, "body"})) == Errc::not_found);
  CHECK_FALSE(reserve("one", kNow).value().has_value());
  CHECK(code_of(reserve("one", kNow + 59)) == Errc::in_progress);
  CHECK(code_of(reserve("two", kNow)) == Errc::key_reused);
  CHECK_FALSE(
      registry.reserve_request(actor("p:bo"), "key", sha256("two"), kNow, 60).value().has_value());
  SUBCASE("finished") {
    REQUIRE(registry.finish_request(by, "key", {201, "body"}).has_value());
    CHECK(reserve("one", kNow + 1).value() == KeptAnswer{201, "body"});
    CHECK(code_of(reserve("two", kNow + 1)) == Errc::key_reused);
    REQUIRE(registry.release_request(by, "key").has_value());
    CHECK(reserve("one", kNow + 1).value() == KeptAnswer{201, "body"});
    CHECK(code_of(registry.finish_request(by, "key", {200, Bytes(kAnswerBodyMax + 1, 'x')})) ==
          Errc::too_large);
  }
  SUBCASE("given up by its worker") {
    REQUIRE(registry.release_request(by, "key").has_value());
    CHECK_FALSE(reserve("one", kNow + 1).value().has_value());
  }
  SUBCASE("whose worker died") {
    CHECK_FALSE(reserve("one", kNow + 60).value().has_value());
    CHECK(code_of(reserve("one", kNow + 61)) == Errc::in_progress);
  }
  SUBCASE("dropped after a time") {
    REQUIRE(registry.drop_requests(kNow).has_value());
    CHECK(code_of(reserve("two", kNow)) == Errc::key_reused);
    REQUIRE(registry.drop_requests(kNow + 1).has_value());
    CHECK_FALSE(reserve("two", kNow + 1).value().has_value());
  }
}

TEST_CASE_TEMPLATE("of two equal requests at once, one runs", Made, Memory, Sqlite) {
  const Made made;
  std::atomic<int> run = 0;
  std::atomic<int> told_to_wait = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto result =
            made.registry->reserve_request(actor("p:leo"), "key", sha256("one"), kNow, 60);
        run += result && !*result ? 1 : 0;
        told_to_wait += code_of(result) == Errc::in_progress ? 1 : 0;
      });
    }
  }
  CHECK(run == 1);
  CHECK(told_to_wait == 7);
}

TEST_CASE_TEMPLATE("the number of a host's reports only rises", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  CHECK(code_of(registry.newest_report(host(1))) == Errc::not_found);
  REQUIRE(registry.put_report(report(1, 4, "four")).has_value());
  REQUIRE(registry.put_report(report(1, 6, "six")).has_value());
  REQUIRE(registry.put_report(report(2, 1, "one")).has_value());
  REQUIRE(registry.put_report(report(1, 4, "four")).has_value());
  CHECK(code_of(registry.put_report(report(1, 6, "other"))) == Errc::report_old);
  CHECK(code_of(registry.put_report(report(1, 5, "five"))) == Errc::report_old);
  CHECK(registry.newest_report(host(1)).value() == report(1, 6, "six"));
  const auto unnamed = registry.unnamed_reports().value();
  REQUIRE(unnamed.size() == 3);
  CHECK(unnamed[0].digest < unnamed[1].digest);
  const std::vector<Digest> named = {sha256("four"), sha256("six")};
  REQUIRE(registry.name_reports(named, 17).has_value());
  CHECK(registry.unnamed_reports().value() == std::vector<HeldReport>{report(2, 1, "one")});
}

TEST_CASE_TEMPLATE("the work log of a host has an order and an end", Made, Memory, Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  const auto line = [](int number) {
    return WorkLine{sha256("change"), host(1), kNow + number, "line " + std::to_string(number)};
  };
  std::vector<WorkLine> lines;
  for (int i = 0; i < 1'500; ++i) {
    lines.push_back(line(i));
  }
  REQUIRE(registry.put_work_lines(lines).has_value());
  CHECK(registry.work_lines(sha256("change"), host(1), 0).value().size() == kRowsMax);
  CHECK(registry.work_lines(sha256("change"), host(1), 1'499).value() ==
        std::vector<WorkLine>{line(1'499)});
  CHECK(registry.work_lines(sha256("change"), host(2), 0).value().empty());
  CHECK(registry.work_lines(sha256("change"), host(1), 9'999'999).value().empty());
  SUBCASE("a line that is too long takes all of its call with it") {
    const WorkLine bad{sha256("change"), host(1), kNow, std::string(kWorkLineMax + 1, 'x')};
    const std::vector<WorkLine> two = {line(1'500), bad};
    CHECK(code_of(registry.put_work_lines(two)) == Errc::too_large);
    CHECK(registry.work_lines(sha256("change"), host(1), 1'500).value().empty());
  }
  SUBCASE("a full log takes no more") {
    std::vector<WorkLine> rest(kWorkLinesMax - lines.size(), line(2));
    REQUIRE(registry.put_work_lines(rest).has_value());
    CHECK(code_of(registry.put_work_lines(std::span(&lines[0], 1))) == Errc::too_large);
    WorkLine other = line(3);
    other.host = host(2);
    CHECK(registry.put_work_lines(std::span(&other, 1)).has_value());
  }
}

TEST_CASE_TEMPLATE("the newest fresh that hosts were given until a moment is found",
                   Made,
                   Memory,
                   Sqlite) {
  const Made made;
  Registry& registry = *made.registry;
  const auto fresh = [](UnixSeconds at) {
    return KeptFresh{at, sha256(std::to_string(at)), "bytes", "record", "stops"};
  };
  CHECK(code_of(registry.fresh_until(1'000)) == Errc::not_found);
  for (const UnixSeconds at : {200, 100, 300, 200}) {
    CHECK(registry.keep_fresh(fresh(at)).has_value());
  }
  CHECK(code_of(registry.fresh_until(99)) == Errc::not_found);
  CHECK(registry.fresh_until(100).value() == fresh(100));
  CHECK(registry.fresh_until(299).value() == fresh(200));
  CHECK(registry.fresh_until(5'000).value() == fresh(300));
}

TEST_CASE("what the registry of a server was given is there after it is opened again") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("store");
  {
    const ServerStore server = open_sqlite_server_store(path, OpenMode::fresh).value();
    REQUIRE(server.registry->put_session(session("a")).has_value());
  }
  const ServerStore server = open_sqlite_server_store(path, OpenMode::existing).value();
  CHECK(server.registry->session_of(sha256("token of a")).value() == session("a"));
  CHECK(server.store->head().value().size == 0);
}

TEST_CASE("a failed write of the registry makes the store suspect too") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("store");
  const ServerStore server = open_sqlite_server_store(path, OpenMode::fresh).value();
  auto other = sqlite::Connection::open(path).value();
  REQUIRE(other.execute("drop table session").has_value());
  CHECK(code_of(server.registry->put_session(session("a"))) == Errc::store_failed);
  CHECK(code_of(server.registry->put_join_token(join_token("a"))) == Errc::store_failed);
  CHECK(code_of(server.store->put_blob("blob")) == Errc::store_failed);
  CHECK(server.registry->join_tokens("").value().empty());
}

TEST_CASE("a name in the registry that is none is told") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("store");
  const ServerStore server = open_sqlite_server_store(path, OpenMode::fresh).value();
  REQUIRE(server.registry->put_session(session("a")).has_value());
  auto other = sqlite::Connection::open(path).value();
  REQUIRE(other.execute("update session set actor = 'NO NAME'").has_value());
  CHECK(code_of(server.registry->session_of(sha256("token of a"))) == Errc::ledger_inconsistent);
}

TEST_CASE("many writers at once all get their own answer") {
  const Sqlite made;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 16; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 50; ++i) {
          const std::string id = std::to_string(thread) + "-" + std::to_string(i);
          const bool first = made.registry->put_session(session(id)).has_value();
          const bool second = made.registry->put_session(session(id)).has_value();
          done += first && !second ? 1 : 0;
        }
      });
    }
  }
  CHECK(done == 16 * 50);
  CHECK(made.registry->sessions_by(actor("p:amara")).value().size() == 800);
}
