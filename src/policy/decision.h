// What a decision says: permit or refuse, with every reason. docs/formats/decision.md.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "model/change.h"

namespace twoseal {

/// The steps of docs/formats/decision.md, by their numbers there.
enum class Step : int {
  bytes = 2,
  roster = 3,
  fresh = 4,
  policy = 5,
  assignment = 6,
  checkpoint = 7,
  entries = 8,
  content = 9,
  target = 10,
  rule = 11,
  author = 12,
  approvals = 13,
  release = 14,
  quorum = 15,
  use = 16,
  gate = 17,
  halts = 18,
  secrets = 19,
  resources = 20,
  own_plan = 21,
  own_effects = 22,
  undo = 23,
};

/// Why a decision refuses. `text` names the thing, the fact and what is missing.
struct Reason {
  Step step;
  Errc code;
  Exit exit;
  std::string text;
};

/// Collects what a decision finds.
class Findings {
 public:
  void refuse(Step step, Errc code, std::string text) {
    refuse(step, code, error_info(code).exit, std::move(text));
  }

  void refuse(Step step, Errc code, Exit exit, std::string text) {
    reasons_.push_back({step, code, exit, std::move(text)});
  }

  /// Something that does not refuse: a statement that was not counted, a stop that nobody signed.
  void note(std::string text) {
    if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) {
      notes_.push_back(std::move(text));
    }
  }

  [[nodiscard]] bool failed(Step step) const {
    return std::any_of(
        reasons_.begin(), reasons_.end(), [&](const Reason& one) { return one.step == step; });
  }

  [[nodiscard]] bool failed_before(Step step) const {
    return std::any_of(
        reasons_.begin(), reasons_.end(), [&](const Reason& one) { return one.step < step; });
  }

  [[nodiscard]] bool empty() const { return reasons_.empty(); }

  /// Reasons by step; the first one gives code and exit.
  [[nodiscard]] std::vector<Reason> sorted() const {
    auto sorted = reasons_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Reason& a, const Reason& b) {
      return a.step < b.step;
    });
    return sorted;
  }

  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<Reason> reasons_;
  std::vector<std::string> notes_;
};

/// What the trust in the newest roster rests on. `memory`: state.json is the decider's own, and
/// what it remembers needs no signature again. `first_roster`: the directory came from somebody
/// else, so every roster from version 1 on is here and its signatures are judged. `log`: of Replay,
/// which has read the whole log and compared what it names.
enum class Anchor { memory, first_roster, log };

enum class Answer { permit, nochange, refuse };

/// The answer. `code` and `exit` are those of the first reason; of no meaning when permitted.
/// Org, change, host, phase and counted statements are what the permission means.
struct Decision {
  Answer answer = Answer::refuse;
  Errc code = Errc::internal;
  Exit exit = Exit::error;
  std::vector<Reason> reasons;
  std::vector<std::string> notes;

  Digest org;
  Digest change;
  std::optional<HostId> host;
  Name phase;
  std::vector<Digest> counted;  ///< digests of the statements that carry the permission, ascending
  std::vector<Name> rules;      ///< approval rules that matched, or the auto rule
  std::vector<Criterion> criteria;  ///< of an auto-approval or an emergency
  UnixSeconds floor = 0;            ///< to be remembered, also after a refusal
};

}  // namespace twoseal
