#include "sensors/pending_paths.h"

#include <algorithm>

namespace twoseal {

void PendingPaths::add(const std::string& path, bool still_written, Clock::time_point now) {
  const Clock::time_point due = still_written ? now + kWriting : now;
  const auto [known, added] = due_.try_emplace(path, due);
  if (!added) {
    known->second = std::min(known->second, due);
  }
}

std::vector<std::string> PendingPaths::take(Clock::time_point now) {
  std::vector<std::string> paths;
  std::erase_if(due_, [&](const auto& each) {
    if (each.second > now) {
      return false;
    }
    paths.push_back(each.first);
    return true;
  });
  return paths;
}

std::optional<PendingPaths::Clock::time_point> PendingPaths::next() const {
  const auto first = std::min_element(
      due_.begin(), due_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return first == due_.end() ? std::nullopt : std::optional(first->second);
}

}  // namespace twoseal
