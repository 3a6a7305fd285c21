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
std::optional<PlanDesk::Answered> PlanDesk::parse_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view time = line.substr(0, first);
  UnixSeconds at = 0;
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), at);
  auto request = Digest::parse(line.substr(first + 1, second - first - 1));
  auto author = ActorId::parse(line.substr(second + 1));
  if (error != std::errc() || end != time.data() + time.size() || !request || !author) {
    return std::nullopt;
  }
  return Answered{at, *request, *std::move(author)};
}

Result<PlanDesk> PlanDesk::open(AgentHome& home) {
  PlanDesk desk(home);
  TWOSEAL_TRY(const auto bytes, home.read(kFile, kFileMax));
  std::string_view rest = bytes ? std::string_view(*bytes) : std::string_view();
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    auto one = end != std::string_view::npos ? parse_line(rest.substr(0, end)) : std::nullopt;
    if (one) {
      desk.answered_.push_back(*std::move(one));
    } else {
      ++desk.lost_;
    }
    rest.remove_prefix(std::min(end, rest.size() - 1) + 1);
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
  std::vector<Answered> all = answered_;
  std::erase_if(all, [&](const Answered& one) { return one.at < now - kRemembered; });
  all.push_back({now, request, author});
  std::string text;
  for (const Answered& one : all) {
    text += std::to_string(one.at) + " " + one.request.text() + " " + one.author.text() + "\n";
  }
  TWOSEAL_TRY_VOID(home_->write(kFile, std::move(text)));
  answered_ = std::move(all);
  return {};
}

}  // namespace twoseal
