#include "cli/compliance/watching.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <sys/stat.h>

#include "base/os_clock.h"
#include "cli/compliance/watched_paths.h"
#include "sensors/file_events.h"
#include "system/plain_path.h"

namespace twoseal::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kUntoldEvery{30};
constexpr std::chrono::milliseconds kStopEvery{500};
constexpr std::chrono::milliseconds kTick{1};
constexpr int kRoundsMax = 8;

// How a file was when it was seen last, itself and where it leads.
struct Glance {
  std::vector<std::uint64_t> marks;
  bool fresh = false;  ///< so young that it may have been written once more in the same second

  bool operator==(const Glance&) const = default;
};

Glance glance_at(const FileTree& files, const std::string& path, std::int64_t now) {
  Glance glance;
  for (const FollowLast follow : {FollowLast::no, FollowLast::yes}) {
    const auto status = files.status(path, follow);
    if (!status || !*status) {
      glance.marks.push_back(status ? 0 : 1);
      continue;
    }
    const NodeStatus& seen = **status;
    glance.marks.insert(glance.marks.end(),
                        {seen.device,
                         seen.inode,
                         seen.size,
                         seen.mode,
                         seen.uid,
                         seen.gid,
                         static_cast<std::uint64_t>(seen.modified),
                         static_cast<std::uint64_t>(seen.changed)});
    glance.fresh = glance.fresh || seen.changed + 1 >= now;
  }
  return glance;
}

class Watching {
 public:
  Watching(std::unique_ptr<scap::Assessment> assessment,
           const FileTree& files,
           const WatchOrder& order)
      : assessment_(std::move(assessment)), files_(files), order_(order) {}

  Result<std::unique_ptr<scap::Assessment>> run() {
    TWOSEAL_TRY_VOID(check_root());
    TWOSEAL_TRY_VOID(listen());
    // What happened between the first look and now was heard by nobody.
    TWOSEAL_TRY_VOID(look_again());
    TWOSEAL_TRY_VOID(follow_readings());
    order_.listening();
    const auto end = Clock::now() + std::chrono::seconds(order_.seconds);
    auto untold = Clock::now() + kUntoldEvery;
    while (!is_over(end)) {
      TWOSEAL_TRY(const FileEventBatch batch, events_->wait(longest(end, untold)));
      TWOSEAL_TRY_VOID(check_root());
      TWOSEAL_TRY_VOID(take(batch));
      if (Clock::now() >= untold) {
        TWOSEAL_TRY_VOID(look_at_untold());
        untold = Clock::now() + kUntoldEvery;
      }
      if (assessment_->is_outdated()) {
        TWOSEAL_TRY_VOID(look_again());
      }
      TWOSEAL_TRY_VOID(follow_readings());
    }
    return std::move(assessment_);
  }

 private:
  // What is open is the directory that was there at the start: after it went nothing of a new one
  // would be seen, and rules would pass for that reason.
  Result<void> check_root() {
    struct stat status = {};
    if (::stat(order_.root.c_str(), &status) != 0) {
      return fail(Errc::no_input, "the root that is watched is gone", order_.root);
    }
    const std::pair<dev_t, ino_t> now{status.st_dev, status.st_ino};
    if (root_ && *root_ != now) {
      return fail(Errc::changed_meanwhile,
                  "another directory stands where the root was that is watched",
                  order_.root,
                  "check it anew");
    }
    root_ = now;
    return {};
  }

  [[nodiscard]] bool is_over(Clock::time_point end) const {
    return (order_.seconds != 0 && Clock::now() >= end) || (order_.stopped && order_.stopped());
  }

