#include "system/memory/memory_processes.h"

#include <algorithm>

namespace twoseal {
namespace {

constexpr std::size_t kHistoryMax = 1000;

}  // namespace

MemoryProcesses::MemoryProcesses(MemoryFaults& faults) : faults_(faults) {}

void MemoryProcesses::answer(std::vector<std::string> arguments, Answer answer) {
  const MutexLock lock(mutex_);
  rows_.push_back({std::move(arguments), std::move(answer)});
}

void MemoryProcesses::answer(std::vector<std::string> arguments, int exit, BytesView output) {
  answer(std::move(arguments), [exit, text = Bytes(output)](const Program&) {
    return ProgramEnd{.exit = exit, .timed_out = false, .output = text};
  });
}

std::vector<std::string> MemoryProcesses::history() const {
  const MutexLock lock(mutex_);
  return history_;
}

MemoryProcesses::Answer MemoryProcesses::find(const Program& program) const {
  const auto whole = std::find_if(rows_.rbegin(), rows_.rend(), [&](const Row& row) {
    return row.arguments == program.arguments;
  });
  if (whole != rows_.rend()) {
    return whole->answer;
  }
  const std::string& name = program.arguments[0];
  const auto alone = std::find_if(rows_.rbegin(), rows_.rend(), [&](const Row& row) {
    return row.arguments.size() == 1 && row.arguments[0] == name;
  });
  if (alone != rows_.rend()) {
    return alone->answer;
  }
  const std::string plain = name.substr(name.rfind('/') + 1);
  if (plain == "true" || plain == "false") {
    return [exit = plain == "true" ? 0 : 1](const Program&) {
      return ProgramEnd{.exit = exit, .timed_out = false, .output = {}};
    };
  }
  return nullptr;
}

Result<ProgramEnd> MemoryProcesses::run(const Program& program) {
  if (program.arguments.empty()) {
    return fail(Errc::program_failed, "no program is named");
  }
  TWOSEAL_TRY_VOID(faults_.take(MemoryVerb::run, program.arguments[0]));
  Answer answer;
  {
    const MutexLock lock(mutex_);
    answer = find(program);
    if (!answer) {
      return fail(Errc::program_failed, "cannot be started: not found", program.arguments[0]);
    }
    std::string line;
    for (const std::string& argument : program.arguments) {
      line += (line.empty() ? "" : " ") + argument;
    }
    // What ran a thousand programs ago interests no test.
    if (history_.size() == kHistoryMax) {
      history_.erase(history_.begin());
    }
    history_.push_back(std::move(line));
  }
  faults_.step();
  TWOSEAL_TRY(ProgramEnd end, answer(program));
  if (end.output.size() > program.output_max) {
    end.output.erase(0, end.output.size() - program.output_max);
  }
  return end;
}

}  // namespace twoseal
