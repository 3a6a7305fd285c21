#include "server/work_board.h"

#include <algorithm>

#include "workflow/taking_back.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kPage = 500;
constexpr std::size_t kManyHosts = 100;
constexpr std::chrono::milliseconds kLookEvery{200};

std::shared_ptr<const std::map<HostId, std::size_t>> phases_of_hosts(const ChangeFacts& facts) {
  auto numbers = std::make_shared<std::map<HostId, std::size_t>>();
  const auto& phases = phases_in(*facts.change);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    for (const HostId& host : phases[i].hosts) {
      numbers->emplace(host, i);
    }
  }
  return numbers;
}

}  // namespace

std::string channel_of_host(const HostId& host) {
  return "host:" + host.text();
}

std::string channel_of_change(const Digest& change) {
  return "change:" + change.hex();
}

// Whether hosts may begin with it at all. An automatic approval has no release that would say so.
bool WorkBoard::is_startable(const ChangeFacts& facts) const {
  const UnixSeconds now = clock_.now();
  const RoughState state = rough_state(facts, now);
  if ((state != RoughState::open && state != RoughState::running) || is_undone(facts) ||
      now < facts.change->window.not_before || now > facts.change->window.not_after) {
    return false;
  }
  if (!facts.change->auto_rule || !facts.releases.empty()) {
    return !facts.releases.empty();
  }
  const auto course = desk_.course(facts.digest);
  return course && course->approved;
}

std::shared_ptr<const WorkBoard::Item> WorkBoard::examine(
    const std::shared_ptr<const ChangeFacts>& facts, const Item* before) const {
  auto item = std::make_shared<Item>();
  item->facts = facts;
  item->phases = before != nullptr ? before->phases : phases_of_hosts(*facts);
  const auto& phases = phases_in(*facts->change);
  const auto documents = view_.documents();
  item->open.assign(phases.size(), false);
  item->released.assign(phases.size(), 0);
  if (is_startable(*facts)) {
    const auto courses = phases_of(*facts, *documents, clock_.now());
    for (std::size_t i = 0; i < courses.size(); ++i) {
      item->open[i] = courses[i].released;
      if (courses[i].gate != PhaseGate::open) {
        break;  // what lies behind it has to wait
      }
    }
  }
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const RecordedRelease* serving = serving_release_of(*facts, i);
    item->released[i] = serving != nullptr ? serving->act.index : 0;
  }
  item->takes_back = is_taken_back_by_gate(*facts, *documents, clock_.now());
  item->rollbacks = facts->rollbacks.size();
  item->examined = std::chrono::steady_clock::now();
  return item;
}

std::optional<WorkKind> WorkBoard::work_for(const Item& item,
                                            const ChangeFacts& facts,
                                            const HostId& host,
                                            TakingBack& back) {
  const auto place = item.phases->find(host);
  if (place == item.phases->end()) {
    return std::nullopt;
  }
  if (back.is_going_back(host)) {
    return WorkKind::rollback;
  }
  if (!item.open[place->second] || counting_outcome(facts, place->second, host) != nullptr) {
    return std::nullopt;
  }
  // Who was asked to take it back before its turn came does not begin, and says so.
  return newest_request(facts, host) != nullptr ? WorkKind::rollback : WorkKind::apply;
}

bool WorkBoard::has_work(const Item& item) {
  const bool may_open =
      std::any_of(item.open.begin(), item.open.end(), [](bool one) { return one; });
  if (may_open) {
    return true;  // also what waits for a gate
  }
  TakingBack back(*item.facts, item.takes_back);
  return (item.takes_back || item.rollbacks > 0) && back.is_any_going_back();
}

void WorkBoard::signal_difference(const Item* before, const Item* after) {
  if (after == nullptr) {
    return;
  }
  const bool back = after->takes_back != (before != nullptr && before->takes_back) ||
                    after->rollbacks != (before != nullptr ? before->rollbacks : 0);
  std::vector<HostId> hosts;
  bool opened = false;
  for (const auto& [host, phase] : *after->phases) {
    const bool opens = after->open[phase] && (before == nullptr || !before->open[phase] ||
                                              before->released[phase] != after->released[phase]);
    opened = opened || opens;
    if (opens || back) {
      hosts.push_back(host);
    }
  }
  if (opened) {
    prove_time_();
  }
  for (const HostId& host : hosts) {
    channels_.signal(channel_of_host(host));
  }
}

