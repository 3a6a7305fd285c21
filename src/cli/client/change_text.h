// A change and its plan as people read them before they decide.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/client/known_change.h"
#include "cli/client/wants.h"
#include "cli/json_text.h"

namespace twoseal::cli {

/// The classes of a plan: the one of most hosts first, and one that changes nothing last.
[[nodiscard]] std::vector<PlannedClass> ordered_classes(const Plan& plan);

/// Of a change that was verified; it must outlive the answer.
[[nodiscard]] Wanted wanted_by(const KnownChange& known);

/// `class A  2 hosts  web-01, web-02` with every step and its differences, then what is signed
/// without being changed anywhere. `names`: of hosts.
/// `seen`: classes that are left out but for their heading.
[[nodiscard]] std::string plan_text(const Plan& plan,
                                    const std::map<Digest, PlanClass>& classes,
                                    const std::map<HostId, std::string>& names,
                                    const std::set<Digest>& seen = {},
                                    const Wanted& wanted = {});

/// The same as JSON.
[[nodiscard]] Json plan_json(const Plan& plan,
                             const std::map<Digest, PlanClass>& classes,
                             const std::map<HostId, std::string>& names,
                             const Wanted& wanted = {});

/// Everything in the state that takes the change back, which no host has planned; empty when there
/// is none.
[[nodiscard]] std::string way_back_text(const KnownChange& known);
[[nodiscard]] Json way_back_json(const KnownChange& known);

/// What the change says: words, author, reason, targets, window, risks, rollback, health, rollout.
[[nodiscard]] std::string change_text(const KnownChange& known);

/// A statement about a change as it was judged here. `withdrawn`: its own signer took it back.
struct SaidAbout {
  const Judged* judged = nullptr;
  bool withdrawn = false;
};

/// In the order of the log. Points into `known`.
[[nodiscard]] std::vector<SaidAbout> said_about(const KnownChange& known);

/// What was signed about it, verified here, and whether its first host would carry it out.
[[nodiscard]] std::string standing_text(const KnownChange& known);

/// Names of the targets by id.
[[nodiscard]] std::map<HostId, std::string> names_of(const std::vector<TargetHost>& targets);
[[nodiscard]] std::map<HostId, std::string> names_of(const Change& change);

/// `1 host`, `2 hosts`.
[[nodiscard]] std::string count_text(std::int64_t count, const std::string& noun);

/// At most `most`, then how many more.
[[nodiscard]] std::string list_text(const std::vector<std::string>& items, std::size_t most = 5);

}  // namespace twoseal::cli
