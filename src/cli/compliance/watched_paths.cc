#include "cli/compliance/watched_paths.h"

#include <algorithm>
#include <deque>
#include <set>

namespace twoseal::cli {
namespace {

constexpr std::size_t kLinksMax = 40;  // as the kernel has it

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool is_at_or_below(const std::string& directory, const std::string& path) {
  return path == directory || directory == "/" ||
         (path.starts_with(directory) && path[directory.size()] == '/');
}

std::string joined(const std::string& directory, const std::string& name) {
  return (directory == "/" ? "" : directory) + "/" + name;
}

// Puts the names of a path in front of those that are still to go.
void put_in_front(const std::string& path, std::deque<std::string>& names) {
  std::vector<std::string> own;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at && path.substr(at, end - at) != ".") {
      own.push_back(path.substr(at, end - at));
    }
    at = end + 1;
  }
  names.insert(names.begin(), own.begin(), own.end());
}

// Behind the last name of what is the path or lies below it. From the path to there are others too.
template <class ByName>
auto end_below(const ByName& names, const std::string& path) {
  constexpr char kBehindSlash = '/' + 1;
  return path == "/" ? names.end() : names.lower_bound(path + kBehindSlash);
}

// Without those that lie below one that is listened to whole.
std::vector<WatchedDirectory> pruned(const std::map<std::string, bool>& directories,
                                     const std::map<std::string, bool>& others) {
  const auto is_whole = [](const std::map<std::string, bool>& in, const std::string& path) {
    const auto found = in.find(path);
    return found != in.end() && found->second;
  };
  std::vector<WatchedDirectory> kept;
  for (const auto& [path, below] : directories) {
    bool covered = is_whole(others, path);
    for (std::string above = path; above != "/" && !covered;) {
      above = parent_of(above);
      covered = is_whole(directories, above) || is_whole(others, above);
    }
    if (!covered) {
      kept.push_back({path, below});
    }
  }
  return kept;
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
  std::deque<std::string> names;
  put_in_front(path, names);
  while (!names.empty()) {
    const std::string name = std::move(names.front());
    names.pop_front();
    if (name == "..") {
      way.end = parent_of(way.end);
      continue;
    }
    const std::string at = joined(way.end, name);
    const std::string& target = target_of(at);
    if (target.empty() || way.links.size() >= kLinksMax) {
      way.end = at;
      continue;
    }
    way.links.push_back(at);
    if (target.starts_with('/')) {
      way.end = "/";
    }
    put_in_front(target, names);
  }
  return way;
}

WatchedPaths::WatchedPaths(std::span<const scap::Reading> readings, const FileTree& files) {
  PathWays ways(files);
  Directories directories;
  Directories linked;
  for (const scap::Reading& reading : readings) {
    if (reading.kind != scap::ReadingKind::facts && reading.path.starts_with('/')) {
      add(reading, ways, files, reading.kind == scap::ReadingKind::link ? linked : directories);
    }
  }
  directories_ = pruned(directories, {});
  linked_ = pruned(linked, directories);
}

void WatchedPaths::add(const scap::Reading& reading,
                       PathWays& ways,
                       const FileTree& files,
                       Directories& to) {
  using Kind = scap::ReadingKind;
  const PathWay way = ways.way_of(reading.path);
  ways_[reading.path] = way;
  const auto watch = [&](const std::string& path) {
    bool below = reading.kind == Kind::subtree;
    bool itself = below || reading.kind == Kind::directory;
    if (reading.kind == Kind::link && path == way.end) {
      const auto status = files.status(path, FollowLast::no);
      below = status && *status && (*status)->kind == NodeKind::directory;
      itself = below;
    }
    bool& whole = to[itself ? path : parent_of(path)];
    whole = whole || below;
  };
  watch(reading.path);
  for (const std::string& link : way.links) {
    to.try_emplace(parent_of(link), false);
    if (!is_at_or_below(link, reading.path)) {
      aliases_.insert({link, {reading.path, false}});
    }
  }
  if (way.end != reading.path) {
    watch(way.end);
    aliases_.insert({way.end, {reading.path, true}});
  }
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
