#include "compliance/oval/reading.h"

#include "compliance/families/family.h"
#include "compliance/path_start.h"
#include "compliance/walk_behaviors.h"
#include "system/plain_path.h"

namespace twoseal::scap {
namespace {

Reading file(std::string path) {
  return {ReadingKind::file, std::move(path)};
}

// Of an object that names its files by path, or by path and name.
std::vector<Reading> readings_of_walk(const ObjectQuery& query) {
  std::vector<Reading> readings;
  const Matcher* filepath = query.find(EntityName::filepath);
  const Matcher* path = query.find(EntityName::path);
  const Matcher* name = query.find(EntityName::filename);
  const auto behaviors = walk_behaviors(query);
  const Matcher* where = filepath != nullptr ? filepath : path;
  if (where == nullptr || !behaviors) {
    return readings;
  }
  const bool itself = filepath != nullptr || name == nullptr || name->entity().nil;
  for (const Wanted& wanted : where->wanted()) {
    switch (where->entity().operation) {
      case Operation::equals: {
        std::string start = plain_start(wanted.text);
        const bool down =
            filepath == nullptr && behaviors->direction == WalkBehaviors::Direction::down;
        const bool up = filepath == nullptr && behaviors->direction == WalkBehaviors::Direction::up;
        const ReadingKind kind = up       ? ReadingKind::subtree
                                 : down   ? ReadingKind::subtree
                                 : itself ? ReadingKind::file
                                          : ReadingKind::directory;
        readings.push_back({kind, up ? "/" : std::move(start)});
        break;
      }
      case Operation::pattern_match:
        readings.push_back({ReadingKind::subtree, start_of_pattern(wanted.text)});
        break;
      default:
        readings.push_back({ReadingKind::subtree, "/"});
    }
  }
  return readings;
}

}  // namespace

std::vector<Reading> readings_of(const ObjectQuery& query) {
  switch (query.object().family) {
    case Family::dpkginfo:
      return {file("/var/lib/dpkg/status")};
    case Family::password:
      return {file("/etc/passwd"), file("/var/log/lastlog"), file("/var/lib/lastlog/lastlog2.db")};
    case Family::shadow:
      return {file("/etc/shadow")};
    case Family::selinuxsecuritycontext:
      if (query.find(EntityName::pid) != nullptr) {
        return {{ReadingKind::facts, {}}};
      }
      return readings_of_walk(query);
    case Family::file:
    case Family::filehash58:
    case Family::symlink:
    case Family::textfilecontent54:
    case Family::xmlfilecontent:
      return readings_of_walk(query);
    case Family::family:
      return {};
    default:
      return collector_of(query.object().family).collect == nullptr
                 ? std::vector<Reading>()
                 : std::vector<Reading>{{ReadingKind::facts, {}}};
  }
}

bool touches(const Reading& reading, std::string_view path) {
  // Also when a directory on the way comes, goes or changes its name.
  const bool above = is_at_or_below(path, reading.path);
  const bool below = is_at_or_below(reading.path, path);
  switch (reading.kind) {
    case ReadingKind::file:
      return above;
    case ReadingKind::directory:
      return above || (below && path.find('/', reading.path == "/" ? 1 : reading.path.size() + 1) ==
                                    std::string_view::npos);
    case ReadingKind::subtree:
      return above || below;
    case ReadingKind::facts:
    case ReadingKind::link:
      break;
  }
  return false;
}

}  // namespace twoseal::scap
