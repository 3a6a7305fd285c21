#include "cli/client/following.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "cli/client/change_text.h"
#include "cli/client/known_change.h"
#include "cli/columns.h"
#include "cli/time_text.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kPollSeconds = 10;
constexpr int kReasonsMax = 20;  // change logs has them all
constexpr auto kAwayPause = std::chrono::seconds(2);
constexpr auto kAwayMax = std::chrono::seconds(60);

std::string waiting_text(const codec::PlainJson& next) {
  const std::string& what = next.at("what").text();
  const std::string& phase = next.at("phase").text();
  const std::string behind = phase.empty() ? "" : " of " + phase;
  if (what == "wait" && next.at("until").present()) {
    return "waiting until " + utc_text(next.at("until").integer());
  }
  return what == "approve"    ? "waiting for approvals"
         : what == "release"  ? "waiting for the release" + behind
         : what == "sign-off" ? "waiting for the sign-off" + behind
                              : "waiting for the hosts" + behind;
}

// What moved between two pages.
class Teller {
 public:
  Teller(ServerApi& api, const Digest& change, const Session& session)
      : api_(api), change_(change), session_(session) {}

  void tell(const codec::PlainJson& page) {
    const std::string& state = page.at("state").text();
    bool moved = false;
    for (const codec::PlainJson& host : page.at("targets").list()) {
      std::string& known = hosts_[host.at("host").text()];
      const std::string& now = host.at("state").text();
      if (known != now && !known.empty()) {
        session_.talk("  " + host.at("phase").text() + "  " + host.at("name").text() + "  " + now +
                      why(host));
        moved = true;
      }
      known = now;
    }
    if (state != state_) {
      session_.talk(page.at("number").text() + "  " + state);
      moved = true;
    }
    state_ = state;
    if (!moved && ++still_ > 1) {
      session_.talk("  " + waiting_text(page.at("next")));
    }
    still_ = moved ? 0 : still_;
  }

 private:
  // What a host that went wrong wrote of it; a server that cannot say it is no reason to stop.
  std::string why(const codec::PlainJson& host) {
    if (!went_wrong(host.at("state").text()) || reasons_ >= kReasonsMax) {
      return {};
    }
    ++reasons_;
    const auto line = outcome_line(api_, change_, host);
    return line && !line->empty() ? "  " + one_line(with_dates(*line)) : "";
  }

  ServerApi& api_;
  const Digest& change_;
  const Session& session_;
  std::map<std::string, std::string> hosts_;
  std::string state_;
  int still_ = 0;
  int reasons_ = 0;  ///< that were asked for
};

}  // namespace

bool is_final(const std::string& state) {
  constexpr std::array<std::string_view, 7> kFinal = {
      "done", "rejected", "withdrawn", "expired", "rolled-back", "failed", "stale"};
  return std::find(kFinal.begin(), kFinal.end(), state) != kFinal.end();
}

bool went_wrong(const std::string& state) {
  return state.starts_with("refused") || state == "failed" || state == "rolled-back" ||
         state == "interrupted" || state == "stale";
}

std::string who_text(const codec::PlainJson& next, const std::string& number) {
  std::vector<std::string> who;
  for (const codec::PlainJson& one : next.at("who").list()) {
    who.push_back(one.text());
  }
  const std::string& what = next.at("what").text();
  return what + (who.empty() ? "" : " by " + list_text(who)) +
         (what == "sign-off" ? ": twoseal signoff " + number : "");
}

Result<std::string> outcome_line(ServerApi& api,
                                 const Digest& change,
                                 const codec::PlainJson& host) {
  TWOSEAL_TRY(const codec::PlainJson log,
              api.get("/v1/changes/" + change.hex() + "/log", {{"host", host.at("host").text()}}));
  const auto& lines = log.at("lines").list();
  const auto found = std::find_if(lines.rbegin(), lines.rend(), [&](const codec::PlainJson& one) {
    return one.at("text").text().starts_with(host.at("state").text() + ": ");
  });
  return found != lines.rend() ? found->at("text").text() : std::string();
}

Result<Followed> follow_change(ServerApi& api,
                               const Digest& change,
                               const std::function<bool(const codec::PlainJson& page)>& over,
                               std::int64_t seconds,
                               const Session& session) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  Teller teller(api, change, session);
  Followed followed;
  Clock::time_point reached = Clock::now();
  std::int64_t seen = 0;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(end - Clock::now()).count();
    const std::int64_t wait = seen == 0 ? 0 : std::clamp<std::int64_t>(left, 0, kPollSeconds);
    auto page = fetch_page(api, change.text(), seen, wait);
    if (!page) {
      const bool may_return = error_info(page.error().code).exit == Exit::unavailable ||
                              error_info(page.error().code).exit == Exit::try_again;
      if (!may_return || Clock::now() - reached > kAwayMax) {
        return std::unexpected(std::move(page).error());
      }
      session.talk("  the server is away: " + page.error().what);
      std::this_thread::sleep_for(kAwayPause);
      continue;
    }
    reached = Clock::now();
    followed.page = *std::move(page);
    teller.tell(followed.page);
    followed.over = over(followed.page);
    if (followed.over || (seen != 0 && left <= 0)) {
      return followed;
    }
    seen = std::max<std::int64_t>(followed.page.at("generation").integer(), 1);
  }
}

std::string course_text(const codec::PlainJson& page) {
  std::string text;
  for (const codec::PlainJson& phase : page.at("phases").list()) {
    text += one_line("  " + phase.at("name").text() + "  " +
                     (phase.at("released").boolean() ? "released" : "not released") + ", gate " +
                     phase.at("gate").text()) +
            "\n";
    for (const codec::PlainJson& host : page.at("targets").list()) {
      if (host.at("phase").text() == phase.at("name").text()) {
        const std::string& state = host.at("state").text();
        const bool gone = host.at("retired").boolean() && state != "retired";
        text += one_line("    " + host.at("name").text() + "  " + state +
                         (gone ? "  (retired since)" : "")) +
                "\n";
      }
    }
  }
  return text;
}

}  // namespace twoseal::cli
