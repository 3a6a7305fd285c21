#include "cli/vectors/cases.h"

#include <algorithm>
#include <cctype>

#include "base/check.h"
#include "codec/objects.h"
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
  return list.take();
}

}  // namespace

void CaseList::add(
    std::string name, std::string summary, Edit edit, FileEdit file_edit, Expectation expected) {
  auto files = [edit = std::move(edit), file_edit = std::move(file_edit), expected] {
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
  cases_.push_back({std::move(name), std::move(summary), std::move(files), std::move(expected)});
}

void CaseList::permit(std::string name, std::string summary, Edit edit) {
  add(std::move(name), std::move(summary), std::move(edit), {}, {"", "permit", 0});
}

void CaseList::permit_files(std::string name, std::string summary, FileEdit edit) {
  add(std::move(name), std::move(summary), {}, std::move(edit), {"", "permit", 0});
}

void CaseList::nochange(std::string name, std::string summary, Edit edit) {
  add(std::move(name), std::move(summary), std::move(edit), {}, {"", "nochange", 0});
}

void CaseList::refuse(std::string name, std::string summary, Edit edit, int exit) {
  Expectation expected = refusal(name, exit);
  add(std::move(name), std::move(summary), std::move(edit), {}, std::move(expected));
}

void CaseList::refuse_files(std::string name, std::string summary, FileEdit edit, int exit) {
  Expectation expected = refusal(name, exit);
  add(std::move(name), std::move(summary), {}, std::move(edit), std::move(expected));
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

std::string difference(const Files& files, const Expectation& expected) {
  const auto inputs = load_inputs(files);
  if (!inputs) {
    return "inputs.json: " + inputs.error().what;
  }
  const Decision decision = decide(files, *inputs);
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
