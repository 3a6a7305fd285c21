// Since when each rule has had its result, on this machine: what earlier checks came to.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/id.h"
#include "base/result.h"
#include "cli/verb.h"
#include "compliance/xccdf/assessment.h"

namespace twoseal::cli {

/// A rule as an earlier check left it.
struct PastResult {
  scap::RuleResult result = scap::RuleResult::notselected;
  UnixSeconds since = 0;  ///< when it was first seen with this result

  bool operator==(const PastResult&) const = default;
};

/// One file for each content, benchmark, profile and root.
class CheckHistory {
 public:
  /// Reads what is there. A file that is damaged counts as none; one that cannot be read too, and
  /// is never replaced. problem() says so.
  [[nodiscard]] static CheckHistory open(const std::string& directory,
                                         const std::string& content,
                                         const scap::Assessment& assessment,
                                         const std::string& root);

  /// Nothing for a rule that no check judged before.
  [[nodiscard]] std::optional<PastResult> find(std::string_view rule) const;

  /// Whether an earlier check is known.
  [[nodiscard]] bool has_last() const { return !results_.empty(); }

  /// Why nothing is known of earlier checks although there were some; empty otherwise.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  /// Since when the outcome has been as it is: from before, or from now on.
  [[nodiscard]] UnixSeconds since(const scap::Assessment& assessment,
                                  const scap::RuleOutcome& outcome) const;

  /// A rule came to another result at this moment.
  void turn(const scap::Assessment& assessment, const scap::RuleOutcome& outcome, UnixSeconds at);

  /// Puts the outcomes in the place of those before, and writes them. Rules that this assessment
  /// did not select stay as they are. Errors of write_file(); that of reading when what is there
  /// could not be read.
  [[nodiscard]] Result<void> keep(const scap::Assessment& assessment);

 private:
  explicit CheckHistory(std::string path) : path_(std::move(path)) {}

  bool read(const Bytes& text);

  std::string path_;
  std::map<std::string, PastResult, std::less<>> results_;
  std::string problem_;
  std::optional<Error> unreadable_;
};

/// `--history`; else /var/lib/twoseal/checks for root, and a directory of the person's own for
/// everybody else.
[[nodiscard]] std::string history_directory(const Arguments& arguments);

}  // namespace twoseal::cli
