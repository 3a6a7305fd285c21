// What the steps of the reference model share: inputs, findings, and what earlier steps
// established.
#pragma once

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/limits.h"
#include "codec/objects.h"
#include "ledger/note.h"
#include "model/plan.h"
#include "tests/reference/decision_model.h"
#include "tests/reference/directory_model.h"

namespace twoseal::reference {

/// An entry that is proven to be in the log.
struct Place {
  std::int64_t index = 0;
  LedgerEntry entry;
};

/// A statement that is valid, with what its signature shows.
struct Valid {
  const Signed* from = nullptr;
  Place place;
  Display display = Display::soft;
  KeyKind kind = KeyKind::ssh;
  bool user_verified = false;
  bool backup_eligible = false;
};

/// The labels that rules look at.
struct Target {
  Name env;
  Name data_class;
  std::set<ComponentId> components;
};

/// What all matching rules ask for together.
struct Asked {
  bool matched = false;
  std::map<RoleId, std::int64_t> need;
  std::int64_t min_local = 0;
  std::int64_t max_age = limits::kIntegerMax;
  bool need_uv = false;
  bool no_sync = false;
  bool no_file = false;
  bool owner_ack = false;
  std::set<Name> evidence;
};

template <class Id>
[[nodiscard]] Id id_of(std::string_view text) {
  return Id::parse(text).value();
}

[[nodiscard]] inline const Name& name_trust() {
  static const Name kName = id_of<Name>("trust");
  return kName;
}

/// A release statement whose release is here, with its place when it has one.
struct Released {
  const Signed* from = nullptr;
  Release release;
  std::optional<Valid> valid;  ///< by an executor
  bool lacks_entry = false;    ///< nothing else is wrong with it
};

/// Thrown at the end of the first step that failed: nothing after it matters.
class Refused : public std::exception {};

/// The inputs of the decision, and what its steps have found so far.
class Facts {
 protected:
  Facts(const Files& files, const DecisionInputs& inputs)
      : inputs_(inputs), in_(load_directory(files, inputs.org)), floor_(inputs.floor) {}

  void refuse(int step, Errc code) { refuse(step, code, error_info(code).exit); }

  void refuse(int step, Errc code, Exit exit) { causes_.insert({step, code, exit}); }

  void demand(bool holds, int step, Errc code) {
    if (!holds) {
      refuse(step, code);
    }
  }

  // Ends the decision when anything was found up to here.
  void stop_if_refused() const {
    if (!causes_.empty()) {
      throw Refused();
    }
  }

  // Several steps were judged together: only the first that failed gives the code.
  void leave_lowest_step() {
    if (!causes_.empty()) {
      const int lowest = causes_.begin()->step;
      std::erase_if(causes_, [&](const Cause& cause) { return cause.step != lowest; });
    }
  }

  template <class T>
  [[nodiscard]] std::optional<T> blob_as(const std::optional<Digest>& digest) const {
    const auto blob = digest ? in_.blobs.find(*digest) : in_.blobs.end();
    if (blob == in_.blobs.end()) {
      return std::nullopt;
    }
    auto value = codec::decode<T>(blob->second);
    return value && value->org == inputs_.org ? std::optional(*std::move(value)) : std::nullopt;
  }

  DecisionInputs inputs_;
  Directory in_;
  UnixSeconds floor_ = 0;
  UnixSeconds hi_ = 0;
  UnixSeconds lo_ = 0;
  bool blob_fault_ = false;
  std::set<Cause> causes_;
  std::set<Cause> early_;  // what step 7 finds before it looks at statements
  const Roster* roster_ = nullptr;
  bool forgets_policies_ = false;
  bool forgets_assignment_ = false;
  bool forgets_time_ = false;
  const Policy* policy_ = nullptr;
  const Restrictions* restrictions_ = nullptr;
  const Assignment* assignment_ = nullptr;
  std::optional<Checkpoint> checkpoint_;
  const Change* change_ = nullptr;
  Digest digest_;
  std::optional<std::size_t> phase_;
  std::vector<Released> releases_;
  const Released* serving_ = nullptr;
  std::optional<State> state_;
  std::optional<State> undo_state_;
  std::optional<Plan> plan_;
  std::optional<PlannedHost> planned_host_;
  std::optional<Digest> planned_class_;
  std::vector<Target> targets_;
  Asked asked_;
};

}  // namespace twoseal::reference
