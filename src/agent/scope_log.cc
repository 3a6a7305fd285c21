#include "agent/scope_log.h"

#include <algorithm>
#include <utility>

#include "agent/plain_line.h"

namespace twoseal {
namespace {

constexpr std::size_t kNamed = 3;
constexpr std::size_t kLineMax = 1'000;

// The code of an error that a scope itself is reported with; empty when its resources are listed.
std::string code_in(const ScopeReport& report) {
  for (const DriftedResource& one : report.drift) {
    if (one.res == report.scope.text() && !one.diff.empty()) {
      return one.diff.front().node;
    }
  }
  return "";
}

// The first few resources, and how many there are besides.
std::string resources_in(const ScopeReport& report) {
  std::string text;
  std::size_t count = 0;
  for (const DriftedResource& one : report.drift) {
    if (one.res != report.scope.text() && ++count <= kNamed) {
      text += " " + one.res;
    }
  }
  const auto more = static_cast<std::int64_t>(count - std::min(count, kNamed)) + report.more;
  return text + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

std::string line_of(const ScopeReport& report) {
  const std::string scope = "scope " + report.scope.text();
  const std::string code = code_in(report);
  switch (report.state) {
    case ScopeCondition::ok:
      return scope + " is as its change left it again";
    case ScopeCondition::drift:
      return "drift: " + scope + ":" + resources_in(report);
    case ScopeCondition::repaired:
      return "put back: " + scope + ":" + resources_in(report);
    case ScopeCondition::failed:
      break;
  }
  return code.empty() ? "not put back: " + scope + ":" + resources_in(report)
                      : "not looked after: " + scope + ": " + code + resources_in(report);
}

}  // namespace

std::vector<std::string> ScopeLog::lines(const std::vector<ScopeReport>& reports) {
  std::vector<std::string> lines;
  std::map<ScopeId, std::string> before = std::exchange(last_, {});
  for (const ScopeReport& report : reports) {
    const auto known = before.find(report.scope);
    std::string line = plain_line(line_of(report), kLineMax);
    if (report.state == ScopeCondition::ok) {
      if (known != before.end()) {
        lines.push_back(std::move(line));
      }
      continue;
    }
    const bool is_news = known == before.end() || known->second != line;
    if (report.state == ScopeCondition::repaired) {
      lines.push_back(std::move(line));  // all is well with it
      continue;
    }
    if (is_news) {
      lines.push_back(line);
    }
    last_.emplace(report.scope, std::move(line));
  }
  return lines;
}

}  // namespace twoseal
