#include "cli/vectors/cases.h"

#include <algorithm>
#include <cctype>

#include "base/check.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/authorize.h"

namespace twoseal::vectors {
namespace {

// The code that a case ends in is the beginning of its name: `s3-one-approval` ends in S3.
std::string code_of(const std::string& name) {
  std::string code = name.substr(0, name.find('-'));
  std::transform(code.begin(), code.end(), code.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return code;
}

Expectation refusal(const std::string& name, int exit) {
  const std::string code = code_of(name);
  const ErrorInfo* row = find_error(code);
  check(row != nullptr, "a refused case begins with a refusal code: " + name);
  return {code, "refuse", exit != 0 ? exit : static_cast<int>(row->exit)};
}

std::string answer_text(Answer answer) {
  return answer == Answer::permit ? "permit" : answer == Answer::nochange ? "nochange" : "refuse";
}

std::vector<Case> make_cases() {
  CaseList list;
  add_byte_cases(list);
  add_roster_cases(list);
  add_document_cases(list);
  add_assignment_cases(list);
  add_log_cases(list);
  add_content_cases(list);
  add_approval_cases(list);
  add_signature_cases(list);
  add_release_cases(list);
  add_substitute_cases(list);
  add_use_cases(list);
  add_gate_cases(list);
  add_halt_cases(list);
  add_own_plan_cases(list);
  return list.take();
}

}  // namespace

void CaseList::add(
    std::string name, std::string summary, Edit edit, FileEdit file_edit, Expectation expected) {
  auto files = [edit, file_edit = std::move(file_edit), expected] {
    World world;
    if (edit) {
      edit(world);
    }
    Files sealed = world.seal();
    if (file_edit) {
      file_edit(sealed, world);
    }
    sealed["expect.json"] = codec::encode(expected);
    return sealed;
  };
  cases_.push_back({std::move(name),
                    std::move(summary),
                    std::move(files),
                    std::move(expected),
                    std::move(edit)});
}

void CaseList::permit(std::string name, std::string summary, Edit edit) {
  add(std::move(name), std::move(summary), std::move(edit), {}, {"", "permit", 0});
}

void CaseList::permit_files(std::string name, std::string summary, FileEdit edit) {
  add(std::move(name), std::move(summary), {}, std::move(edit), {"", "permit", 0});
}

void CaseList::nochange(std::string name, std::string summary, Edit edit, FileEdit file_edit) {
  add(std::move(name),
      std::move(summary),
      std::move(edit),
      std::move(file_edit),
      {"", "nochange", 0});
}

void CaseList::refuse(std::string name, std::string summary, Edit edit, int exit) {
  Expectation expected = refusal(name, exit);
  add(std::move(name), std::move(summary), std::move(edit), {}, std::move(expected));
}

void CaseList::refuse_files(std::string name, std::string summary, FileEdit edit, int exit) {
  Expectation expected = refusal(name, exit);
  add(std::move(name), std::move(summary), {}, std::move(edit), std::move(expected));
}

void CaseList::permit(std::string name, std::string summary, Edit edit, FileEdit file_edit) {
  add(std::move(name),
      std::move(summary),
      std::move(edit),
      std::move(file_edit),
      {"", "permit", 0});
}

void CaseList::refuse(
    std::string name, std::string summary, Edit edit, FileEdit file_edit, int exit) {
  Expectation expected = refusal(name, exit);
  add(std::move(name),
      std::move(summary),
      std::move(edit),
      std::move(file_edit),
      std::move(expected));
}

const std::vector<Case>& all_cases() {
  static const std::vector<Case> kCases = make_cases();
  return kCases;
}

const Case* find_case(std::string_view name) {
  const auto& cases = all_cases();
  const auto found =
      std::find_if(cases.begin(), cases.end(), [&](const Case& one) { return one.name == name; });
  return found != cases.end() ? &*found : nullptr;
}

std::string difference(const Files& files, const Expectation& expected, const Unread& unread) {
  const auto inputs = load_inputs(files);
  if (!inputs) {
    return "inputs.json: " + inputs.error().what;
  }
  const Decision decision = decide(files, *inputs, Anchor::memory, unread);
  const bool refused = decision.answer == Answer::refuse;
  const Expectation got = {refused ? std::string(error_info(decision.code).refusal) : "",
                           answer_text(decision.answer),
                           static_cast<int>(decision.exit)};
  if (got.code == expected.code && got.decision == expected.decision && got.exit == expected.exit) {
    return {};
  }
  std::string text = "expected " + expected.decision + " " + expected.code + " (exit " +
                     std::to_string(expected.exit) + "), got " + got.decision + " " + got.code +
                     " (exit " + std::to_string(got.exit) + ")";
  for (const Reason& reason : decision.reasons) {
    text += "\n  step " + std::to_string(static_cast<int>(reason.step)) + " " +
            std::string(error_info(reason.code).refusal) + ": " + reason.text;
  }
  for (const std::string& note : decision.notes) {
    text += "\n  note: " + note;
  }
  return text;
}

void drop(World& world, std::string_view label) {
  for (auto* list : {&world.genesis, &world.statements, &world.fresh_signatures}) {
    std::erase_if(*list, [&](const Signing& one) { return one.label == label; });
  }
}

Signing& add_like(World& world, std::string_view label, std::string_view new_label) {
  for (auto* list : {&world.genesis, &world.statements, &world.fresh_signatures}) {
    for (auto one = list->begin(); one != list->end(); ++one) {
      if (one->label == label) {
        Signing copy = *one;
        copy.label = std::string(new_label);
        return *list->insert(one + 1, std::move(copy));
      }
    }
  }
  check_failed("there is a statement of that label", std::source_location::current());
}

Signing& add_before_release(World& world, Signing signing) {
  const auto release = std::find_if(world.statements.begin(),
                                    world.statements.end(),
                                    [](const Signing& one) { return one.act == Act::release; });
  return *world.statements.insert(release, std::move(signing));
}

void add_person(World& world,
                std::string_view id,
                std::initializer_list<std::string_view> roles,
                const std::string& key,
                KeyKind kind) {
  Person one;
  one.id = actor(id);
  for (const std::string_view held : roles) {
    one.roles.push_back({role(held), std::nullopt});
  }
  world.rosters.back().people.push_back(std::move(one));
  world.keys[key] = software_key(key, kind);
  world.give_key(id, key);
}

Signing withdrawal_of(const std::string& of, const std::string& key) {
  Signing one;
  one.act = Act::withdraw;
  one.type = ObjType::statement;
  one.about = "statement:" + of;
  one.key = key;
  one.at = kNow + 200;
  one.label = "withdrawal";
  return one;
}

Signing& add_result(World& world,
                    const std::string& host,
                    std::string_view outcome,
                    UnixSeconds at,
                    std::string_view phase) {
  const std::string number = std::to_string(world.results.size());
  HostResult result;
  result.at = at;
  result.host = world.host_id(host);
  result.outcome = outcome;
  result.phase = name(phase);
  world.results.push_back(std::move(result));
  Signing signing;
  signing.act = Act::sign;
  signing.type = ObjType::result;
  signing.about = "result:" + number;
  signing.key = "host:" + host;
  signing.label = "result-" + number;
  signing.at = at;
  signing.named = false;
  world.statements.push_back(std::move(signing));
  return world.statements.back();
}

void make_second_phase(World& world) {
  world.host = "web-02";
  world.fresh.at = kNow + 3600;
  world.signing("fresh").at = world.fresh.at;
  world.inputs.clock = kNow + 3620;
  add_result(world, "web-01", "ok");
}

Signing& add_second_release(World& world, const std::string& key) {
  Signing signing = world.signing("release");
  signing.about = "release:rest";
  signing.key = key;
  signing.label = "release-rest";
  signing.at = kNow + 1000;
  world.statements.push_back(std::move(signing));
  return world.statements.back();
}

void make_by_person(World& world) {
  Change& change = world.change;
  change.executor.by = ExecutorBy::person;
  change.executor.who = {actor("p:chen")};
  change.phases.reset();
  change.scope.reset();
  change.targets.hosts.reset();
  TargetAsset asset;
  asset.components = change.components;
  asset.data_class = name("internal");
  asset.env = name("prod");
  asset.id = name("switch-7");
  asset.name = "switch-7";
  change.targets.assets = {asset};
  world.blobs["procedure"] = "put the old cable back";
  change.rollback.auto_on.clear();
  change.rollback.blob = sha256(world.blobs["procedure"]);
  change.rollback.kind = RollbackKind::procedure;
  world.signing("release").about = "release:all";
  world.classes.clear();
  world.host.clear();
}

void undo_by_state(World& world, std::function<void(State&)> edit) {
  // The policy is known before the blobs are sealed, and so is the organisation.
  when_known(world, "policy", [&world, edit = std::move(edit)](const Digest&) {
    State before = world.state;
    before.org = world.org();
    edit(before);
    world.blobs["before"] = codec::encode(before);
    world.change.rollback.state = sha256(world.blobs["before"]);
  });
  world.change.rollback.kind = RollbackKind::state;
  world.change.rollback.state = sha256("not known yet");
}

Signing& add_evidence(World& world, std::string_view kind, const std::string& key) {
  const std::string label(kind);
  Evidence& one = world.evidence[label];
  one.blob = sha256("what the tool wrote");
  one.kind = name(kind);
  one.tool = "test runner 1.0";
  one.verdict = Verdict::pass;
  Signing signing;
  signing.act = Act::attest;
  signing.type = ObjType::evidence;
  signing.about = "blob:" + label;
  signing.key = key;
  signing.label = label;
  signing.at = kNow + 30;
  return add_before_release(world, std::move(signing));
}

void when_known(World& world, std::string about, std::function<void(const Digest&)> use) {
  world.on_bytes = [about = std::move(about), use = std::move(use)](std::string_view name,
                                                                    const Bytes& bytes) {
    if (name == about) {
      use(sha256(bytes));
    }
  };
}

std::string proof_path(const World& world, const std::string& label) {
  return "proofs/" + world.statement(label).hex() + ".json";
}

Roster& add_roster(World& world) {
  Roster next = world.rosters.back();
  next.version += 1;
  next.nonce[0] = static_cast<char>(next.version);
  next.issued = kNow - 3600;
  next.prev.reset();
  world.rosters.push_back(next);
  for (const std::string key : {"root-1", "root-2"}) {
    Signing signing;
    signing.act = Act::sign;
    signing.type = ObjType::roster;
    signing.about = "roster:" + std::to_string(next.version);
    signing.key = key;
    signing.label = "roster-" + std::to_string(next.version) + "-" + key;
    signing.at = next.issued;
    world.genesis.push_back(signing);
  }
  return world.rosters.back();
}

}  // namespace twoseal::vectors
