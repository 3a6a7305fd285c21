// Which hosts are to take a change back: because somebody asked for it, or because too many others
// failed.
#pragma once

#include <map>
#include <utility>

#include "workflow/change_facts.h"
#include "workflow/documents.h"

namespace twoseal {

/// Whether hosts of phase `number` may have begun with it until `moment`, as far as the log tells:
/// a release served it, and the gates before it were open, whatever their hosts took back since.
[[nodiscard]] bool was_open(const ChangeFacts& facts, std::size_t number, UnixSeconds moment);

/// Whether somebody asked `host` to take the change back, and no later release names that.
[[nodiscard]] bool is_asked_back(const ChangeFacts& facts, const HostId& host);

/// Whether the gate of a phase has closed and the change says that it is then taken back
/// everywhere, as each host will judge it: policy/rollback.h.
/// A change that was done is not. Hosts that are retired at `now` do not count, as for hosts.
[[nodiscard]] bool is_taken_back_by_gate(const ChangeFacts& facts,
                                         const Documents& documents,
                                         UnixSeconds now);

/// Which hosts of one change are to take it back, worked out once for many of them. Not for two
/// threads at once.
class TakingBack {
 public:
  /// `by_gate`: what is_taken_back_by_gate() says. `facts` must outlive it.
  TakingBack(const ChangeFacts& facts, bool by_gate) : facts_(facts), by_gate_(by_gate) {}

  /// By the documents in force, for those who are assigned at `moment`. Both must outlive it.
  [[nodiscard]] static TakingBack now(const ChangeFacts& facts,
                                      const Documents& documents,
                                      UnixSeconds moment);

  /// What `host` said against taking the change back, as long as that is asked of it and nobody
  /// asked again since; nullptr.
  [[nodiscard]] const RefusedBack* refusal_of(const HostId& host) const;

  /// Whether `host` has to take the change back and has not answered that yet. One that was
  /// interrupted waits for a person to ask anew; one that may be at work without having said so has
  /// to end first, or to say that it never began.
  [[nodiscard]] bool is_going_back(const HostId& host);

  /// Whether some host has to.
  [[nodiscard]] bool is_any_going_back();

 private:
  void leave_out_ended(const Documents& documents, UnixSeconds now);
  [[nodiscard]] bool may_have_begun(const HostId& host, std::size_t number);
  [[nodiscard]] bool was_open(std::size_t number, UnixSeconds moment);
  [[nodiscard]] bool is_ended(const HostId& host) const;

  const ChangeFacts& facts_;
  bool by_gate_;
  const Documents* documents_ = nullptr;
  UnixSeconds now_ = 0;
  std::map<std::pair<std::size_t, UnixSeconds>, bool> open_;  ///< was_open() of phase and moment
};

}  // namespace twoseal
