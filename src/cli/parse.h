// Words of a command line to a verb and its arguments. The only file that knows CLI11.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/verb.h"

namespace twoseal::cli {

enum class Wish { run, help, version };

/// What was asked for. `verb`: nullptr for `twoseal --help` and `twoseal --version`. `noun`: with
/// `twoseal key --help`, whose verbs are wanted.
struct Request {
  Wish wish = Wish::run;
  const Verb* verb = nullptr;
  std::string noun;
  Arguments arguments;
  GlobalFlags flags;
};

/// Reads the words after the program's name. Flags may stand anywhere, also before the verb; after
/// `--` everything is an operand. Errc::usage with the nearest word that exists.
[[nodiscard]] Result<Request> parse(const std::vector<std::string>& words);

/// The next step after a wrong call of `verb`.
[[nodiscard]] std::string help_hint(const Verb& verb);

/// The global flags in `words`, as far as they can be told apart there: for printing an error about
/// the rest of them as the person wished.
[[nodiscard]] GlobalFlags peek_global_flags(const std::vector<std::string>& words);

}  // namespace twoseal::cli
