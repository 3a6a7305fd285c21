// Where something must be listened to for what an assessment looks at, and by which names the
// assessment asks for what happens there: who is asked for by a path that leads over a link is told
// of by its own name.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "compliance/oval/reading.h"
#include "sensors/file_events.h"
#include "system/file_tree.h"

namespace twoseal::cli {

/// How a path is reached: the links on the way, by their own places, and what it is without them,
/// also when it is not there.
struct PathWay {
  std::vector<std::string> links;
  std::string end;

  bool operator==(const PathWay&) const = default;
};

/// Follows a path link by link. Asks the tree once for each name, whoever comes by it.
class PathWays {
 public:
  explicit PathWays(const FileTree& files) : files_(files) {}

  [[nodiscard]] PathWay way_of(const std::string& path);

 private:
  [[nodiscard]] const std::string& target_of(const std::string& path);

  const FileTree& files_;
  std::map<std::string, std::string> targets_;  // of links; empty: it is none
};

class WatchedPaths {
 public:
  /// Directories to listen to: for the paths that are asked for, and for what walks come to over
  /// links.
  struct Places {
    std::vector<WatchedDirectory> directories;
    std::vector<WatchedDirectory> linked;
  };

  /// Takes in what is read. Where something must be listened to for it, as far as that was not said
  /// before.
  Places add(std::span<const scap::Reading> readings, const FileTree& files);

  /// Finds the way to everything anew. Where something must be listened to for it now.
  Places renew(const FileTree& files);

  /// By which names what happened to the paths is asked for. What lies below another one of them is
  /// left out.
  [[nodiscard]] std::vector<std::string> asked(std::span<const std::string> paths) const;

  /// Whether what happened to the path made a way lead elsewhere.
  [[nodiscard]] bool is_redirected(const std::string& path, const FileTree& files) const;

 private:
  struct Alias {
    std::string asked;
    bool is_end = false;  ///< it ends there, so that what lies below is asked for too
  };

  // With whether all below is meant.
  using Directories = std::map<std::string, bool>;

  void add(const scap::Reading& reading, PathWays& ways, const FileTree& files);
  [[nodiscard]] static bool is_covered(const Directories& by, const std::string& path);

  std::vector<scap::Reading> readings_;
  Directories directories_;
  Directories linked_;
  std::set<std::string> fresh_;                // of both
  std::multimap<std::string, Alias> aliases_;  // by the own name
  std::map<std::string, PathWay> ways_;        // by the asked name
};

}  // namespace twoseal::cli
