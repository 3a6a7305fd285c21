// Events of single directories, for who is not root. Each directory below those that are watched
// whole costs a watch of the kernel, so their number has a limit.
// Source: inotify(7).
#pragma once

#include <map>
#include <set>

#include "sensors/queued_events.h"
#include "sensors/watched_root.h"

namespace twoseal {

class InotifyEvents : public QueuedEvents {
 public:
  /// Errc::io_failed; Errc::too_large when more than 20,000 directories would have to be watched.
  [[nodiscard]] static Result<std::unique_ptr<InotifyEvents>> open(
      const std::string& root, std::span<const WatchedDirectory> watched);

  [[nodiscard]] Result<void> add(std::span<const WatchedDirectory> watched) override;

  /// How many directories are watched.
  [[nodiscard]] std::size_t place_count() const { return places_.size(); }

 private:
  /// `way`: only for the names that lead to what is watched.
  enum class Extent : std::uint8_t { way, names, below };

  /// `known`: it is watched that far already. `closed`: nobody may look into it.
  enum class Place : std::uint8_t { absent, closed, known, added };

  InotifyEvents(WatchedRoot root, FileDescriptor queue)
      : QueuedEvents(std::move(queue)), root_(std::move(root)) {}

  Result<bool> read_once() override;
  Result<void> settle(bool called) override;

  Result<void> watch_way_to(const WatchedDirectory& wanted);
  Result<void> watch_ways_over(const std::string& path);
  Result<void> watch_below(const std::string& path);
  Result<Place> watch(const std::string& path, Extent extent);
  [[nodiscard]] bool leads(const std::string& path) const;
  Result<void> take(int number, std::uint32_t mask, const std::string& name);
  Result<void> take_at(const std::string& directory,
                       Extent extent,
                       std::uint32_t mask,
                       const std::string& name);
  Result<void> look_again_at(const std::string& directory, Extent extent);
  void drop(const std::string& path);
  void drop_name(const std::string& path, int number);

  WatchedRoot root_;
  std::set<WatchedDirectory> wanted_;
  // By the kernel's number of a watch: all names of the directory, as below the root.
  std::map<int, std::map<std::string, Extent>> places_;
  std::map<std::string, int> numbers_;  // by name
};

}  // namespace twoseal
