#include "cli/compliance/watching.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "base/os_clock.h"
#include "sensors/file_events.h"

namespace twoseal::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kFactsEvery{30};
constexpr std::chrono::milliseconds kTick{1};

// What somebody called by a path that leads over a link is told of by its own name.
struct Alias {
  std::string real;
  std::string asked;
};

struct Watched {
  std::vector<WatchedDirectory> directories;
  std::vector<Alias> aliases;
};

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

void add_directory(const std::string& path, bool below, Watched& watched) {
  const auto known = std::find_if(watched.directories.begin(),
                                  watched.directories.end(),
                                  [&](const WatchedDirectory& each) { return each.path == path; });
  if (known == watched.directories.end()) {
    watched.directories.push_back({path, below});
  } else {
    known->below = known->below || below;
  }
}

void add_reading(const FileTree& files, const scap::Reading& reading, Watched& watched) {
  if (reading.kind == scap::ReadingKind::facts || !reading.path.starts_with('/')) {
    return;
  }
  const bool below = reading.kind == scap::ReadingKind::subtree;
  const bool file = reading.kind == scap::ReadingKind::file;
  add_directory(file ? parent_of(reading.path) : reading.path, below, watched);
  const auto real = files.real_path(reading.path);
  if (real && *real && **real != reading.path) {
    watched.aliases.push_back({**real, reading.path});
    add_directory(file ? parent_of(**real) : **real, below, watched);
  }
}

Watched watched_by(const scap::Assessment& assessment, const FileTree& files) {
  Watched watched;
  for (const auto& evaluation : assessment.evaluations()) {
    for (const scap::Reading& reading : evaluation->readings()) {
      add_reading(files, reading, watched);
    }
  }
  return watched;
}

std::vector<std::string> with_aliases(std::vector<std::string> paths, const Watched& watched) {
  const std::size_t count = paths.size();
  for (std::size_t i = 0; i < count; ++i) {
    for (const Alias& alias : watched.aliases) {
      const std::string path = paths[i];
      const bool below =
          path == alias.real || (path.starts_with(alias.real) && path[alias.real.size()] == '/');
      if (below) {
        paths.push_back(alias.asked + path.substr(alias.real.size()));
      }
    }
  }
  return paths;
}

class Watching {
 public:
  Watching(std::unique_ptr<scap::Assessment> assessment,
           const FileTree& files,
           const WatchOrder& order)
      : assessment_(std::move(assessment)), files_(files), order_(order) {}

  Result<std::unique_ptr<scap::Assessment>> run() {
    TWOSEAL_TRY_VOID(listen());
    // What happened between the first look and now was heard by nobody.
    TWOSEAL_TRY_VOID(look_again());
    order_.listening();
    const auto end = Clock::now() + std::chrono::seconds(order_.seconds);
    auto facts = Clock::now() + kFactsEvery;
    while (order_.seconds == 0 || Clock::now() < end) {
      const auto next = order_.seconds == 0 ? facts : std::min(facts, end);
      const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::max(next - Clock::now(), Clock::duration::zero()));
      TWOSEAL_TRY(const FileEventBatch batch, events_->wait(longest + kTick));
      TWOSEAL_TRY_VOID(take(batch));
      if (Clock::now() >= facts) {
        TWOSEAL_TRY_VOID(tell(assessment_->touch_facts(SystemClock().now())));
        facts = Clock::now() + kFactsEvery;
      }
      if (assessment_->is_outdated()) {
        TWOSEAL_TRY_VOID(start_again());
      }
    }
    return std::move(assessment_);
  }

 private:
  Result<void> listen() {
    watched_ = watched_by(*assessment_, files_);
    TWOSEAL_TRY(events_, open_file_events(order_.root, watched_.directories));
    return {};
  }

  Result<void> take(const FileEventBatch& batch) {
    if (batch.lost) {
      return start_again();
    }
    if (batch.paths.empty()) {
      return {};
    }
    return tell(assessment_->touch(with_aliases(batch.paths, watched_)));
  }

  Result<void> tell(const std::vector<scap::Assessment::Change>& changes) {
    for (const scap::Assessment::Change& change : changes) {
      TWOSEAL_TRY_VOID(order_.turned({assessment_.get(), change.outcome, change.before}));
    }
    return {};
  }

  Result<void> start_again() {
    TWOSEAL_TRY_VOID(look_again());
    return listen();
  }

  Result<void> look_again() {
    const std::unique_ptr<scap::Assessment> before = std::move(assessment_);
    assessment_ = order_.assess();
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
  Watched watched_;
  std::unique_ptr<FileEvents> events_;
};

}  // namespace

Result<std::unique_ptr<scap::Assessment>> watch_host(std::unique_ptr<scap::Assessment> assessment,
                                                     const FileTree& files,
                                                     const WatchOrder& order) {
  return Watching(std::move(assessment), files, order).run();
}

}  // namespace twoseal::cli
