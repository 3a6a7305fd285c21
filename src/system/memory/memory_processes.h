// The programs of a host in memory: functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "system/memory/memory_faults.h"
#include "system/processes.h"

namespace twoseal {

class MemoryProcesses final : public Processes {
 public:
  using Answer = std::function<Result<ProgramEnd>(const Program&)>;

  /// Knows `true` and `false`, also by their paths in /bin and /usr/bin.
  explicit MemoryProcesses(MemoryFaults& faults);

  /// What a program does: by the whole of its arguments, or by the program alone when `arguments`
  /// has one part. The whole goes before the program, the later before the earlier.
  void answer(std::vector<std::string> arguments, Answer answer);

  /// The same for a program that always ends alike.
  void answer(std::vector<std::string> arguments, int exit, BytesView output = {});

  /// Programs that were run, the arguments joined by blanks, oldest first.
  [[nodiscard]] std::vector<std::string> history() const;

  [[nodiscard]] Result<ProgramEnd> run(const Program& program) override;

 private:
  struct Row {
    std::vector<std::string> arguments;
    Answer answer;
  };

  [[nodiscard]] Answer find(const Program& program) const REQUIRES(mutex_);

  MemoryFaults& faults_;
  mutable Mutex mutex_;
  std::vector<Row> rows_ GUARDED_BY(mutex_);
  std::vector<std::string> history_ GUARDED_BY(mutex_);
};

}  // namespace twoseal
