// What was not understood of a content: a line each, for who adds it.
#pragma once

#include <string>
#include <vector>

namespace twoseal::scap {

/// More lines than this help nobody, and a hostile content could make millions of them.
inline constexpr std::size_t kIssuesMax = 1000;

inline void add_issue(std::vector<std::string>& issues, std::string issue) {
  if (issues.size() < kIssuesMax) {
    issues.push_back(std::move(issue));
  } else if (issues.size() == kIssuesMax) {
    issues.emplace_back("and more that was not understood");
  }
}

}  // namespace twoseal::scap
