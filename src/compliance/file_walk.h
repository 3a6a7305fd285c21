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
#include "system/file_tree.h"

namespace twoseal::scap {

/// A file that a walk came to. Lives during the visit.
class WalkedFile {
 public:
  WalkedFile(const FileTree& tree,
             const NodeDirectory* directory,
             std::string_view path,
             const NodeEntry& entry)
      : tree_(tree), directory_(directory), path_(path), name_(entry.name), kind_(entry.kind) {}

  /// A directory that is meant itself. `status`: what is known of it already.
  WalkedFile(const FileTree& tree, std::string_view path, const NodeStatus& status)
      : tree_(tree),
        directory_(nullptr),
        path_(path),
        kind_(status.kind),
        status_(std::optional(status)) {}

  /// The directory; `/etc`.
  [[nodiscard]] std::string_view path() const { return path_; }

  /// Its name there; empty when the directory itself is meant.
  [[nodiscard]] std::string_view name() const { return name_; }

  /// `/etc/passwd`.
  [[nodiscard]] const std::string& full_path();

  /// What lstat(2) tells; nothing when it is gone.
  [[nodiscard]] const Result<std::optional<NodeStatus>>& status();

  /// The content of a regular file, at most kContentMax octets; links lead to it. Nothing when it
  /// is gone. Read once for all that ask. Errors of FileTree::read().
  [[nodiscard]] const Result<std::optional<Bytes>>& content();

  /// What it is, as far as that is known without looking at it.
  [[nodiscard]] NodeKind kind() const { return kind_; }

  /// As FileTree::has_access_list().
  [[nodiscard]] std::optional<bool> has_access_list();

  static constexpr std::size_t kContentMax = std::size_t{64} << 20U;

 private:
  // Through it the file is reached, however long its path is; nullptr when only the path can tell.
  [[nodiscard]] const NodeDirectory* holder();

  const FileTree& tree_;
  const NodeDirectory* directory_;
  std::string_view path_;
  std::string_view name_;
  NodeKind kind_;
  std::string full_path_;
  std::optional<Result<std::optional<NodeStatus>>> status_;
  std::optional<Result<std::optional<Bytes>>> content_;
};

/// Somebody who looks for files.
class FileVisitor {
 public:
  virtual ~FileVisitor() = default;

  FileVisitor() = default;
  FileVisitor(const FileVisitor&) = delete;
  FileVisitor& operator=(const FileVisitor&) = delete;

  virtual void visit(WalkedFile& file) = 0;

  /// A part could not be looked at.
  virtual void miss(Flag flag, const std::string& why) = 0;
};

/// How a walk goes on below a directory.
struct WalkBehaviors {
  enum class Direction : std::uint8_t { none, down, up };
  enum class Systems : std::uint8_t { all, local, defined };

  Direction direction = Direction::none;
  Systems systems = Systems::all;
  bool follow_directories = true;
  bool follow_links = true;
  int depth_max = -1;  ///< -1: as deep as it goes
};

/// What an object's behaviors say; nothing for words that the language does not have.
[[nodiscard]] std::optional<WalkBehaviors> walk_behaviors(const ObjectQuery& query);

/// The directory in which everything that a pattern of paths can match lies. Paths begin with a
/// slash, so a pattern that does so too is meant to match from there.
[[nodiscard]] std::string start_of_pattern(std::string_view pattern);

/// A path as walks name it: without slashes at its end.
[[nodiscard]] std::string plain_start(std::string path);

class FileWalk {
 public:
  /// Directories that one query enters by way of links: they can multiply what is there without
  /// bound.
  static constexpr std::size_t kLinkedMax = 100'000;

  explicit FileWalk(const FileTree& tree, std::size_t linked_max = kLinkedMax);
  FileWalk(const FileWalk&) = delete;
  FileWalk& operator=(const FileWalk&) = delete;
  ~FileWalk();

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
  struct Query;
  struct Active;
  struct Place;

  void start(Query& query);
  void walk_from(const std::string& start, const std::vector<Query*>& queries);
  void visit_path(const std::string& path, const std::vector<Query*>& queries);
  void enter(Place& place, std::vector<Active> active);
  void look_at_only(Place& place, std::vector<Active>& active);
  void visit_directory(Query& query, const std::string& path, const NodeStatus* status);
  void look_at_entry(Place& place, const NodeEntry& entry, std::vector<Active>& active);
  [[nodiscard]] Verdict asks_for(const Active& active,
                                 const Place& place,
                                 const NodeEntry& entry,
                                 std::string& path) const;
  void offer(Place& place, const NodeEntry& entry, const std::vector<Active>& active);
  void descend(Place& place,
               const NodeEntry& entry,
               bool through_link,
               const std::vector<Active>& active);
  [[nodiscard]] std::vector<Active> carried_on(const std::string& path,
                                               bool through_link,
                                               const std::vector<Active>& active);
  void carry_into(const std::vector<Active>& on, const Place& below, std::vector<Active>& here);
  void begin_collecting(Query& query, const Place& place, std::vector<Active>& active);
  void look_up(Query& query, const std::string& path);
  void look_in(Query& query, const std::string& path);
  void begin(const std::vector<Query*>& queries,
             const Place& place,
             const std::vector<Active>& arrived,
             std::vector<Active>& active);
  [[nodiscard]] static std::vector<Active>::const_iterator find(const std::vector<Active>& active,
                                                                const Query* query,
                                                                bool collecting);
  [[nodiscard]] static bool selects(Query& query, const std::string& path);
  [[nodiscard]] std::vector<Active> followers(const Place& place,
                                              const std::vector<Active>& active);
  void follow(Place& place, const NodeEntry& entry, const std::vector<Active>& active);
  static void miss(const std::vector<Active>& active,
                   const std::string& why,
                   const std::string& path);
  void bound_links(std::vector<Active>& on, const std::string& path);
  [[nodiscard]] Storage storage(const Place& place);
  [[nodiscard]] bool is_meant(std::string_view path) const;
  void tell_link(const std::string& path);

  const FileTree& tree_;
  std::size_t linked_max_;
  std::vector<std::unique_ptr<Query>> queries_;
  std::map<std::string, std::vector<Query*>, std::less<>> starts_;  // directories
  std::map<std::string, std::vector<Query*>, std::less<>> paths_;   // single files
  std::unordered_map<std::uint64_t, Storage> storages_;             // of devices
  std::optional<std::string> only_;
  std::set<std::string>* links_ = nullptr;
  Cost cost_;
};

}  // namespace twoseal::scap
