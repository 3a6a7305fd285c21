// What one object asks of a walk through files, and where such a query stands in a traversal.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compliance/families/query.h"
#include "compliance/walk_behaviors.h"
#include "compliance/walked_file.h"

namespace twoseal::scap {

/// What one object asks for. Its matchers and its visitor are borrowed.
struct WalkQuery {
  FileVisitor* visitor = nullptr;
  const Matcher* filepath = nullptr;
  const Matcher* path = nullptr;
  const Matcher* name = nullptr;  ///< nullptr with a filepath and where directories are meant
  bool wants_directories = false;
  WalkBehaviors behaviors;
  bool is_pattern = false;
  bool is_anywhere = false;         ///< it may match from the midst of a path on
  std::set<std::string> starts;     ///< directories, or single files: where to look first
  std::set<std::string> looked_up;  ///< what was on the way up from somewhere
  std::size_t linked = 0;           ///< directories that were entered by way of links

  /// Whether its starts are the very files that it means.
  [[nodiscard]] bool names_files() const;

  /// Whether something below `directory` could match. With several values one of them is enough.
  [[nodiscard]] bool could_hold(const std::string& directory) const;

  /// Whether the directory is one of those that the query means by their path. The visitor is told
  /// when nobody can say.
  [[nodiscard]] bool selects(const std::string& directory) const;

  /// Whether the file that a filepath names is meant: all values of a variable may have to be the
  /// same one. The visitor is told when nobody can say.
  [[nodiscard]] bool selects_file(const std::string& file) const;
};

/// Nothing when the object cannot be looked for, which the visitor is told. Both must outlive it.
[[nodiscard]] std::unique_ptr<WalkQuery> walk_query(const ObjectQuery& query, FileVisitor& visitor);

/// A query within a traversal.
struct ActiveQuery {
  WalkQuery* query;
  bool collecting = false;
  int level = 0;             ///< directories below the one where collecting began
  std::uint64_t device = 0;  ///< where the query began
};

using ActiveQueries = std::vector<ActiveQuery>;

/// Those that go on into the directory `path`, to which the next step, or a link, leads.
[[nodiscard]] ActiveQueries carried_on(const std::string& path,
                                       bool through_link,
                                       const ActiveQueries& active);

/// Where the query stands among them, as one that collects or as one that still looks where to.
[[nodiscard]] ActiveQueries::const_iterator find_query(const ActiveQueries& active,
                                                       const WalkQuery* query,
                                                       bool collecting);

/// Tells all of them that `path` could not be looked at.
void tell_missed(const ActiveQueries& active, const std::string& why, const std::string& path);

}  // namespace twoseal::scap
