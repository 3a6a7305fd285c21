#include "model/statement.h"

#include <algorithm>
#include <array>

#include "model/names.h"

namespace twoseal {
namespace {

constexpr unsigned kPerson = 1U << static_cast<unsigned>(ActorKind::person);
constexpr unsigned kService = 1U << static_cast<unsigned>(ActorKind::service);
constexpr unsigned kHost = 1U << static_cast<unsigned>(ActorKind::host);
constexpr unsigned kTimekeeper = 1U << static_cast<unsigned>(ActorKind::timekeeper);
constexpr unsigned kRoot = 1U << static_cast<unsigned>(ActorKind::root);

struct Allowed {
  ObjType type;
  Act act;
  unsigned by;
};

// The table of docs/formats/statement.md.
constexpr std::array kAllowed = {
    Allowed{ObjType::plan_request, Act::plan, kPerson | kService},
    Allowed{ObjType::plan_request, Act::approve, kPerson},
    Allowed{ObjType::plan_answer, Act::sign, kHost},
    Allowed{ObjType::result, Act::sign, kHost},
    Allowed{ObjType::report, Act::sign, kHost},
    Allowed{ObjType::change, Act::author, kPerson | kService},
    Allowed{ObjType::change, Act::approve, kPerson},
    Allowed{ObjType::change, Act::reject, kPerson},
    Allowed{ObjType::change, Act::signoff, kPerson},
    Allowed{ObjType::release, Act::release, kPerson},
    Allowed{ObjType::rollback, Act::rollback, kPerson},
    Allowed{ObjType::statement, Act::withdraw, kPerson},
    Allowed{ObjType::evidence, Act::attest, kPerson | kService},
    Allowed{ObjType::roster, Act::sign, kRoot},
    Allowed{ObjType::policy, Act::sign, kPerson},
    Allowed{ObjType::restrictions, Act::sign, kPerson},
    Allowed{ObjType::assignments, Act::sign, kPerson},
    Allowed{ObjType::fresh, Act::sign, kTimekeeper},
    Allowed{ObjType::stop, Act::sign, kPerson},
    Allowed{ObjType::stop, Act::lift, kPerson},
    Allowed{ObjType::verdict, Act::sign, kPerson},
    Allowed{ObjType::verdict, Act::signoff, kPerson},
    Allowed{ObjType::emergency, Act::sign, kPerson},
    Allowed{ObjType::emergency, Act::signoff, kPerson},
    Allowed{ObjType::session, Act::login, kPerson | kService},
};

}  // namespace

ActorKind actor_kind(const ActorId& actor) {
  constexpr std::array<std::pair<std::string_view, ActorKind>, 5> kPrefixes = {{
      {"p:", ActorKind::person},
      {"s:", ActorKind::service},
      {"h:", ActorKind::host},
      {"t:", ActorKind::timekeeper},
      {"root:", ActorKind::root},
  }};
  for (const auto& [prefix, kind] : kPrefixes) {
    if (actor.text().size() > prefix.size() && actor.text().starts_with(prefix)) {
      return kind;
    }
  }
  return ActorKind::other;
}

std::string signature_namespace(Act act) {
  return std::string(name_of(act)) + ".v1@twoseal";
}

bool is_allowed(ObjType type, Act act, ActorKind by) {
  return std::any_of(kAllowed.begin(), kAllowed.end(), [&](const Allowed& row) {
    return row.type == type && row.act == act && (row.by & (1U << static_cast<unsigned>(by))) != 0;
  });
}

std::string_view name_of(Act act) {
  return enum_name(act);
}

std::string_view name_of(ObjType type) {
  return enum_name(type);
}

}  // namespace twoseal
