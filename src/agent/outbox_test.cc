#include "agent/outbox.h"

#include <doctest/doctest.h>

#include "tests/support/memory_crash.h"
#include "tests/support/memory_home.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::crashes;

namespace {

constexpr const char* kFirst = "/agent/outbox/000000000001-result";

// An agent's directory in memory; open() is what a new process would see.
class Desk : public test::MemoryHome {
 public:
  Desk() { open(); }

  void open() {
    auto opened = Outbox::open(home);
    REQUIRE(opened.has_value());
    box.emplace(*std::move(opened));
  }

  /// The objects that wait, the oldest first: `r` for a result, `s` for a report.
  std::string waiting() {
    const auto all = box->oldest(kOutboxMax);
    REQUIRE(all.has_value());
    std::string text;
    for (const KeptMail& one : *all) {
      text += (one.mail.kind == MailKind::result ? "r" : "s") + one.mail.object + " ";
      CHECK(one.mail.record == "record of " + one.mail.object);
    }
    return text;
  }

  Result<void> put(MailKind kind, const Bytes& object) {
    return box->put({kind, object, "record of " + object});
  }

  MemoryFiles& files() { return host.system.files(); }

  std::optional<Outbox> box;
};

}  // namespace

TEST_CASE("what was put waits in its order, over a restart too, until it is removed") {
  Desk desk;
  REQUIRE(desk.put(MailKind::result, "1").has_value());
  REQUIRE(desk.put(MailKind::report, "2").has_value());
  REQUIRE(desk.put(MailKind::result, "3").has_value());
  CHECK(desk.waiting() == "r1 s2 r3 ");
  desk.open();
  CHECK(desk.waiting() == "r1 s2 r3 ");
  const std::string first = desk.box->oldest(1).value().front().name;
  REQUIRE(desk.box->remove(first).has_value());
  CHECK(desk.waiting() == "s2 r3 ");
  CHECK(desk.box->remove(first).has_value());
  REQUIRE(desk.put(MailKind::result, "4").has_value());
  desk.open();
  CHECK(desk.waiting() == "s2 r3 r4 ");
}

TEST_CASE("numbers go on after a restart though the first pieces are gone") {
  Desk desk;
  for (const char* object : {"1", "2", "3"}) {
    REQUIRE(desk.put(MailKind::result, object).has_value());
  }
  REQUIRE(desk.box->remove("000000000001-result").has_value());
  desk.open();
  REQUIRE(desk.put(MailKind::result, "4").has_value());
  CHECK(desk.waiting() == "r2 r3 r4 ");
}

TEST_CASE("files that no outbox wrote are left alone") {
  Desk desk;
  for (const char* name : {"1-result",
                           "000000000001",
                           "000000000001-other",
                           "00000000000x-result",
                           "notes",
                           ".twoseal-0000000000000001"}) {
    desk.files().put("/agent/outbox/" + std::string(name), "something");
  }
  desk.open();
  CHECK(desk.box->size() == 0);
  REQUIRE(desk.put(MailKind::result, "1").has_value());
  CHECK(desk.waiting() == "r1 ");
}

TEST_CASE("while the server is away for long, old reports make room, results never do") {
  Desk desk;
  REQUIRE(desk.put(MailKind::result, "first").has_value());
  for (std::size_t i = 1; i < kOutboxMax; ++i) {
    REQUIRE(desk.put(MailKind::report, std::to_string(i)).has_value());
  }
  CHECK(desk.box->size() == kOutboxMax);
  REQUIRE(desk.put(MailKind::report, "one more").has_value());
  CHECK(desk.box->size() == kOutboxMax);
  CHECK(desk.waiting().starts_with("rfirst s2 s3 "));
  for (std::size_t i = 1; i < kOutboxMax; ++i) {
    REQUIRE(desk.put(MailKind::result, std::to_string(i)).has_value());
  }
  CHECK(code_of(desk.put(MailKind::result, "too many")) == Errc::queue_full);
  CHECK(code_of(desk.put(MailKind::report, "too many")) == Errc::queue_full);
  desk.open();
  CHECK(desk.box->size() == kOutboxMax);
  CHECK(desk.waiting().starts_with("rfirst r1 r2 "));
}

TEST_CASE("a piece that could not be read again is not taken") {
  Desk desk;
  CHECK(code_of(desk.put(MailKind::report, Bytes(kMailMax, 'x'))) == Errc::too_large);
  CHECK(desk.box->size() == 0);
  REQUIRE(desk.put(MailKind::report, Bytes(kMailMax / 4, 'x')).has_value());
  CHECK(desk.box->oldest(1).value().front().mail.object.size() == kMailMax / 4);
}

TEST_CASE("a piece cut at any length, or with any octet changed, is J1 and stays where it is") {
  Desk desk;
  REQUIRE(desk.put(MailKind::result, "1").has_value());
  const Bytes whole = desk.files().text(kFirst);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    desk.files().put(kFirst, whole.substr(0, at));
    CHECK(code_of(desk.box->oldest(1)) == Errc::refuse_j1);
    Bytes changed = whole;
    changed[at] = static_cast<char>(octet(changed, at) ^ 1U);
    desk.files().put(kFirst, changed);
    CHECK(code_of(desk.box->oldest(1)) == Errc::refuse_j1);
    CHECK(desk.files().text(kFirst) == changed);
  }
  desk.files().erase(kFirst);
  CHECK(code_of(desk.box->oldest(1)) == Errc::refuse_j1);
  desk.files().put(kFirst, whole);
  CHECK(desk.waiting() == "r1 ");
}

TEST_CASE("on a full disk or a read-only one nothing is put, and what waits is kept") {
  Desk desk;
  REQUIRE(desk.put(MailKind::result, "1").has_value());
  desk.files().set_capacity(1);
  CHECK(code_of(desk.put(MailKind::result, "2")) == Errc::disk_full);
  CHECK(desk.waiting() == "r1 ");
  desk.files().set_capacity(std::size_t{64} * 1024 * 1024);
  desk.files().set_read_only("/agent", true);
  CHECK(code_of(desk.put(MailKind::result, "2")) == Errc::no_permission);
  CHECK(code_of(desk.box->remove("000000000001-result")) == Errc::no_permission);
  CHECK(desk.waiting() == "r1 ");
  desk.files().set_read_only("/agent", false);
  REQUIRE(desk.put(MailKind::result, "2").has_value());
  desk.open();
  CHECK(desk.waiting() == "r1 r2 ");
}

TEST_CASE("wherever putting or removing is killed, each piece is whole or not there") {
  bool crashed = true;
  for (std::uint64_t step = 1; crashed; ++step) {
    CAPTURE(step);
    Desk desk;
    std::string acknowledged;
    desk.host.system.crash_after(step);
    crashed = crashes([&] {
      desk.put(MailKind::result, "1").value();
      acknowledged = "r1 ";
      desk.put(MailKind::report, "2").value();
      acknowledged = "r1 s2 ";
      desk.box->remove("000000000001-result").value();
    });
    desk.host.system.crash_after(0);
    desk.open();
    const std::string left = desk.waiting();
    const std::string last = crashed ? acknowledged : "s2 ";
    CHECK((left == last || left == "r1 " || left == "r1 s2 " || left == "s2 "));
    CHECK(left.size() >= (acknowledged == "r1 s2 " ? 3 : acknowledged.size()));
  }
}
