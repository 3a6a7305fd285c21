// From the words of a command line to an exit code: the only way in.
#pragma once

#include <string>
#include <vector>

namespace twoseal::cli {

/// Runs one command: reads `words` (without the program's name), runs the verb, prints its report
/// on standard output or its error on standard error, and returns the exit code. Never throws.
int run(const std::vector<std::string>& words);

}  // namespace twoseal::cli
