// Programs that resources and health checks start on a host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

/// `health`: an unprivileged user, everything read-only, no new privileges.
enum class Confinement : std::uint8_t { none, health };

/// A program without a shell. Its environment is PATH, LANG=C.UTF-8, HOME and `environment` alone;
/// its standard input is empty; nothing of it is left running after it ended or was ended.
struct Program {
  std::vector<std::string> arguments;    ///< the program, by PATH or an absolute path, and the rest
  std::string user;                      ///< empty: root
  std::string directory = "/";           ///< where it starts
  std::vector<std::string> environment;  ///< `NAME=value`
  std::int64_t seconds_max = 300;
  std::size_t output_max = 4096;  ///< octets kept of output and errors together, the last ones
  Confinement confinement = Confinement::none;
};

/// `exit`: what it ended with, or 128 and the signal.
struct ProgramEnd {
  int exit = 0;
  bool timed_out = false;
  Bytes output;
};

class Processes {
 public:
  virtual ~Processes() = default;

  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  /// Runs it to its end, or ends it (all of its descendants too) after `seconds_max`.
  /// Errc::program_failed when it cannot be started: not found, no such user or directory.
  [[nodiscard]] virtual Result<ProgramEnd> run(const Program& program) = 0;
};

}  // namespace twoseal
