#include "compliance/file_walk.h"

#include <algorithm>
#include <charconv>

namespace twoseal::scap {
namespace {

constexpr std::size_t kDepthMax = 400;  // directories that are open at once

std::string joined(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.ends_with('/')) {
    path += '/';
  }
  path += name;
  return path;
}

std::optional<bool> is_permitted(Verdict verdict) {
  if (verdict == Verdict::yes) {
    return true;
  }
  return verdict == Verdict::no ? std::optional(false) : std::nullopt;
}

}  // namespace

std::string plain_start(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

namespace {

// A pattern that begins with a slash means the root by it.
std::string from_root(std::string_view pattern) {
  const bool slash = pattern.starts_with('/') || pattern.starts_with("\\/");
  const std::string_view after = slash ? pattern.substr(pattern.find('/') + 1) : pattern;
  const bool meant = slash && (after.empty() || std::string_view("*?{").find(after.front()) ==
                                                    std::string_view::npos);
  return (meant ? "^" : "") + std::string(pattern);
}

}  // namespace

std::string start_of_pattern(std::string_view pattern) {
  const std::string prefix = literal_prefix(from_root(pattern));
  const std::size_t slash = prefix.rfind('/');
  if (slash == std::string::npos || !prefix.starts_with('/')) {
    return "/";
  }
  return slash == 0 ? "/" : prefix.substr(0, slash);
}

const std::string& WalkedFile::full_path() {
  if (full_path_.empty()) {
    full_path_ = name_.empty() ? std::string(path_) : joined(path_, name_);
  }
  return full_path_;
}

const Result<std::optional<NodeStatus>>& WalkedFile::status() {
  if (!status_) {
    if (directory_ != nullptr && !name_.empty()) {
      status_ = directory_->status_of(name_);
    } else {
      status_ = tree_.status(full_path(), FollowLast::no);
    }
  }
  return *status_;
}

const NodeDirectory* WalkedFile::holder() {
  if (directory_ == nullptr || name_.empty()) {
    return nullptr;
  }
  if (kind_ == NodeKind::unknown && status() && *status()) {
    kind_ = (*status())->kind;
  }
  return kind_ == NodeKind::symlink ? nullptr : directory_;
}

const Result<std::optional<Bytes>>& WalkedFile::content() {
  if (!content_) {
    const NodeDirectory* directory = holder();
    content_ = directory != nullptr ? directory->read(name_, kContentMax)
                                    : tree_.read(full_path(), kContentMax);
  }
  return *content_;
}

std::optional<bool> WalkedFile::has_access_list() {
  const NodeDirectory* directory = holder();
  return directory != nullptr ? directory->has_access_list(name_)
                              : tree_.has_access_list(full_path());
}

std::optional<WalkBehaviors> walk_behaviors(const ObjectQuery& query) {
  using Direction = WalkBehaviors::Direction;
  using Systems = WalkBehaviors::Systems;
  WalkBehaviors behaviors;
  const std::string_view direction = query.behavior("recurse_direction", "none");
  const std::string_view recurse = query.behavior("recurse", "symlinks and directories");
  const std::string_view systems = query.behavior("recurse_file_system", "all");
  const std::string_view depth = query.behavior("max_depth", "-1");
  const bool known =
      (direction == "none" || direction == "down" || direction == "up") &&
      (systems == "all" || systems == "local" || systems == "defined") &&
      (recurse == "symlinks and directories" || recurse == "directories" || recurse == "symlinks" ||
       recurse == "files and directories" || recurse == "none");
  const auto [end, error] =
      std::from_chars(depth.data(), depth.data() + depth.size(), behaviors.depth_max);
  if (!known || error != std::errc() || end != depth.data() + depth.size()) {
    return std::nullopt;
  }
  behaviors.direction = direction == "down" ? Direction::down
                        : direction == "up" ? Direction::up
                                            : Direction::none;
  behaviors.systems = systems == "local"     ? Systems::local
                      : systems == "defined" ? Systems::defined
                                             : Systems::all;
  behaviors.follow_directories = recurse != "symlinks" && recurse != "none";
  behaviors.follow_links = recurse == "symlinks" || recurse == "symlinks and directories";
  return behaviors;
}

// What one object asks for. `name` is nullptr with a filepath and where directories are meant.
struct FileWalk::Query {
  FileVisitor* visitor = nullptr;
  const Matcher* filepath = nullptr;
  const Matcher* path = nullptr;
  const Matcher* name = nullptr;
  bool wants_directories = false;
  WalkBehaviors behaviors;
  bool is_pattern = false;
  bool is_anywhere = false;         ///< it may match from the midst of a path on
  std::set<std::string> looked_up;  ///< what was on the way up from somewhere
  std::size_t linked = 0;           ///< directories that were entered by way of links

  // Whether something below `directory` could match. With several values one of them is enough.
  [[nodiscard]] bool could_hold(const std::string& directory) const {
    if (!is_pattern || is_anywhere) {
      return true;
    }
    const std::string below = directory + "/";
    const std::vector<Wanted>& wanted = (filepath != nullptr ? filepath : path)->wanted();
    return std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& each) {
      return each.regex == nullptr || each.regex->partial(below) != Matched::no;
    });
  }
};

