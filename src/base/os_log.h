// What a service says about itself while it runs: one JSON object a line on standard error, which
// journald and container runtimes keep as it is.
//
// Our own few lines instead of a logging library: a server needs no rotation, no patterns and no
// sinks, and one line is one write, so that lines of several threads never mix.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace twoseal {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// A name of small letters and a value. Never a secret: no token, no key, no body.
struct LogField {
  std::string_view name;
  std::variant<std::string, std::int64_t> value;
};

/// Safe for several threads at once.
class Log {
 public:
  virtual ~Log() = default;

  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// `event`: a fixed word, so that lines can be counted: `request`, `started`.
  virtual void say(LogLevel level, std::string_view event, const std::vector<LogField>& fields) = 0;
};

/// `{"event":…,"level":…,FIELDS…}` and a line end, without the time: whoever collects the lines
/// stamps them. Characters that may not stand in canonical JSON are left out.
[[nodiscard]] std::string log_line(LogLevel level,
                                   std::string_view event,
                                   const std::vector<LogField>& fields);

/// Writes log_line() to standard error from `least` on, each with the syslog priority in front
/// (`<6>`) when JOURNAL_STREAM says that journald reads it. A line that cannot be written is lost.
[[nodiscard]] std::unique_ptr<Log> make_stderr_log(LogLevel least);

/// Says nothing.
[[nodiscard]] std::unique_ptr<Log> make_silent_log();

}  // namespace twoseal
