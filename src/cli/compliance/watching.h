// Judging again what a write touched, for as long as somebody watches.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "compliance/xccdf/assessment.h"
#include "system/file_tree.h"

namespace twoseal::cli {

/// A rule whose result is another one now.
struct RuleTurn {
  const scap::Assessment* assessment = nullptr;
  std::size_t outcome = 0;
  scap::RuleResult before = scap::RuleResult::notselected;
};

struct WatchOrder {
  std::string root;          ///< "/" for this machine, however it is written
  std::int64_t seconds = 0;  ///< how long; 0: until the program is ended
  /// A new assessment of everything, already run.
  std::function<std::unique_ptr<scap::Assessment>()> assess;
  std::function<Result<void>(const RuleTurn&)> turned;
  std::function<void()> listening;  ///< from now on nothing is missed
  /// Asked twice a second: whether to end now. May be empty.
  std::function<bool()> stopped = {};
  /// Called once for each directory in which changes are not heard, though a walk goes there: a
  /// file system of another machine, or one that cannot be listened to. May be empty.
  std::function<void(const std::string& path)> unheard = {};
};

/// Watches what `assessment`, which was run with EvaluationLimits::live, looked at, also where
/// links lead, and what it looks at later. What no file tells of is judged anew every 30 s, as is
/// what a file that is named shows though nothing told of it. When events were lost, or the host
/// may have become another platform, everything is assessed anew. Returns the newest assessment
/// when the time is over or somebody stopped it. Errors of open_file_events(), and of `turned`.
[[nodiscard]] Result<std::unique_ptr<scap::Assessment>> watch_host(
    std::unique_ptr<scap::Assessment> assessment, const FileTree& files, const WatchOrder& order);

}  // namespace twoseal::cli