// A query within a traversal. `level`: directories below the one where collecting began.
struct FileWalk::Active {
  Query* query;
  bool collecting = false;
  int level = 0;
  std::uint64_t device = 0;  ///< where the query began
};

struct FileWalk::Place {
  NodeDirectory& directory;
  const std::string& path;
  const Place* above;
  NodeStatus status;
  std::size_t depth;
  bool by_link = true;      ///< a link may have led here, so that lstat() would tell something else
  bool below_link = false;  ///< a link of the walk led here, or above
};

FileWalk::FileWalk(const FileTree& tree, std::size_t linked_max)
    : tree_(tree), linked_max_(linked_max) {}

FileWalk::~FileWalk() = default;

void FileWalk::add(const ObjectQuery& query, FileVisitor& visitor) {
  auto added = std::make_unique<Query>();
  added->visitor = &visitor;
  added->filepath = query.find(EntityName::filepath);
  added->path = query.find(EntityName::path);
  added->name = query.find(EntityName::filename);
  const auto behaviors = walk_behaviors(query);
  if (!behaviors) {
    visitor.miss(Flag::error, "the behaviors of the object have a word that OVAL does not have");
    return;
  }
  if (added->filepath == nullptr && added->path == nullptr) {
    // Contexts of processes are no files, and their visitor has looked for them itself.
    if (query.find(EntityName::pid) == nullptr) {
      visitor.miss(Flag::error, "the object names neither a filepath nor a path");
    }
    return;
  }
  added->behaviors = *behaviors;
  added->wants_directories =
      added->filepath == nullptr && (added->name == nullptr || added->name->entity().nil);
  if (added->wants_directories || added->filepath != nullptr) {
    added->name = nullptr;
  }
  start(*added);
  queries_.push_back(std::move(added));
}

void FileWalk::start(Query& query) {
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
      query.is_anywhere = query.is_anywhere || !begins_at_start(from_root(wanted.text));
      starts.insert(start_of_pattern(wanted.text));
    } else {
      starts.insert("/");
    }
  }
  for (const std::string& start : starts) {
    if (!start.starts_with('/')) {
      continue;  // nothing has such a name
    }
    const bool single = query.filepath != nullptr && operation == Operation::equals;
    (single ? paths_ : starts_)[start].push_back(&query);
  }
}

void FileWalk::run() {
  for (const auto& [path, queries] : paths_) {
    if (is_meant(path)) {
      visit_path(path, queries);
    }
  }
  paths_.clear();
  // Those above first, so that their traversal takes along what begins below.
  while (!starts_.empty()) {
    const auto first = starts_.extract(starts_.begin());
    walk_from(first.key(), first.mapped());
  }
  queries_.clear();
}

