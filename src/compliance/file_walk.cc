#include "compliance/file_walk.h"

#include <algorithm>

#include "system/plain_path.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kDepthMax = 400;  // directories that are open at once

}  // namespace

struct FileWalk::Place {
  NodeDirectory& directory;
  const std::string& path;
  const Place* above;
  NodeStatus status;
  std::size_t depth;
  bool by_link = true;      ///< a link may have led here, so that lstat() would tell something else
  bool below_link = false;  ///< a link of the walk led here, or above

  // Whether the directory of this status is this one or one above it.
  [[nodiscard]] bool is_within(const NodeStatus& other) const {
    for (const Place* at = this; at != nullptr; at = at->above) {
      if (at->status.inode == other.inode && at->status.device == other.device) {
        return true;
      }
    }
    return false;
  }
};

FileWalk::FileWalk(const FileTree& tree, std::size_t linked_max)
    : tree_(tree), linked_max_(linked_max) {}

void FileWalk::add(const ObjectQuery& query, FileVisitor& visitor) {
  auto added = walk_query(query, visitor);
  if (added == nullptr) {
    return;
  }
  auto& list = added->names_files() ? paths_ : starts_;
  for (const std::string& start : added->starts) {
    list[start].push_back(added.get());
  }
  queries_.push_back(std::move(added));
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
  return !only_ || is_at_or_below(*only_, path);
}

void FileWalk::tell_link(const std::string& path) {
  if (links_ != nullptr) {
    links_->insert(path);
  }
}

void FileWalk::visit_path(const std::string& path, const std::vector<WalkQuery*>& queries) {
  const std::string directory = parent_of(path);
  const std::string name = name_in_parent(path);
  if (name.empty()) {
    return;
  }
  WalkedFile file(tree_, nullptr, directory, {name, NodeKind::unknown});
  ++cost_.files;
  const auto& status = file.status();
  for (WalkQuery* query : queries) {
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
    if (query->selects_file(path)) {
      query->visitor->visit(file);
    }
  }
}

void FileWalk::walk_from(const std::string& start, const std::vector<WalkQuery*>& queries) {
  auto directory = tree_.open(start);
  if (!directory) {
    for (WalkQuery* query : queries) {
      query->visitor->miss(Flag::incomplete, directory.error().what + ": " + start);
    }
    return;
  }
  if (*directory == nullptr) {
    return;
  }
  const auto status = (*directory)->status();
  if (!status) {
    for (WalkQuery* query : queries) {
      query->visitor->miss(Flag::incomplete, status.error().what + ": " + start);
    }
    return;
  }
  Place place{**directory, start, nullptr, *status, 0};
  ActiveQueries active;
  begin(queries, place, {}, active);
  enter(place, std::move(active));
}

// Queries whose walk begins in this directory. `arrived`: those that came from above already.
void FileWalk::begin(const std::vector<WalkQuery*>& queries,
                     const Place& place,
                     const ActiveQueries& arrived,
                     ActiveQueries& active) {
  for (WalkQuery* query : queries) {
    if (find_query(arrived, query, false) != arrived.end() ||
        (query->behaviors.systems == WalkBehaviors::Systems::local &&
         storage(place) != Storage::local)) {
      continue;
    }
    if (query->filepath == nullptr && query->selects(place.path)) {
      begin_collecting(*query, place, active);
    }
    if (query->filepath != nullptr || query->path->entity().operation != Operation::equals) {
      active.push_back({query, false, 0, place.status.device});
    }
  }
}

