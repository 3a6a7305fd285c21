#include "compliance/walk_query.h"

#include <algorithm>

#include "compliance/path_start.h"

namespace twoseal::scap {
namespace {

std::optional<bool> is_permitted(Verdict verdict) {
  if (verdict == Verdict::yes) {
    return true;
  }
  return verdict == Verdict::no ? std::optional(false) : std::nullopt;
}

// None when a pattern is none, which the visitor is told: then the query looks nowhere.
void find_starts(WalkQuery& query) {
  const Matcher& where = query.filepath != nullptr ? *query.filepath : *query.path;
  const Operation operation = where.entity().operation;
  query.is_pattern = operation == Operation::pattern_match;
  std::set<std::string> starts;
  for (const Wanted& wanted : where.wanted()) {
    if (operation == Operation::equals) {
      starts.insert(plain_start(wanted.text));
    } else if (query.is_pattern) {
      if (wanted.regex == nullptr) {
        query.visitor->miss(Flag::error, "'" + wanted.text + "' is no regular expression");
        return;
      }
      query.is_anywhere = query.is_anywhere || may_match_anywhere(wanted.text);
      starts.insert(start_of_pattern(wanted.text));
    } else {
      starts.insert("/");
    }
  }
  // Nothing has a name without a slash.
  std::erase_if(starts, [](const std::string& start) { return !start.starts_with('/'); });
  query.starts = std::move(starts);
}

}  // namespace

std::unique_ptr<WalkQuery> walk_query(const ObjectQuery& query, FileVisitor& visitor) {
  auto made = std::make_unique<WalkQuery>();
  made->visitor = &visitor;
  made->filepath = query.find(EntityName::filepath);
  made->path = query.find(EntityName::path);
  made->name = query.find(EntityName::filename);
  const auto behaviors = walk_behaviors(query);
  if (!behaviors) {
    visitor.miss(Flag::error, "the behaviors of the object have a word that OVAL does not have");
    return nullptr;
  }
  if (made->filepath == nullptr && made->path == nullptr) {
    // Contexts of processes are no files, and their visitor has looked for them itself.
    const bool of_processes = query.object().family == Family::selinuxsecuritycontext &&
                              query.find(EntityName::pid) != nullptr;
    if (!of_processes) {
      visitor.miss(Flag::error, "the object names neither a filepath nor a path");
    }
    return nullptr;
  }
  made->behaviors = *behaviors;
  made->wants_directories =
      made->filepath == nullptr && (made->name == nullptr || made->name->entity().nil);
  if (made->wants_directories || made->filepath != nullptr) {
    made->name = nullptr;
  }
  find_starts(*made);
  return made;
}

bool WalkQuery::names_files() const {
  return filepath != nullptr && filepath->entity().operation == Operation::equals;
}

bool WalkQuery::could_hold(const std::string& directory) const {
  if (!is_pattern || is_anywhere) {
    return true;
  }
  const std::string below = directory + "/";
  const std::vector<Wanted>& wanted = (filepath != nullptr ? filepath : path)->wanted();
  return std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& each) {
    return each.regex == nullptr || each.regex->partial(below) != Matched::no;
  });
}

bool WalkQuery::selects(const std::string& directory) const {
  const auto permitted = is_permitted(path->matches(directory));
  const Operation operation = path->entity().operation;
  // A path that is named may have been named with a slash at its end.
  if (permitted == false &&
      (operation == Operation::equals || operation == Operation::case_insensitive_equals)) {
    return path->matches(directory + "/") == Verdict::yes;
  }
  if (!permitted) {
    visitor->miss(Flag::error, "a path cannot be compared: " + directory);
  }
  return permitted.value_or(false);
}

bool WalkQuery::selects_file(const std::string& file) const {
  const auto permitted = is_permitted(filepath->matches(file));
  if (!permitted) {
    visitor->miss(Flag::error, "the path cannot be compared: " + file);
  }
  return permitted.value_or(false);
}

ActiveQueries carried_on(const std::string& path, bool through_link, const ActiveQueries& active) {
  ActiveQueries on;
  for (const ActiveQuery& each : active) {
    const WalkBehaviors& behaviors = each.query->behaviors;
    if (!each.collecting) {
      if (each.query->filepath == nullptr || each.query->could_hold(path)) {
        on.push_back(each);
      }
      continue;
    }
    const bool deeper = behaviors.direction == WalkBehaviors::Direction::down &&
                        (behaviors.depth_max < 0 || each.level < behaviors.depth_max) &&
                        (through_link ? behaviors.follow_links : behaviors.follow_directories);
    if (deeper) {
      on.push_back({each.query, true, each.level + 1, each.device});
    }
  }
  return on;
}

ActiveQueries::const_iterator find_query(const ActiveQueries& active,
                                         const WalkQuery* query,
                                         bool collecting) {
  return std::find_if(active.begin(), active.end(), [&](const ActiveQuery& each) {
    return each.query == query && each.collecting == collecting;
  });
}

void tell_missed(const ActiveQueries& active, const std::string& why, const std::string& path) {
  for (const ActiveQuery& each : active) {
    each.query->visitor->miss(Flag::incomplete, why + ": " + path);
  }
}

}  // namespace twoseal::scap