// Whether the path is one of those that are asked for.
bool FileWalk::is_meant(std::string_view path) const {
  return !only_ || *only_ == "/" || path == *only_ ||
         (path.starts_with(*only_) && path[only_->size()] == '/');
}

void FileWalk::tell_link(const std::string& path) {
  if (links_ != nullptr) {
    links_->insert(path);
  }
}

void FileWalk::visit_path(const std::string& path, const std::vector<Query*>& queries) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
  const std::string name = path.substr(slash + 1);
  if (name.empty()) {
    return;
  }
  WalkedFile file(tree_, nullptr, directory, {name, NodeKind::unknown});
  ++cost_.files;
  const auto& status = file.status();
  for (Query* query : queries) {
    if (!status) {
      query->visitor->miss(Flag::error, status.error().what + ": " + path);
      continue;
    }
    if (!*status || (*status)->kind == NodeKind::directory) {
      continue;
    }
    if ((*status)->kind == NodeKind::symlink) {
      const auto target = tree_.status(path, FollowLast::yes);
      if (target && *target && (*target)->kind == NodeKind::directory) {
        continue;
      }
    }
    // All values of a variable may have to be the same one.
    const auto permitted = is_permitted(query->filepath->matches(path));
    if (!permitted) {
      query->visitor->miss(Flag::error, "the path cannot be compared: " + path);
    } else if (*permitted) {
      query->visitor->visit(file);
    }
  }
}

void FileWalk::walk_from(const std::string& start, const std::vector<Query*>& queries) {
  auto directory = tree_.open(start);
  if (!directory) {
    for (Query* query : queries) {
      query->visitor->miss(Flag::incomplete, directory.error().what + ": " + start);
    }
    return;
  }
  if (*directory == nullptr) {
    return;
  }
  const auto status = (*directory)->status();
  if (!status) {
    for (Query* query : queries) {
      query->visitor->miss(Flag::incomplete, status.error().what + ": " + start);
    }
    return;
  }
  Place place{**directory, start, nullptr, *status, 0};
  std::vector<Active> active;
  begin(queries, place, {}, active);
  enter(place, std::move(active));
}

// Queries whose walk begins in this directory. `arrived`: those that came from above already.
void FileWalk::begin(const std::vector<Query*>& queries,
                     const Place& place,
                     const std::vector<Active>& arrived,
                     std::vector<Active>& active) {
  for (Query* query : queries) {
    if (find(arrived, query, false) != arrived.end() ||
        (query->behaviors.systems == WalkBehaviors::Systems::local &&
         storage(place) != Storage::local)) {
      continue;
    }
    if (query->filepath == nullptr && selects(*query, place.path)) {
      begin_collecting(*query, place, active);
    }
    if (query->filepath != nullptr || query->path->entity().operation != Operation::equals) {
      active.push_back({query, false, 0, place.status.device});
    }
  }
}

// Whether the directory is one of those that the query means by their path.
bool FileWalk::selects(Query& query, const std::string& path) {
  const auto permitted = is_permitted(query.path->matches(path));
  const Operation operation = query.path->entity().operation;
  // A path that is named may have been named with a slash at its end.
  if (permitted == false &&
      (operation == Operation::equals || operation == Operation::case_insensitive_equals)) {
    return query.path->matches(path + "/") == Verdict::yes;
  }
  if (!permitted) {
    query.visitor->miss(Flag::error, "a path cannot be compared: " + path);
  }
  return permitted.value_or(false);
}

