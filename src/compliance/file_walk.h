// One walk through the files of a host for all that looks for files in it.
//
// Each query says by path, pattern and depth which files it means. All queries of a walk share its
// traversals: a directory is listed once, a file is looked at once and read once, however many
// queries want it, and nothing is kept of it afterwards.
// Source of the meaning of behaviors: OVAL Language Specification 5.11, FileBehaviors; where it is
// silent (where patterns begin to be looked for, links on the way), docs/conformance.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compliance/families/query.h"
#include "compliance/walk_query.h"
#include "compliance/walked_file.h"
#include "system/file_tree.h"

namespace twoseal::scap {

class FileWalk {
 public:
  /// Directories that one query enters by way of links: they can multiply what is there without
  /// bound.
  static constexpr std::size_t kLinkedMax = 100'000;

  explicit FileWalk(const FileTree& tree, std::size_t linked_max = kLinkedMax);
  FileWalk(const FileWalk&) = delete;
  FileWalk& operator=(const FileWalk&) = delete;

  /// `query` has a filepath, or a path and a filename. Both must live until run() is done.
  void add(const ObjectQuery& query, FileVisitor& visitor);

  /// From now on visits nothing but this one path and what lies below it: for judging anew what was
  /// touched.
  void look_only_at(std::string path) { only_ = std::move(path); }

  /// From now on tells the links that matter to a walk: those that it goes on behind, those that
  /// are visited, and those that lead nowhere now. `to` must outlive the walk.
  void tell_links(std::set<std::string>& to) { links_ = &to; }

  /// Visits what everybody asked for. Afterwards there are no queries.
  void run();

  /// Directories that were listed, and files that were looked at or handed out: what the walk cost.
  struct Cost {
    std::uint64_t directories = 0;
    std::uint64_t files = 0;
  };

  [[nodiscard]] const Cost& cost() const { return cost_; }

 private:
  struct Place;

  void walk_from(const std::string& start, const std::vector<WalkQuery*>& queries);
  void visit_path(const std::string& path, const std::vector<WalkQuery*>& queries);
  void enter(Place& place, ActiveQueries active);
  void look_at_only(Place& place, ActiveQueries& active);
  void visit_directory(WalkQuery& query, const std::string& path, const NodeStatus* status);
  void look_at_entry(Place& place, const NodeEntry& entry, ActiveQueries& active);
  [[nodiscard]] Verdict asks_for(const ActiveQuery& active,
                                 const Place& place,
                                 const NodeEntry& entry,
                                 std::string& path) const;
  void offer(Place& place, const NodeEntry& entry, const ActiveQueries& active);
  void descend(Place& place,
               const NodeEntry& entry,
               bool through_link,
               const ActiveQueries& active);
  void carry_into(const ActiveQueries& on, const Place& below, ActiveQueries& here);
  void begin_collecting(WalkQuery& query, const Place& place, ActiveQueries& active);
  void look_up(WalkQuery& query, const std::string& path);
  void look_in(WalkQuery& query, const std::string& path);
  void begin(const std::vector<WalkQuery*>& queries,
             const Place& place,
             const ActiveQueries& arrived,
             ActiveQueries& active);
  [[nodiscard]] bool stops_at(const ActiveQuery& active, const Place& place);
  [[nodiscard]] ActiveQueries followers(const Place& place, const ActiveQueries& active);
  void follow(Place& place, const NodeEntry& entry, const ActiveQueries& active);
  void bound_links(ActiveQueries& on, const std::string& path);
  [[nodiscard]] Storage storage(const Place& place);
  [[nodiscard]] bool is_meant(std::string_view path) const;
  void tell_link(const std::string& path);

  const FileTree& tree_;
  std::size_t linked_max_;
  std::vector<std::unique_ptr<WalkQuery>> queries_;
  std::map<std::string, std::vector<WalkQuery*>, std::less<>> starts_;  // directories
  std::map<std::string, std::vector<WalkQuery*>, std::less<>> paths_;   // single files
  std::unordered_map<std::uint64_t, Storage> storages_;                 // of devices
  std::optional<std::string> only_;
  std::set<std::string>* links_ = nullptr;
  Cost cost_;
};

}  // namespace twoseal::scap
