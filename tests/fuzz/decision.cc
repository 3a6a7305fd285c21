// decide() over decision directories that somebody edited without holding a key: it never crashes,
// and what it permits is what the untouched directory permits, carried by the same statements. The
// first two octets choose the case among the built-in vectors, most often the basic one.
#include <algorithm>

#include "base/check.h"
#include "cli/vectors/cases.h"
#include "codec/objects.h"
#include "policy/authorize.h"
#include "tests/fuzz/directory_edit.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

// A case as it is, made when it is first asked for: sealing costs more than deciding.
struct Untouched {
  Files files;
  DecisionInputs inputs;
  Decision decision;
};

const Untouched& untouched(std::size_t number) {
  static std::map<std::size_t, Untouched> made;
  auto found = made.find(number);
  if (found == made.end()) {
    Untouched one{.files = vectors::all_cases()[number].files(), .inputs = {}, .decision = {}};
    // Some cases have inputs that cannot be read; those of the basic one serve as well.
    if (auto inputs = load_inputs(one.files)) {
      one.inputs = *std::move(inputs);
      one.decision = decide(one.files, one.inputs);
    }
    found = made.emplace(number, std::move(one)).first;
  }
  return found->second;
}

std::size_t chosen_case(fuzz::Choices& choices) {
  static const std::size_t kBasic =
      static_cast<std::size_t>(vectors::find_case("permit-basic") - vectors::all_cases().data());
  const bool basic = choices.below(4) != 3;
  const std::size_t number = choices.below(vectors::all_cases().size());
  return basic ? kBasic : number;
}

bool passes(const Decision& decision) {
  return decision.answer != Answer::refuse;
}

void check_form(const Decision& decision) {
  if (passes(decision)) {
    check(decision.reasons.empty(), "what is permitted has no reason against it");
    return;
  }
  check(!decision.reasons.empty() && decision.code == decision.reasons.front().code &&
            decision.exit == decision.reasons.front().exit,
        "a refusal has the code of its first reason");
  check(decision.counted.empty(), "a refusal is carried by no statement");
}

// Whether one edit could only take away a statement that another can stand in for.
bool has_spare_statements(const Untouched& one) {
  return static_cast<std::size_t>(std::ranges::count_if(one.files, [](const auto& file) {
           return file.first.starts_with("statements/");
         })) > one.decision.counted.size();
}

void compare(const Untouched& one, const Decision& decision) {
  check(decision.org == one.inputs.org && decision.host == one.inputs.host,
        "organisation and host are those that were asked for");
  if (!passes(one.decision)) {
    return;  // an edit can mend what was wrong with a file
  }
  check(decision.answer == one.decision.answer, "an edit makes no other permission");
  check(decision.change == one.decision.change, "the change is the one that was signed");
  check(decision.phase == one.decision.phase, "the phase is the one of the host");
  check(decision.counted == one.decision.counted || has_spare_statements(one),
        "the same statements carry it");
}

// The same files with the names of statements in the reverse order.
Files renamed(const Files& files) {
  Files other;
  std::size_t left = files.size();
  for (const auto& [path, bytes] : files) {
    const bool statement = path.starts_with("statements/") && path.ends_with(".json") &&
                           path.find('/', path.find('/') + 1) == std::string::npos;
    other[statement ? "statements/n" + std::to_string(1'000'000 + left) + ".json" : path] = bytes;
    --left;
  }
  return other.size() == files.size() ? other : files;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const Untouched& one = untouched(chosen_case(choices));
  const bool rename = choices.below(4) == 3;
  Files files = one.files;
  fuzz::edit_files(files, choices);
  const Decision decision = decide(files, one.inputs);
  check_form(decision);
  if (passes(decision)) {
    compare(one, decision);
  }
  if (rename) {
    const Decision other = decide(renamed(files), one.inputs);
    check(other.answer == decision.answer && other.counted == decision.counted &&
              (passes(decision) || (other.code == decision.code && other.exit == decision.exit)),
          "the names of statements do not matter");
  }
  return 0;
}