void FileWalk::begin_collecting(Query& query, const Place& place, std::vector<Active>& active) {
  if (query.behaviors.direction == WalkBehaviors::Direction::up) {
    look_up(query, place.path);
    return;
  }
  // A query that came here already sees everything once, from here on as deep as if it began here.
  if (const auto already = find(active, &query, true); already != active.end()) {
    active[static_cast<std::size_t>(already - active.begin())].level = 0;
    return;
  }
  if (query.wants_directories) {
    visit_directory(query, place.path, place.by_link ? nullptr : &place.status);
    if (query.behaviors.direction == WalkBehaviors::Direction::none) {
      return;
    }
  }
  active.push_back({&query, true, 0, place.status.device});
}

// `status`: nullptr when it is not known, or is that of where a link leads.
void FileWalk::visit_directory(Query& query, const std::string& path, const NodeStatus* status) {
  if (!is_meant(path)) {
    return;
  }
  ++cost_.files;
  if (status != nullptr) {
    WalkedFile file(tree_, path, *status);
    query.visitor->visit(file);
  } else {
    WalkedFile file(tree_, nullptr, path, {});
    query.visitor->visit(file);
  }
}

// The names of one directory alone.
void FileWalk::look_in(Query& query, const std::string& path) {
  ++cost_.directories;
  const auto directory = tree_.open(path);
  if (directory && *directory == nullptr) {
    return;
  }
  const auto status =
      directory ? (*directory)->status() : Result<NodeStatus>(std::unexpected(directory.error()));
  if (!status) {
    query.visitor->miss(Flag::incomplete, status.error().what + ": " + path);
    return;
  }
  Place place{**directory, path, nullptr, *status, 0};
  const std::vector<Active> alone = {{&query, true, 0, status->device}};
  const auto listed = each_entry(**directory, [&](const NodeEntry& entry) {
    const auto known = entry.kind == NodeKind::unknown
                           ? (*directory)->status_of(entry.name)
                           : Result<std::optional<NodeStatus>>(std::nullopt);
    if (!known) {
      query.visitor->miss(Flag::incomplete, known.error().what + ": " + joined(path, entry.name));
      return;
    }
    const NodeKind kind = *known ? (*known)->kind : entry.kind;
    if (kind != NodeKind::directory) {
      offer(place, {entry.name, kind}, alone);
    }
  });
  if (!listed) {
    query.visitor->miss(Flag::incomplete, listed.error().what + ": " + path);
  }
}

// The directory and those above it: few, so each by itself.
void FileWalk::look_up(Query& query, const std::string& path) {
  std::string at = path;
  for (int depth = 0; query.behaviors.depth_max < 0 || depth <= query.behaviors.depth_max;
       ++depth) {
    const bool first = query.looked_up.insert(at).second;
    if (first && query.wants_directories) {
      visit_directory(query, at, nullptr);
    } else if (first) {
      look_in(query, at);
    }
    if (at == "/") {
      return;
    }
    const std::size_t slash = at.rfind('/');
    at = slash == 0 || slash == std::string::npos ? "/" : at.substr(0, slash);
  }
}

Storage FileWalk::storage(const Place& place) {
  const auto [known, added] = storages_.try_emplace(place.status.device, Storage::local);
  if (added) {
    known->second = place.directory.storage();
  }
  return known->second;
}

void FileWalk::enter(Place& place, std::vector<Active> active) {
  if (active.empty()) {
    return;
  }
  if (place.depth >= kDepthMax) {
    miss(active, "directories are nested too deep", place.path);
    return;
  }
  ++cost_.directories;
  if (!is_meant(place.path)) {
    look_at_only(place, active);
    return;
  }
  const auto listed = each_entry(
      place.directory, [&](const NodeEntry& entry) { look_at_entry(place, entry, active); });
  if (!listed) {
    miss(active, listed.error().what, place.path);
  }
}

void FileWalk::miss(const std::vector<Active>& active,
                    const std::string& why,
                    const std::string& path) {
  for (const Active& each : active) {
    each.query->visitor->miss(Flag::incomplete, why + ": " + path);
  }
}