  [[nodiscard]] std::chrono::milliseconds longest(Clock::time_point end,
                                                  Clock::time_point untold) const {
    const auto next = order_.seconds == 0 ? untold : std::min(untold, end);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::max(next - Clock::now(), Clock::duration::zero()));
    return order_.stopped ? std::min(left + kTick, kStopEvery) : left + kTick;
  }

  // --- listening ---------------------------------------------------------------------------------

  Result<void> listen() {
    const WatchedPaths::Places places = watched_.add(new_readings(), files_);
    TWOSEAL_TRY(events_, open_file_events(order_.root, places.directories));
    return listen_to({{}, places.linked});
  }

  // That those behind links are too many to be listened to one by one is no reason to listen to
  // nothing.
  Result<void> listen_to(const WatchedPaths::Places& places) {
    TWOSEAL_TRY_VOID(events_->add(places.directories));
    auto added = events_->add(places.linked);
    if (!added && added.error().code == Errc::too_large) {
      tell_unheard(added.error().where);
      added = {};
    }
    tell_unheard();
    return added;
  }

  // What is looked at is not the same for ever: paths come out of files, and links lead elsewhere.
  // What happened at the new places before they were listened to was heard by nobody.
  Result<void> follow_readings() {
    for (int round = 0; round < kRoundsMax; ++round) {
      const std::vector<scap::Reading> readings = new_readings();
      if (readings.empty() && redirected_.empty()) {
        return {};
      }
      std::vector<std::string> unheard = std::exchange(redirected_, {});
      if (!unheard.empty()) {
        TWOSEAL_TRY_VOID(listen_to(watched_.renew(files_)));
      }
      for (const scap::Reading& reading : readings) {
        unheard.push_back(reading.path);
      }
      TWOSEAL_TRY_VOID(listen_to(watched_.add(readings, files_)));
      TWOSEAL_TRY_VOID(tell(assessment_->touch(watched_.asked(unheard))));
    }
    return {};
  }

  // Those of files that were not known before.
  std::vector<scap::Reading> new_readings() {
    std::vector<scap::Reading> fresh;
    counts_.resize(assessment_->evaluations().size());
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const auto readings = assessment_->evaluations()[i]->readings_since(counts_[i]);
      counts_[i] += readings.size();
      for (const scap::Reading& reading : readings) {
        if (note_reading(reading)) {
          fresh.push_back(reading);
        }
      }
    }
    for (const std::string& path : assessment_->fact_sources()) {
      const scap::Reading reading{scap::ReadingKind::subtree, path};
      if (note_reading(reading)) {
        fresh.push_back(reading);
      }
    }
    return fresh;
  }

  // True when it was not known before.
  bool note_reading(const scap::Reading& reading) {
    if (reading.kind == scap::ReadingKind::facts ||
        !known_.emplace(reading.kind, reading.path).second) {
      return false;
    }
    if (reading.kind == scap::ReadingKind::file || reading.kind == scap::ReadingKind::directory) {
      glances_.emplace(reading.path, glance_at(files_, reading.path, SystemClock().now()));
    }
    return true;
  }

  // Of what is mounted below a subtree and tells nothing somebody must know.
  void tell_unheard() {
    for (const UnheardDirectory& unheard : events_->unheard()) {
      const bool asked = std::any_of(known_.begin(), known_.end(), [&](const auto& reading) {
        return reading.first == scap::ReadingKind::subtree &&
               is_at_or_below(reading.second, unheard.path);
      });
      if (asked && !unheard.kernel) {
        tell_unheard(unheard.path);
      }
    }
  }

  void tell_unheard(const std::string& path) {
    if (told_unheard_.insert(path).second && order_.unheard) {
      order_.unheard(path);
    }
  }

  // --- what happened -----------------------------------------------------------------------------

  // Links that lead elsewhere now may be among what was lost, so all are followed anew, before the
  // look that tells what happened at their new ends.
  Result<void> take(const FileEventBatch& batch) {
    if (!batch.lost) {
      return touch(batch.paths);
    }
    redirected_.clear();
    TWOSEAL_TRY_VOID(listen_to(watched_.renew(files_)));
    return look_again();
  }

  Result<void> touch(const std::vector<std::string>& paths) {
    if (paths.empty()) {
      return {};
    }
    for (const std::string& path : paths) {
      if (watched_.is_redirected(path, files_)) {
        redirected_.push_back(path);
      }
    }
    return tell(assessment_->touch(watched_.asked(paths)));
  }

  // What no event tells of: facts, what lies in file systems that tell nothing, and what is named
  // and was changed by way of another name.
  Result<void> look_at_untold() {
    const std::int64_t now = SystemClock().now();
    TWOSEAL_TRY_VOID(tell(assessment_->touch_facts(now)));
    std::vector<std::string> paths;
    for (auto& [path, glance] : glances_) {
      Glance seen = glance_at(files_, path, now);
      if (seen != glance) {
        paths.push_back(path);
      }
      glance = std::move(seen);
    }
    for (const UnheardDirectory& unheard : events_->unheard()) {
      for (const auto& [kind, path] : known_) {
        if (kind != scap::ReadingKind::link && is_at_or_below(unheard.path, path)) {
          paths.push_back(path);
        }
      }
    }
    return touch(paths);
  }

  Result<void> tell(const std::vector<scap::Assessment::Change>& changes) {
    for (const scap::Assessment::Change& change : changes) {
      TWOSEAL_TRY_VOID(order_.turned({assessment_.get(), change.outcome, change.before}));
    }
    return {};
  }

  // Events are listened to all the while, so that nothing that happens meanwhile is missed.
  Result<void> look_again() {
    const std::unique_ptr<scap::Assessment> before = std::move(assessment_);
    assessment_ = order_.assess();
    counts_.clear();
    const auto& old_outcomes = before->outcomes();
    const auto& outcomes = assessment_->outcomes();
    for (std::size_t i = 0; i < outcomes.size() && i < old_outcomes.size(); ++i) {
      if (outcomes[i].result != old_outcomes[i].result) {
        TWOSEAL_TRY_VOID(order_.turned({assessment_.get(), i, old_outcomes[i].result}));
      }
    }
    return {};
  }

  std::unique_ptr<scap::Assessment> assessment_;
  const FileTree& files_;
  const WatchOrder& order_;
  WatchedPaths watched_;
  std::unique_ptr<FileEvents> events_;
  std::optional<std::pair<dev_t, ino_t>> root_;
  std::vector<std::size_t> counts_;      // of the readings of each evaluation that are known
  std::vector<std::string> redirected_;  // paths after which links may lead elsewhere
  std::set<std::pair<scap::ReadingKind, std::string>> known_;  // readings that were listened to
  std::map<std::string, Glance> glances_;                      // of files that are named
  std::set<std::string> told_unheard_;
};

}  // namespace

Result<std::unique_ptr<scap::Assessment>> watch_host(std::unique_ptr<scap::Assessment> assessment,
                                                     const FileTree& files,
                                                     const WatchOrder& order) {
  return Watching(std::move(assessment), files, order).run();
}

}  // namespace twoseal::cli
