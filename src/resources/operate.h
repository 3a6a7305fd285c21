// Doing and undoing what was planned: the one place from which resources change a host.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "resources/operation.h"
#include "system/system.h"

namespace twoseal {

/// Where an operation stands on the host: not done, done, or something else is there.
enum class Standing : std::uint8_t { before, after, neither };

/// Operations [begin, end) that are done together: neighbours on paths, or any other one alone.
struct Segment {
  std::size_t begin = 0;
  std::size_t end = 0;
};

[[nodiscard]] std::vector<Segment> segments_of(std::span<const Operation> operations);

/// For one thread.
class Operator {
 public:
  /// `system` must outlive the operator. `packages_directory`: where package files are fetched to
  /// and kept until undo is over.
  Operator(System& system, std::string packages_directory)
      : system_(system), packages_directory_(std::move(packages_directory)) {}

  /// What takes the operation back, with everything that is needed for it: the bytes of a file that
  /// will be replaced, read now. Errc::changed_meanwhile when the host is not as `before` says,
  /// Errc::refuse_b3 when there is no way back: a command without undo, packages nobody has any
  /// more.
  [[nodiscard]] Result<Operation> inverse_of(const Operation& operation);

  /// What takes `one` out of a text file that was edited elsewhere since: its own lines alone, and
  /// what it did to owner and mode. `before`, `after`: what `one` made of what.
  /// Errc::changed_meanwhile when somebody changed these very lines, owner or mode.
  [[nodiscard]] Result<FileOperation> partial_inverse_of(const FileOperation& one,
                                                         BytesView before,
                                                         BytesView after);

  /// Brings here what operations will need, so that nothing has to be fetched in their midst.
  [[nodiscard]] Result<void> fetch(std::span<const Operation> operations);

  /// Where the operation stands now. Of several operations on one path only the last can stand
  /// after. Reloads and restarts stand after when the unit's own time is not before `since`
  /// (microseconds since 1970); a command stands before, always.
  [[nodiscard]] Result<Standing> standing_of(const Operation& operation, std::int64_t since);

  /// Does one segment. Errors of the system's verbs; Errc::changed_meanwhile when the host is not
  /// as `before` says, and then nothing of the segment was done.
  [[nodiscard]] Result<void> perform(std::span<const Operation> segment);

  /// What stands at a path now.
  [[nodiscard]] Result<PathState> path_state(const std::string& path);

 private:
  [[nodiscard]] Result<FileChange> change_for(const FileOperation& one);
  [[nodiscard]] Result<void> perform_files(std::span<const Operation> segment);
  [[nodiscard]] Result<void> perform_one(const Operation& operation);
  [[nodiscard]] Result<void> run_command(const CommandOperation& one);
  [[nodiscard]] Result<Operation> inverse_of_file(const FileOperation& one);
  [[nodiscard]] Result<Standing> standing_of_packages(const PackageOperation& one);
  [[nodiscard]] Result<Standing> standing_of_unit(const UnitOperation& one, std::int64_t since);

  System& system_;
  std::string packages_directory_;
};

/// Longest that a unit may take to do what is asked, in seconds.
inline constexpr std::int64_t kUnitSecondsMax = 120;

}  // namespace twoseal