// The one name in the directory that leads to what is asked for.
void FileWalk::look_at_only(Place& place, std::vector<Active>& active) {
  const std::size_t begin = place.path == "/" ? 1 : place.path.size() + 1;
  const bool leads = place.path == "/" || (only_->starts_with(place.path) &&
                                           only_->size() > begin && (*only_)[begin - 1] == '/');
  if (!leads) {
    return;
  }
  const std::string name = only_->substr(begin, only_->find('/', begin) - begin);
  look_at_entry(place, {name, NodeKind::unknown}, active);
}

void FileWalk::look_at_entry(Place& place, const NodeEntry& entry, std::vector<Active>& active) {
  NodeEntry seen = entry;
  if (seen.kind == NodeKind::unknown) {
    const auto status = place.directory.status_of(seen.name);
    if (!status) {
      miss(active, status.error().what, joined(place.path, seen.name));
      return;
    }
    if (!*status) {
      return;
    }
    seen.kind = (*status)->kind;
  }
  if (seen.kind == NodeKind::directory) {
    descend(place, seen, false, active);
    return;
  }
  offer(place, seen, active);
  if (seen.kind == NodeKind::symlink) {
    follow(place, seen, followers(place, active));
  }
}

// Those who go where links lead. In the kernel's own file systems links lead round and round, so
// they are followed there only on demand.
std::vector<FileWalk::Active> FileWalk::followers(const Place& place,
                                                  const std::vector<Active>& active) {
  std::vector<Active> those;
  for (const Active& each : active) {
    const WalkBehaviors& behaviors = each.query->behaviors;
    const bool follows = each.collecting ? behaviors.direction == WalkBehaviors::Direction::down &&
                                               behaviors.follow_links
                                         : storage(place) != Storage::kernel;
    if (follows) {
      those.push_back(each);
    }
  }
  return those;
}

void FileWalk::follow(Place& place, const NodeEntry& entry, const std::vector<Active>& active) {
  if (active.empty()) {
    return;
  }
  const std::string path = joined(place.path, entry.name);
  const auto target = tree_.status(path, FollowLast::yes);
  if (!target) {
    miss(active, target.error().what, path);
  } else if (*target && (*target)->kind == NodeKind::directory) {
    descend(place, entry, true, active);
    return;
  }
  // It may lead to a directory later.
  if (links_ != nullptr && (!target || !*target) && !carried_on(path, true, active).empty()) {
    tell_link(path);
  }
}

// Whether a query asks for a name that is no directory. `path`: of the entry, once somebody needs
// it.
Verdict FileWalk::asks_for(const Active& active,
                           const Place& place,
                           const NodeEntry& entry,
                           std::string& path) const {
  const Query& query = *active.query;
  if (active.collecting) {
    return query.name != nullptr ? query.name->matches(entry.name) : Verdict::no;
  }
  if (query.filepath == nullptr) {
    return Verdict::no;
  }
  if (path.empty()) {
    path = joined(place.path, entry.name);
  }
  const Verdict verdict = query.filepath->matches(path);
  if (verdict != Verdict::yes || entry.kind != NodeKind::symlink) {
    return verdict;
  }
  const auto target = tree_.status(path, FollowLast::yes);
  const bool directory = target && *target && (*target)->kind == NodeKind::directory;
  return directory ? Verdict::no : verdict;
}

// Hands a name that is no directory to those who look for such names.
void FileWalk::offer(Place& place, const NodeEntry& entry, const std::vector<Active>& active) {
  if (!is_meant(place.path) && joined(place.path, entry.name) != *only_) {
    return;
  }
  std::optional<WalkedFile> file;
  std::string path;
  for (const Active& each : active) {
    FileVisitor& visitor = *each.query->visitor;
    const Verdict verdict = asks_for(each, place, entry, path);
    if (verdict == Verdict::yes && entry.kind == NodeKind::symlink) {
      tell_link(joined(place.path, entry.name));
    }
    if (verdict == Verdict::yes) {
      if (!file) {
        file.emplace(tree_, &place.directory, place.path, entry);
        ++cost_.files;
      }
      visitor.visit(*file);
    } else if (verdict != Verdict::no) {
      visitor.miss(Flag::error, "a name cannot be compared: " + joined(place.path, entry.name));
    }
  }
}

