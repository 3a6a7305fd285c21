// A change put to the steps of the decision for one of its targets, as the log shows it.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/limits.h"
#include "policy/approval.h"
#include "workflow/change_course.h"

namespace twoseal {

/// The place of what is not recorded yet: a role or key that has an end has ended for it.
inline constexpr std::int64_t kNotRecorded = limits::kIntegerMax - 1;

struct ExamAnswer {
  bool approved = false;  ///< nothing but releases, times and gates is missing
  std::optional<ApprovalStanding> standing;
  std::vector<Reason> reasons;
};

/// One target of each kind that rules can tell apart, by environment and data class; a single
/// nothing for a change that a person carries out.
[[nodiscard]] std::vector<std::optional<HostId>> kinds_of_hosts(const ChangeFacts& facts,
                                                                const Documents& documents);

class ChangeExam {
 public:
  /// All but `facts`' change must outlive it. Documents are in force, so they are not judged again;
  /// the stops that are active stand as listed.
  ChangeExam(const ChangeFacts& facts,
             const Documents& documents,
             const ChangeMaterial& material,
             const std::optional<HostId>& host,
             UnixSeconds now);

  /// Adds a statement as if it were the next entry of the log; `object`: what it is about.
  void add(const SignedStatement& source, Event event, const std::optional<Bytes>& object);

  /// Steps 9 to 13 and 15, 18 to 20 with every statement that is recorded, whatever a release
  /// names.
  [[nodiscard]] ExamAnswer approvals();

  /// The roles that the rules ask for; none when no rule matches.
  [[nodiscard]] std::set<RoleId> needs();

  /// Steps 9 to 16, 18 to 20 as a host of the phase would judge them, but for its own memory.
  /// Gates are not looked at.
  [[nodiscard]] std::vector<Reason> release();

  /// Whether `statement` is valid by itself, and why not.
  [[nodiscard]] std::optional<std::string> problem_of(const Digest& statement);

  [[nodiscard]] bool is_serving(const Digest& statement) const;

 private:
  void check_change();

  std::unique_ptr<Inspection> in_;
  std::int64_t next_index_ = 0;
  UnixSeconds now_;
};

}  // namespace twoseal
