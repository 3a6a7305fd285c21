// The programs of the machine that a test bed is made with.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/os_process.h"
#include "base/result.h"

namespace twoseal::testbed {

/// Where a program stands, in the directories of root's PATH; a name that is in none of them stays.
[[nodiscard]] std::string program_path(const std::string& name);

/// Errc::testbed_needs_package with every Debian package of which a program is missing.
[[nodiscard]] Result<void> check_programs();

/// Runs programs and tells what is done.
class Tools {
 public:
  using Say = std::function<void(std::string_view)>;

  /// `talk`: for the person; `debug`: each program that is called.
  Tools(Say talk, Say debug) : talk_(std::move(talk)), debug_(std::move(debug)) {}

  void talk(std::string_view line) const { talk_(line); }

  /// Runs a program to its end, whatever its exit. Errc::tool_failed when it cannot be started.
  [[nodiscard]] Result<Finished> attempt(std::vector<std::string> arguments,
                                         Bytes input = {}) const;

  /// Its output. An exit other than 0 is `code` with the last lines that it said.
  [[nodiscard]] Result<Bytes> run(Errc code,
                                  std::vector<std::string> arguments,
                                  Bytes input = {}) const;

 private:
  Say talk_;
  Say debug_;
};

/// The last `count` lines of a text, without the line end of the last.
[[nodiscard]] std::string last_lines(std::string_view text, int count);

/// The number that a text begins with; 0 when it begins with none.
[[nodiscard]] int leading_number(std::string_view text);

/// The parts between the separators; of an empty text none.
[[nodiscard]] std::vector<std::string> split_text(std::string_view text, char separator);

}  // namespace twoseal::testbed