std::vector<FileWalk::Active> FileWalk::carried_on(const std::string& path,
                                                   bool through_link,
                                                   const std::vector<Active>& active) {
  std::vector<Active> on;
  for (const Active& each : active) {
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

// Queries that go on from the directory above: first those that collect, since they may be the same
// as those that would begin to collect here.
void FileWalk::carry_into(const std::vector<Active>& on,
                          const Place& below,
                          std::vector<Active>& here) {
  for (const Active& each : on) {
    if (each.collecting) {
      if (each.query->wants_directories) {
        visit_directory(*each.query, below.path, below.by_link ? nullptr : &below.status);
      }
      here.push_back(each);
    }
  }
  for (const Active& each : on) {
    if (each.collecting) {
      continue;
    }
    Query& query = *each.query;
    if (query.filepath == nullptr && selects(query, below.path)) {
      begin_collecting(query, below, here);
    }
    if (query.could_hold(below.path)) {
      here.push_back(each);
    }
  }
}

std::vector<FileWalk::Active>::const_iterator FileWalk::find(const std::vector<Active>& active,
                                                             const Query* query,
                                                             bool collecting) {
  return std::find_if(active.begin(), active.end(), [&](const Active& each) {
    return each.query == query && each.collecting == collecting;
  });
}

// Takes out those who went into too many directories by way of links.
void FileWalk::bound_links(std::vector<Active>& on, const std::string& path) {
  std::erase_if(on, [&](const Active& each) {
    if (++each.query->linked <= linked_max_) {
      return false;
    }
    if (each.query->linked == linked_max_ + 1) {
      each.query->visitor->miss(
          Flag::incomplete,
          "links lead to more than " + std::to_string(linked_max_) + " directories: " + path);
    }
    return true;
  });
}

void FileWalk::descend(Place& place,
                       const NodeEntry& entry,
                       bool through_link,
                       const std::vector<Active>& active) {
  const std::string path = joined(place.path, entry.name);
  std::vector<Active> on = carried_on(path, through_link, active);
  const auto begins = through_link ? starts_.end() : starts_.find(path);
  if (on.empty() && begins == starts_.end()) {
    return;
  }
  if (through_link) {
    tell_link(path);
  }
  auto directory = through_link ? tree_.open(path) : place.directory.open(entry.name);
  if (!directory) {
    miss(on, directory.error().what, path);
    return;
  }
  if (*directory == nullptr) {
    return;
  }
  const auto status = (*directory)->status();
  if (!status) {
    miss(on, status.error().what, path);
    return;
  }
  for (const Place* above = &place; above != nullptr; above = above->above) {
    if (above->status.inode == status->inode && above->status.device == status->device) {
      return;  // in a circle
    }
  }
  Place below{**directory,
              path,
              &place,
              *status,
              place.depth + 1,
              through_link,
              through_link || place.below_link};
  std::erase_if(on, [&](const Active& each) {
    switch (each.query->behaviors.systems) {
      case WalkBehaviors::Systems::local:
        return storage(below) != Storage::local;
      case WalkBehaviors::Systems::defined:
        return status->device != each.device;
      case WalkBehaviors::Systems::all:
        break;
    }
    return false;
  });
  if (below.below_link) {
    bound_links(on, path);
  }
  std::vector<Active> here;
  carry_into(on, below, here);
  if (begins != starts_.end()) {
    const auto taken = starts_.extract(begins);
    begin(taken.mapped(), below, on, here);
  }
  enter(below, std::move(here));
}

}  // namespace twoseal::scap
