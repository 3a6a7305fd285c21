#include "base/os_log.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <unistd.h>

#include "base/json.h"
#include "base/os_file.h"

namespace twoseal {
namespace {

constexpr std::size_t kTextMax = 2'048;  // octets of one value
constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 4> kPriorities = {"<7>", "<6>", "<4>", "<3>"};

std::string quoted(std::string_view text) {
  std::string shown(text.substr(0, kTextMax));
  if (!json::is_allowed_text(shown)) {
    std::erase_if(shown, [](char c) { return c < ' ' || c > '~'; });
  }
  return json::quote(shown);
}

class StderrLog final : public Log {
 public:
  StderrLog(LogLevel least, bool journal) : least_(least), journal_(journal) {}

  void say(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override {
    if (level < least_) {
      return;
    }
    const std::string_view priority =
        journal_ ? kPriorities.at(static_cast<std::size_t>(level)) : "";
    static_cast<void>(
        write_all(STDERR_FILENO, std::string(priority) + log_line(level, event, fields)));
  }

 private:
  const LogLevel least_;
  const bool journal_;
};

class SilentLog final : public Log {
 public:
  void say(LogLevel /*level*/,
           std::string_view /*event*/,
           const std::vector<LogField>& /*fields*/) override {}
};

}  // namespace

std::string log_line(LogLevel level, std::string_view event, const std::vector<LogField>& fields) {
  std::string line = "{\"event\":" + quoted(event) +
                     ",\"level\":" + quoted(kLevels.at(static_cast<std::size_t>(level)));
  for (const LogField& field : fields) {
    line += "," + quoted(field.name) + ":";
    const auto* text = std::get_if<std::string>(&field.value);
    line += text != nullptr ? quoted(*text) : std::to_string(std::get<std::int64_t>(field.value));
  }
  return line + "}\n";
}

std::unique_ptr<Log> make_stderr_log(LogLevel least) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it here
  return std::make_unique<StderrLog>(least, std::getenv("JOURNAL_STREAM") != nullptr);
}

std::unique_ptr<Log> make_silent_log() {
  return std::make_unique<SilentLog>();
}

}  // namespace twoseal