void FileWalk::begin_collecting(WalkQuery& query, const Place& place, ActiveQueries& active) {
  if (query.behaviors.direction == WalkBehaviors::Direction::up) {
    look_up(query, place.path);
    return;
  }
  // A query that came here already sees everything once, from here on as deep as if it began here.
  if (const auto already = find_query(active, &query, true); already != active.end()) {
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
void FileWalk::visit_directory(WalkQuery& query,
                               const std::string& path,
                               const NodeStatus* status) {
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
void FileWalk::look_in(WalkQuery& query, const std::string& path) {
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
  const ActiveQueries alone = {{&query, true, 0, status->device}};
  const auto listed = each_entry(**directory, [&](const NodeEntry& entry) {
    const auto known = entry.kind == NodeKind::unknown
                           ? (*directory)->status_of(entry.name)
                           : Result<std::optional<NodeStatus>>(std::nullopt);
    if (!known) {
      query.visitor->miss(Flag::incomplete,
                          known.error().what + ": " + join_path(path, entry.name));
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
void FileWalk::look_up(WalkQuery& query, const std::string& path) {
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
    at = parent_of(at);
  }
}

Storage FileWalk::storage(const Place& place) {
  const auto [known, added] = storages_.try_emplace(place.status.device, Storage::local);
  if (added) {
    known->second = place.directory.storage();
  }
  return known->second;
}

void FileWalk::enter(Place& place, ActiveQueries active) {
  if (active.empty()) {
    return;
  }
  if (place.depth >= kDepthMax) {
    tell_missed(active, "directories are nested too deep", place.path);
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
    tell_missed(active, listed.error().what, place.path);
  }
}

// The one name in the directory that leads to what is asked for.
void FileWalk::look_at_only(Place& place, ActiveQueries& active) {
  const std::size_t begin = place.path == "/" ? 1 : place.path.size() + 1;
  const bool leads = place.path == "/" || (only_->starts_with(place.path) &&
                                           only_->size() > begin && (*only_)[begin - 1] == '/');
  if (!leads) {
    return;
  }
  const std::string name = only_->substr(begin, only_->find('/', begin) - begin);
  look_at_entry(place, {name, NodeKind::unknown}, active);
}

void FileWalk::look_at_entry(Place& place, const NodeEntry& entry, ActiveQueries& active) {
  NodeEntry seen = entry;
  if (seen.kind == NodeKind::unknown) {
    const auto status = place.directory.status_of(seen.name);
    if (!status) {
      tell_missed(active, status.error().what, join_path(place.path, seen.name));
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
ActiveQueries FileWalk::followers(const Place& place, const ActiveQueries& active) {
  ActiveQueries those;
  for (const ActiveQuery& each : active) {
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

void FileWalk::follow(Place& place, const NodeEntry& entry, const ActiveQueries& active) {
  if (active.empty()) {
    return;
  }
  const std::string path = join_path(place.path, entry.name);
  const auto target = tree_.status(path, FollowLast::yes);
  if (!target) {
    tell_missed(active, target.error().what, path);
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
Verdict FileWalk::asks_for(const ActiveQuery& active,
                           const Place& place,
                           const NodeEntry& entry,
                           std::string& path) const {
  const WalkQuery& query = *active.query;
  if (active.collecting) {
    return query.name != nullptr ? query.name->matches(entry.name) : Verdict::no;
  }
  if (query.filepath == nullptr) {
    return Verdict::no;
  }
  if (path.empty()) {
    path = join_path(place.path, entry.name);
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
void FileWalk::offer(Place& place, const NodeEntry& entry, const ActiveQueries& active) {
  if (!is_meant(place.path) && join_path(place.path, entry.name) != *only_) {
    return;
  }
  std::optional<WalkedFile> file;
  std::string path;
  for (const ActiveQuery& each : active) {
    FileVisitor& visitor = *each.query->visitor;
    const Verdict verdict = asks_for(each, place, entry, path);
    if (verdict == Verdict::yes && entry.kind == NodeKind::symlink) {
      tell_link(join_path(place.path, entry.name));
    }
    if (verdict == Verdict::yes) {
      if (!file) {
        file.emplace(tree_, &place.directory, place.path, entry);
        ++cost_.files;
      }
      visitor.visit(*file);
    } else if (verdict != Verdict::no) {
      visitor.miss(Flag::error, "a name cannot be compared: " + join_path(place.path, entry.name));
    }
  }
}

// Queries that go on from the directory above: first those that collect, since they may be the same
// as those that would begin to collect here.
void FileWalk::carry_into(const ActiveQueries& on, const Place& below, ActiveQueries& here) {
  for (const ActiveQuery& each : on) {
    if (each.collecting) {
      if (each.query->wants_directories) {
        visit_directory(*each.query, below.path, below.by_link ? nullptr : &below.status);
      }
      here.push_back(each);
    }
  }
  for (const ActiveQuery& each : on) {
    if (each.collecting) {
      continue;
    }
    WalkQuery& query = *each.query;
    if (query.filepath == nullptr && query.selects(below.path)) {
      begin_collecting(query, below, here);
    }
    if (query.could_hold(below.path)) {
      here.push_back(each);
    }
  }
}

// Takes out those who went into too many directories by way of links.
void FileWalk::bound_links(ActiveQueries& on, const std::string& path) {
  std::erase_if(on, [&](const ActiveQuery& each) {
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

// Whether the directory is on a file system that the query does not go into.
bool FileWalk::stops_at(const ActiveQuery& active, const Place& place) {
  switch (active.query->behaviors.systems) {
    case WalkBehaviors::Systems::local:
      return storage(place) != Storage::local;
    case WalkBehaviors::Systems::defined:
      return place.status.device != active.device;
    case WalkBehaviors::Systems::all:
      break;
  }
  return false;
}

void FileWalk::descend(Place& place,
                       const NodeEntry& entry,
                       bool through_link,
                       const ActiveQueries& active) {
  const std::string path = join_path(place.path, entry.name);
  ActiveQueries on = carried_on(path, through_link, active);
  const auto begins = through_link ? starts_.end() : starts_.find(path);
  if (on.empty() && begins == starts_.end()) {
    return;
  }
  if (through_link) {
    tell_link(path);
  }
  auto directory = through_link ? tree_.open(path) : place.directory.open(entry.name);
  if (!directory) {
    tell_missed(on, directory.error().what, path);
    return;
  }
  if (*directory == nullptr) {
    return;
  }
  const auto status = (*directory)->status();
  if (!status) {
    tell_missed(on, status.error().what, path);
    return;
  }
  if (place.is_within(*status)) {
    return;  // in a circle
  }
  Place below{**directory,
              path,
              &place,
              *status,
              place.depth + 1,
              through_link,
              through_link || place.below_link};
  std::erase_if(on, [&](const ActiveQuery& each) { return stops_at(each, below); });
  if (below.below_link) {
    bound_links(on, path);
  }
  ActiveQueries here;
  carry_into(on, below, here);
  if (begins != starts_.end()) {
    const auto taken = starts_.extract(begins);
    begin(taken.mapped(), below, on, here);
  }
  enter(below, std::move(here));
}

}  // namespace twoseal::scap
