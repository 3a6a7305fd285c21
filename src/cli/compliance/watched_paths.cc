#include "cli/compliance/watched_paths.h"

#include <algorithm>
#include <set>
#include <utility>

#include "system/plain_path.h"

namespace twoseal::cli {
namespace {

// Behind the last name of what is the path or lies below it. From the path to there are others too.
template <class ByName>
auto end_below(const ByName& names, const std::string& path) {
  constexpr char kBehindSlash = '/' + 1;
  return path == "/" ? names.end() : names.lower_bound(path + kBehindSlash);
}

}  // namespace

const std::string& PathWays::target_of(const std::string& path) {
  const auto [known, added] = targets_.try_emplace(path);
  if (added) {
    const auto target = files_.read_link(path);
    known->second = target && *target ? **target : std::string();
  }
  return known->second;
}

PathWay PathWays::way_of(const std::string& path) {
  PathWay way{{}, "/"};
  PathParts parts(path);
  while (!parts.empty()) {
    const std::string name = parts.take();
    if (name == "..") {
      way.end = parent_of(way.end);
      continue;
    }
    const std::string at = join_path(way.end, name);
    const std::string& target = target_of(at);
    if (target.empty() || way.links.size() >= std::size_t{kLinksMax}) {
      way.end = at;
      continue;
    }
    way.links.push_back(at);
    if (target.starts_with('/')) {
      way.end = "/";
    }
    parts.put(target);
  }
  return way;
}

WatchedPaths::Places WatchedPaths::add(std::span<const scap::Reading> readings,
                                       const FileTree& files) {
  PathWays ways(files);
  for (const scap::Reading& reading : readings) {
    if (reading.kind != scap::ReadingKind::facts && reading.path.starts_with('/')) {
      readings_.push_back(reading);
      add(reading, ways, files);
    }
  }
  Places places;
  for (const std::string& path : std::exchange(fresh_, {})) {
    const auto asked = directories_.find(path);
    if (asked != directories_.end() && !is_covered(directories_, path)) {
      places.directories.push_back({path, asked->second});
    }
    const auto linked = linked_.find(path);
    if (linked != linked_.end() && !is_covered(directories_, path) && !is_covered(linked_, path) &&
        (asked == directories_.end() || linked->second > asked->second)) {
      places.linked.push_back({path, linked->second});
    }
  }
  return places;
}

WatchedPaths::Places WatchedPaths::renew(const FileTree& files) {
  const std::vector<scap::Reading> readings = std::exchange(readings_, {});
  directories_.clear();
  linked_.clear();
  aliases_.clear();
  ways_.clear();
  return add(readings, files);
}

// Whether it lies below one that is listened to whole.
bool WatchedPaths::is_covered(const Directories& by, const std::string& path) {
  for (std::string above = path; above != "/";) {
    above = parent_of(above);
    const auto found = by.find(above);
    if (found != by.end() && found->second) {
      return true;
    }
  }
  return false;
}

void WatchedPaths::add(const scap::Reading& reading, PathWays& ways, const FileTree& files) {
  using Kind = scap::ReadingKind;
  Directories& to = reading.kind == Kind::link ? linked_ : directories_;
  const PathWay way = ways.way_of(reading.path);
  const auto listen = [&](const std::string& path, bool below) {
    const auto [known, added] = to.try_emplace(path, below);
    if (added || (below && !known->second)) {
      known->second = below;
      fresh_.insert(path);
    }
  };
  const auto watch = [&](const std::string& path) {
    bool below = reading.kind == Kind::subtree;
    bool itself = below || reading.kind == Kind::directory;
    if (reading.kind == Kind::link && path == way.end) {
      const auto status = files.status(path, FollowLast::no);
      below = status && *status && (*status)->kind == NodeKind::directory;
      itself = below;
    }
    listen(itself ? path : parent_of(path), below);
  };
  watch(reading.path);
  for (const std::string& link : way.links) {
    listen(parent_of(link), false);
    if (!is_at_or_below(link, reading.path)) {
      aliases_.insert({link, {reading.path, false}});
    }
  }
  if (way.end != reading.path) {
    watch(way.end);
    aliases_.insert({way.end, {reading.path, true}});
  }
  ways_[reading.path] = way;
}

std::vector<std::string> WatchedPaths::asked(std::span<const std::string> paths) const {
  std::set<std::string> names;
  for (const std::string& path : paths) {
    names.insert(path);
    // What lies on the way to something, or is it.
    for (auto at = aliases_.lower_bound(path); at != aliases_.end() && at->first.starts_with(path);
         ++at) {
      if (is_at_or_below(path, at->first)) {
        names.insert(at->second.asked);
      }
    }
    // What lies below something.
    for (std::string above = path; above != "/";) {
      above = parent_of(above);
      const auto [first, last] = aliases_.equal_range(above);
      for (auto at = first; at != last; ++at) {
        if (at->second.is_end) {
          const std::string rest = above == "/" ? path : path.substr(above.size());
          names.insert((at->second.asked == "/" ? "" : at->second.asked) + rest);
        }
      }
    }
  }
  std::vector<std::string> kept;
  for (const std::string& name : names) {
    bool covered = false;
    for (std::string above = name; above != "/" && !covered;) {
      above = parent_of(above);
      covered = names.contains(above);
    }
    if (!covered) {
      kept.push_back(name);
    }
  }
  return kept;
}

bool WatchedPaths::is_redirected(const std::string& path, const FileTree& files) const {
  PathWays now(files);
  const auto differs = [&](const std::string& asked) {
    const auto before = ways_.find(asked);
    return before != ways_.end() && now.way_of(asked) != before->second;
  };
  return std::any_of(aliases_.lower_bound(path),
                     end_below(aliases_, path),
                     [&](const auto& alias) { return differs(alias.second.asked); }) ||
         std::any_of(ways_.lower_bound(path), end_below(ways_, path), [&](const auto& way) {
           return differs(way.first);
         });
}

}  // namespace twoseal::cli
