// Running another program: no shell, a bounded answer, nothing left running.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

/// Where a program's stderr goes: to the terminal of the person, who may have to read a question,
/// or into Finished::errors.
enum class Talk { pass_on, keep };

struct Command {
  std::vector<std::string> arguments;  ///< the program, found by PATH, and what it is called with
  Bytes input;                         ///< its standard input
  Talk talk = Talk::keep;
  std::vector<std::string> environment_without;  ///< names that it shall not inherit
  std::vector<std::string> environment_with;     ///< `NAME=value`, instead of an inherited one
  std::size_t output_max = 1024UL * 1024;        ///< bytes of output and of errors
};

/// `exit`: what it ended with, or 128 and the signal that ended it.
struct Finished {
  int exit = 0;
  Bytes output;
  Bytes errors;
};

/// Runs a program to its end. Errc::tool_failed when it cannot be started or says more than
/// `output_max` (it is ended then); an exit other than 0 is the caller's to judge. The program has
/// the controlling terminal of this one and may ask on /dev/tty. SIGPIPE must be ignored, as
/// prepare_standard_descriptors() does.
[[nodiscard]] Result<Finished> run_command(const Command& command);

/// Becomes another program, found by PATH, with the descriptors and the environment of this one.
/// Returns only when that fails: Errc::tool_failed.
[[nodiscard]] Error become_command(std::vector<std::string> arguments);

}  // namespace twoseal
