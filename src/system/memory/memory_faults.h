// What goes wrong on a host in memory, and when: refused verbs, and the moment of a crash.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace twoseal {

/// Thrown out of a verb at the step that crash_after() named: the process is gone there. Everything
/// that happened before stays, temporary files too.
class MemoryCrash final : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the process crashed here"; }
};

/// What can be made to fail. The subject is the path, unit, package, setting or program; for
/// `plan`, `fetch` and `change` the first package, for `states` and `reload_definitions` nothing.
enum class MemoryVerb : std::uint8_t {
  look,
  read,
  read_link,
  list,
  write,
  rename,
  make_directory,
  make_symlink,
  set_attributes,
  remove,
  sync,
  append,
  truncate,
  lock_accounts,
  states,
  act,
  reload_definitions,
  installed,
  plan,
  fetch,
  change,
  set_hold,
  setting,
  set_setting,
  run,
};

/// Shared by the parts of one host. Safe for several threads at once.
class MemoryFaults {
 public:
  /// The next `verb` on `subject` returns `code` and does nothing. Several wait in their order.
  void fail_next(MemoryVerb verb, std::string subject, Errc code);

  /// The `count`-th mutating step from now on throws MemoryCrash; 0: none does. A step is one
  /// effect: a temporary file, a rename, a directory, a link, attributes, an unlink, an append
  /// (half of it is done), a sync, a truncation, a unit's act, the unpacking or configuring or
  /// removing of one package, a fetched file, a hold, a setting, a program.
  void crash_after(std::uint64_t count);

  /// Steps so far.
  [[nodiscard]] std::uint64_t mutations() const;

  /// For the parts: the fault that waits for this verb, which is taken.
  [[nodiscard]] Result<void> take(MemoryVerb verb, const std::string& subject);

  /// For the parts: counts a step that is about to happen, and throws when it is the last.
  void step();

  /// The same without throwing: whether the step is the last. For one of which half happens.
  [[nodiscard]] bool is_last_step();

 private:
  struct Fault {
    MemoryVerb verb;
    std::string subject;
    Errc code;
  };

  mutable Mutex mutex_;
  std::vector<Fault> faults_ GUARDED_BY(mutex_);
  std::uint64_t mutations_ GUARDED_BY(mutex_) = 0;
  std::uint64_t crash_at_ GUARDED_BY(mutex_) = 0;
};

}  // namespace twoseal