void WorkBoard::load() {
  std::int64_t before = 0;
  while (true) {
    const auto page = view_.changes(before, kPage);
    for (const auto& facts : page) {
      const auto item = examine(facts, nullptr);
      if (has_work(*item)) {
        const MutexLock lock(mutex_);
        items_.insert_or_assign(facts->digest, item);
      }
      before = facts->number;
    }
    if (page.size() < kPage) {
      return;
    }
  }
}

// Whether the change may be looked at later: a thousand results within a second would each cost a
// look at a thousand hosts.
bool WorkBoard::may_wait(const Item& held, const ChangeFacts& facts) const {
  return held.phases->size() >= kManyHosts &&
         std::chrono::steady_clock::now() < held.examined + kLookEvery &&
         held.facts->acts == facts.acts && held.facts->withdrawals == facts.withdrawals &&
         held.facts->releases == facts.releases && held.facts->rollbacks == facts.rollbacks &&
         held.facts->marks == facts.marks;
}

void WorkBoard::follow(const Digest& change) {
  const auto facts = view_.change(change);
  if (facts == nullptr) {
    return;
  }
  std::shared_ptr<const Item> held;
  {
    const MutexLock lock(mutex_);
    const auto found = items_.find(change);
    held = found != items_.end() ? found->second : nullptr;
  }
  if (held != nullptr && may_wait(*held, *facts)) {
    channels_.signal(channel_of_change(change));
    return;
  }
  put(facts, held.get(), examine(facts, held.get()));
}

void WorkBoard::put(const std::shared_ptr<const ChangeFacts>& facts,
                    const Item* held,
                    const std::shared_ptr<const Item>& item) {
  const Digest& change = facts->digest;
  {
    const MutexLock lock(mutex_);
    if (has_work(*item)) {
      // Of two who follow at once, the one who saw less must not have the last word.
      const auto newest = view_.change(change);
      items_.insert_or_assign(change, newest == facts ? item : examine(newest, item.get()));
    } else {
      items_.erase(change);
    }
  }
  signal_difference(held, item.get());
  channels_.signal(channel_of_change(change));
}

void WorkBoard::tick() {
  std::vector<std::shared_ptr<const Item>> held;
  {
    const MutexLock lock(mutex_);
    for (const auto& [digest, item] : items_) {
      held.push_back(item);
    }
  }
  for (const auto& before : held) {
    const auto facts = view_.change(before->facts->digest);
    const auto after = examine(facts, before.get());
    if (after->open != before->open || after->takes_back != before->takes_back ||
        facts != before->facts) {
      put(facts, before.get(), after);
    }
  }
  for (const auto& facts : view_.moving()) {
    bool known = false;
    {
      const MutexLock lock(mutex_);
      known = items_.contains(facts->digest);
    }
    if (!known && !facts->releases.empty()) {
      follow(facts->digest);  // a window or a gate may have opened meanwhile
    }
  }
}

std::vector<Work> WorkBoard::work_of(const HostId& host) const {
  std::vector<std::pair<Digest, std::shared_ptr<const Item>>> items;
  {
    const MutexLock lock(mutex_);
    for (const auto& [digest, item] : items_) {
      if (item->phases->contains(host)) {
        items.emplace_back(digest, item);
      }
    }
  }
  std::vector<std::pair<std::uint64_t, Work>> found;
  for (const auto& [digest, item] : items) {
    // How hosts ended is asked now: who has said so is not asked again.
    const auto facts = view_.change(digest);
    TakingBack back(*facts, item->takes_back);
    if (const auto kind = work_for(*item, *facts, host, back)) {
      found.push_back({facts->first_index, {digest, *kind}});
    }
  }
  std::sort(
      found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Work> work;
  for (const auto& [index, one] : found) {
    work.push_back(one);
  }
  return work;
}

std::size_t WorkBoard::size() const {
  const MutexLock lock(mutex_);
  return items_.size();
}

}  // namespace twoseal::server
