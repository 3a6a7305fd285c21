// Random edits of what is signed: statements on the change, results, stops, evidence.
#include <algorithm>

#include "base/limits.h"
#include "crypto/hash.h"
#include "tests/properties/random_edit.h"

namespace twoseal::properties {
namespace {

using vectors::kNow;
using vectors::Signing;
using vectors::World;

UnixSeconds any_time(Dice& dice) {
  return kNow + static_cast<std::int64_t>(dice.below(280));
}

void set_flags(Signing& one, Dice& dice) {
  one.authenticator.flags = static_cast<std::uint8_t>(dice.one_of<int>(
      {kFlagUserPresent | kFlagUserVerified, kFlagUserPresent, kFlagUserVerified, 0, 0x0d, 0x1d}));
}

// A word of somebody on the change.
void say(World& world, Dice& dice, Act act) {
  Signing one;
  one.act = act;
  one.key = any_key(world, dice);
  one.label = new_label(world, name_of(act));
  one.at = any_time(dice);
  one.role = dice.once_in(2) ? std::string() : any_role(dice).text();
  one.named = !dice.once_in(6);
  if (dice.once_in(3)) {
    set_flags(one, dice);
  }
  put_somewhere(world, one, dice);
}

void approve(World& world, Dice& dice) {
  say(world, dice, Act::approve);
}

void reject(World& world, Dice& dice) {
  say(world, dice, Act::reject);
}

void sign_off(World& world, Dice& dice) {
  Signing one;
  one.act = Act::signoff;
  one.key = dice.one_of<std::string>({"noor", "dana", "chen", "amara", any_key(world, dice)});
  one.label = new_label(world, "signoff");
  one.at = kNow + 500;
  one.named = dice.once_in(6);
  world.statements.push_back(one);
}

void author(World& world, Dice& dice) {
  say(world, dice, Act::author);
}

void drop(World& world, Dice& dice) {
  auto& list = dice.once_in(5) ? world.genesis : world.statements;
  if (!list.empty()) {
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(dice.below(list.size())));
  }
}

void withdraw(World& world, Dice& dice) {
  const Signing* target = any_statement(world, dice);
  if (target == nullptr || target->label.empty()) {
    return;
  }
  Signing one =
      vectors::withdrawal_of(target->label, dice.once_in(4) ? any_key(world, dice) : target->key);
  one.label = new_label(world, "withdrawal");
  one.named = !dice.once_in(4);
  if (dice.once_in(2)) {
    world.statements.push_back(one);
    return;
  }
  for (auto at = world.statements.begin(); at != world.statements.end(); ++at) {
    if (at->label == target->label) {
      world.statements.insert(at + 1, one);
      return;
    }
  }
}

// One property of one statement.
void alter(World& world, Dice& dice) {
  Signing* one = any_statement(world, dice);
  if (one == nullptr) {
    return;
  }
  switch (dice.below(16)) {
    case 0:
    case 1:
      one->at += any_distance(dice);
      break;
    case 2:
      one->entry_at = one->at + any_distance(dice);
      break;
    case 3:
    case 4:
      one->role = dice.once_in(3) ? std::string() : any_role(dice).text();
      break;
    case 5:
    case 6:
      one->key = any_key(world, dice);
      break;
    case 7:
      one->signer = any_key(world, dice);
      break;
    case 8:
      one->in_log = !one->in_log;
      break;
    case 9:
      one->in_files = !one->in_files;
      break;
    case 10:
    case 11:
      one->named = !one->named;
      break;
    case 12:
      one->late = !one->late;
      break;
    case 13:
      set_flags(*one, dice);
      break;
    case 14:
      one->seen_size = static_cast<std::int64_t>(dice.below(6));
      break;
    default:
      one->roster = world.rosters.back().version + static_cast<std::int64_t>(dice.below(2));
      break;
  }
}

// Whom a statement names, what it is recorded as, what its signer had seen.
void forge(World& world, Dice& dice) {
  Signing* one = any_statement(world, dice);
  if (one == nullptr) {
    return;
  }
  switch (dice.below(8)) {
    case 0:
      one->by = any_person(world, dice).id.text();
      break;
    case 1:
      one->obj = sha256("another object");
      break;
    case 2:
      one->event = dice.one_of({Event::approved, Event::rejected, Event::authored});
      break;
    case 3:
      one->name_space = dice.one_of<std::string>(
          {"approve.v1@twoseal", "reject.v1@twoseal", "login.v1@twoseal", "git"});
      break;
    case 4:
      one->seen = LogPoint{sha256("another log"), static_cast<std::int64_t>(dice.below(30))};
      break;
    case 5:
      one->key_id = world.keys.at(any_key(world, dice)).pub.id().text();
      break;
    case 6:
      one->origin = "https://localhost";
      break;
    default:
      one->act = dice.one_of({Act::approve, Act::reject, Act::signoff});
      one->type = ObjType::change;
      one->about = "change";
      break;
  }
}

void move(World& world, Dice& dice) {
  if (world.statements.size() < 2) {
    return;
  }
  const std::size_t from = dice.below(world.statements.size());
  Signing one = world.statements[from];
  world.statements.erase(world.statements.begin() + static_cast<std::ptrdiff_t>(from));
  const auto to = static_cast<std::ptrdiff_t>(dice.below(world.statements.size() + 1));
  world.statements.insert(world.statements.begin() + to, one);
}

void repeat(World& world, Dice& dice) {
  if (world.statements.empty()) {
    return;
  }
  Signing one = dice.pick(world.statements);
  one.label = new_label(world, "again");
  one.at += static_cast<std::int64_t>(dice.below(3)) - 1;
  if (dice.once_in(2)) {
    one.key = any_key(world, dice);
  }
  put_somewhere(world, one, dice);
}

void release(World& world, Dice& dice) {
  Signing one;
  one.act = Act::release;
  one.type = ObjType::release;
  one.about = "release:" + dice.one_of<std::string>({"canary", "rest", "rest", "all", "third"});
  one.key = dice.one_of<std::string>({"eve", "eve", "amara", "bo", any_key(world, dice)});
  one.label = new_label(world, "release");
  one.at = kNow + dice.one_of<std::int64_t>({200, 350, 1000});
  one.role = dice.once_in(2) ? "executor" : "";
  one.named = !dice.once_in(4);
  world.statements.push_back(one);
}

void after(World& world, Dice& dice) {
  const std::int64_t index = static_cast<std::int64_t>(dice.below(20));
  world.releases["canary"].after = index;
  const std::int64_t rolled_back =
      dice.once_in(2) ? index : static_cast<std::int64_t>(dice.below(20));
  if (dice.once_in(2)) {
    vectors::when_known(world, "change", [&world, rolled_back](const Digest& digest) {
      world.agent.used = {{digest, rolled_back}};
    });
  }
}

void result(World& world, Dice& dice) {
  const std::string host = dice.one_of<std::string>({"web-01", "web-02", "stg-01"});
  const auto outcome = dice.one_of<std::string_view>({"ok",
                                                      "ok",
                                                      "nochange",
                                                      "failed",
                                                      "rolled-back",
                                                      "interrupted",
                                                      "stale",
                                                      "refused:C4",
                                                      "refused:W5"});
  Signing& one = vectors::add_result(world,
                                     host,
                                     outcome,
                                     kNow + dice.one_of<std::int64_t>({350, 400, 3200, 3300, 3301}),
                                     dice.once_in(4) ? "rest" : "canary");
  if (dice.once_in(6)) {
    one.key = dice.one_of<std::string>({"host:web-01", "host:web-02", "eve"});
  }
  one.late = dice.once_in(5);
}

void stop(World& world, Dice& dice) {
  Stop one;
  one.effect = dice.one_of({StopEffect::stop, StopEffect::pause});
  const std::string key = any_key(world, dice);
  one.by = dice.once_in(5) ? any_person(world, dice).id : vectors::actor("p:eve");
  for (const Person& person : world.rosters.back().people) {
    for (const RosterKey& held : person.keys) {
      if (held.id == world.keys.at(key).pub.id() && !dice.once_in(5)) {
        one.by = person.id;
      }
    }
  }
  one.from = kNow + dice.one_of<std::int64_t>({0, 580, 600, 601, 3600});
  one.to = kNow + dice.one_of<std::int64_t>({579, 580, 600, 7200});
  one.id = vectors::name("hold");
  switch (dice.below(4)) {
    case 0:
      one.target.org = dice.once_in(4) ? sha256("another organisation") : Digest();
      break;
    case 1:
      one.target.scope = ScopeId::parse(dice.one_of<std::string>({"web-motd", "another"})).value();
      break;
    default:
      one.target.change = dice.once_in(4) ? sha256("another change") : Digest();
      break;
  }
  const std::string about = "stop:" + std::to_string(world.stops.size());
  world.stop_listed.resize(world.stops.size(), true);
  world.stops.push_back(one);
  world.stop_listed.push_back(dice.once_in(2));
  Signing raise;
  raise.act = Act::sign;
  raise.type = ObjType::stop;
  raise.about = about;
  raise.key = key;
  raise.label = new_label(world, "stop");
  raise.at = kNow + 350;
  raise.named = false;
  raise.in_files = !dice.once_in(8);
  world.statements.push_back(raise);
  for (std::size_t lifts = dice.below(4); lifts > 0; --lifts) {
    Signing lift = raise;
    lift.act = Act::lift;
    lift.key = dice.one_of<std::string>({key, "amara", "dana", "chen", any_key(world, dice)});
    lift.label = new_label(world, "lift");
    world.statements.push_back(lift);
  }
}

void evidence(World& world, Dice& dice) {
  const auto kind = dice.one_of<std::string_view>({"test-run", "scan"});
  if (world.evidence.contains(std::string(kind))) {
    Evidence& one = world.evidence.at(std::string(kind));
    one.verdict = dice.one_of({Verdict::pass, Verdict::fail});
    one.subject = dice.once_in(4) ? sha256("another core") : Digest();
    one.kind = vectors::name(dice.one_of<std::string_view>({"test-run", "scan"}));
    return;
  }
  Signing& one = vectors::add_evidence(
      world, kind, dice.one_of<std::string>({"ci", "ci", "leo", "omar", any_key(world, dice)}));
  one.named = !dice.once_in(5);
  if (dice.once_in(2)) {
    world.policy.rules[0].evidence_required = {{vectors::name(kind)}};
  }
}

}  // namespace

std::vector<NamedEdit> statement_edits() {
  return {{"approve", approve, 5},
          {"reject", reject, 2},
          {"author", author},
          {"sign off", sign_off, 2},
          {"drop a statement", drop, 2},
          {"withdraw", withdraw, 3},
          {"alter a statement", alter, 6},
          {"forge a statement", forge, 2},
          {"move a statement", move, 2},
          {"repeat a statement", repeat, 2},
          {"release", release, 3},
          {"after a rollback", after},
          {"result", result, 3},
          {"stop", stop, 3},
          {"evidence", evidence, 2}};
}

}  // namespace twoseal::properties
