#include "agent/plan_desk.h"

#include <algorithm>
#include <charconv>

namespace twoseal {
namespace {

constexpr const char* kFile = "held/plans";
constexpr std::size_t kFileMax = std::size_t{4} * 1024 * 1024;
constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kPerHour = 10;
// A request lives for an hour, and clocks differ by less than that.
constexpr std::int64_t kRemembered = 2 * kHour;

}  // namespace

// One line for each: `at digest author`.
Result<PlanDesk> PlanDesk::open(AgentHome& home) {
  PlanDesk desk(home);
  TWOSEAL_TRY(const auto bytes, home.read(kFile, kFileMax));
  std::string_view rest = bytes ? std::string_view(*bytes) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first + 1);
    Answered one;
    std::from_chars(line.data(), line.data() + std::min(first, line.size()), one.at);
    if (second == std::string_view::npos) {
      return fail(Errc::refuse_j1, "the list of plans that were answered is damaged", kFile);
    }
    TWOSEAL_TRY(one.request, Digest::parse(line.substr(first + 1, second - first - 1)));
    TWOSEAL_TRY(one.author, ActorId::parse(line.substr(second + 1)));
    desk.answered_.push_back(std::move(one));
  }
  return desk;
}

Result<void> PlanDesk::check(const Digest& request, const ActorId& author, UnixSeconds now) const {
  std::int64_t recent = 0;
  for (const Answered& one : answered_) {
    if (one.request == request) {
      return fail(Errc::plan_refused, "this host answered the request before");
    }
    recent += one.author == author && one.at > now - kHour ? 1 : 0;
  }
  if (recent >= kPerHour) {
    return fail(Errc::plan_refused,
                author.text() + " had " + std::to_string(recent) + " plans within an hour");
  }
  return {};
}

Result<void> PlanDesk::note(const Digest& request, const ActorId& author, UnixSeconds now) {
  std::erase_if(answered_, [&](const Answered& one) { return one.at < now - kRemembered; });
  answered_.push_back({now, request, author});
  std::string text;
  for (const Answered& one : answered_) {
    text += std::to_string(one.at) + " " + one.request.text() + " " + one.author.text() + "\n";
  }
  return home_->write(kFile, std::move(text));
}

}  // namespace twoseal
