#include "model/statement.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "model/ledger_entry.h"
#include "model/names.h"
#include "model/roster.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

ActorKind kind_of(std::string_view text) {
  return actor_kind(ActorId::parse(text).value());
}

template <class Enum>
void check_names() {
  std::set<std::string_view> seen;
  for (const auto& row : enum_names<Enum>()) {
    CAPTURE(row.name);
    CHECK(seen.insert(row.name).second);
    CHECK(enum_value<Enum>(row.name) == row.value);
    CHECK(enum_name(row.value) == row.name);
  }
  CHECK_FALSE(enum_value<Enum>("no-such-name").has_value());
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): what must not happen, on purpose
  CHECK(enum_name(static_cast<Enum>(99)) == "?");
}

}  // namespace

TEST_CASE("the prefix of an id tells who acts") {
  CHECK(kind_of("p:amara") == ActorKind::person);
  CHECK(kind_of("s:ci") == ActorKind::service);
  CHECK(kind_of("h:0123") == ActorKind::host);
  CHECK(kind_of("t:0123") == ActorKind::timekeeper);
  CHECK(kind_of("root:0123") == ActorKind::root);
  CHECK(kind_of("p:") == ActorKind::other);
  CHECK(kind_of("server") == ActorKind::other);
}

TEST_CASE("a service never approves and nobody but root signs a roster") {
  CHECK(is_allowed(ObjType::change, Act::approve, ActorKind::person));
  CHECK_FALSE(is_allowed(ObjType::change, Act::approve, ActorKind::service));
  CHECK(is_allowed(ObjType::change, Act::author, ActorKind::service));
  CHECK(is_allowed(ObjType::roster, Act::sign, ActorKind::root));
  CHECK_FALSE(is_allowed(ObjType::roster, Act::sign, ActorKind::person));
  CHECK_FALSE(is_allowed(ObjType::change, Act::login, ActorKind::person));
  CHECK_FALSE(is_allowed(ObjType::fresh, Act::sign, ActorKind::other));
}

TEST_CASE("the namespace of a signature names the act") {
  CHECK(signature_namespace(Act::approve) == "approve.v1@twoseal");
  CHECK(name_of(ObjType::plan_request) == "plan-request");
}

TEST_CASE("names of acts, types, events and displays are distinct and read back") {
  check_names<Act>();
  check_names<ObjType>();
  check_names<Event>();
  check_names<Display>();
}
