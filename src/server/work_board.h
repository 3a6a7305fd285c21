// What each host is asked to look at, kept up to date while the log grows, so that a contact costs
// a look-up. A courtesy: the host decides about every piece of it by what is signed.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "model/contact.h"
#include "net/channels.h"
#include "workflow/desk.h"
#include "workflow/taking_back.h"

namespace twoseal::server {

/// The channel that a host's long poll waits on.
[[nodiscard]] std::string channel_of_host(const HostId& host);

/// The channel of those who look at a change.
[[nodiscard]] std::string channel_of_change(const Digest& change);

/// Safe for several threads at once.
class WorkBoard {
 public:
  /// All must outlive it.
  WorkBoard(const LedgerView& view, Desk& desk, Clock& clock, Channels& channels)
      : view_(view), desk_(desk), clock_(clock), channels_(channels) {}

  /// `prove_time` is called right before hosts are told that something has opened: a host believes
  /// no clock but what is signed. Before load().
  void on_opening(std::function<void()> prove_time) { prove_time_ = std::move(prove_time); }

  /// Looks at every change of the log, once, before anybody asks.
  void load();

  /// The change has moved: signals it, and the hosts that have something to do now. Of a change on
  /// many hosts that only say how they ended, this may be left to the next tick().
  void follow(const Digest& change);

  /// Signals what time alone has opened or ended.
  void tick();

  /// Changes to apply and to take back, oldest release first.
  [[nodiscard]] std::vector<Work> work_of(const HostId& host) const;

  /// Changes that hold work for some host.
  [[nodiscard]] std::size_t size() const;

 private:
  /// The number of the phase that each host is in.
  using PhaseNumbers = std::map<HostId, std::size_t>;

  /// A change as far as hosts are concerned. Never changed once it is on the board.
  struct Item {
    std::shared_ptr<const ChangeFacts> facts;
    std::shared_ptr<const PhaseNumbers> phases;
    std::vector<bool> open;               ///< by phase: may be applied now
    std::vector<std::uint64_t> released;  ///< by phase: index of the release that serves it
    bool takes_back = false;              ///< its gate has closed, and it says to take it back
    std::uint64_t rollbacks = 0;
    std::chrono::steady_clock::time_point examined;
  };

  [[nodiscard]] std::shared_ptr<const Item> examine(const std::shared_ptr<const ChangeFacts>& facts,
                                                    const Item* before) const;
  [[nodiscard]] bool is_startable(const ChangeFacts& facts) const;
  [[nodiscard]] static bool has_work(const Item& item);
  [[nodiscard]] static std::optional<WorkKind> work_for(const Item& item,
                                                        const ChangeFacts& facts,
                                                        const HostId& host,
                                                        TakingBack& back);
  [[nodiscard]] bool may_wait(const Item& held, const ChangeFacts& facts) const;
  void put(const std::shared_ptr<const ChangeFacts>& facts,
           const Item* held,
           const std::shared_ptr<const Item>& item);
  void signal_difference(const Item* before, const Item* after);

  const LedgerView& view_;
  Desk& desk_;
  Clock& clock_;
  Channels& channels_;
  std::function<void()> prove_time_ = [] {};
  mutable Mutex mutex_;
  std::map<Digest, std::shared_ptr<const Item>> items_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::server
