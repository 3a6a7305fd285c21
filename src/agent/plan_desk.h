// Which requests for plans a host has answered: each once, and of one author not too many.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "agent/home.h"
#include "base/id.h"

namespace twoseal {

class PlanDesk {
 public:
  /// Reads what was answered before, as far as it can be read. `home` must outlive it.
  [[nodiscard]] static Result<PlanDesk> open(AgentHome& home);

  /// Errc::plan_refused when `request` was answered before, or `author` had ten in the last hour.
  [[nodiscard]] Result<void> check(const Digest& request,
                                   const ActorId& author,
                                   UnixSeconds now) const;

  /// Remembers an answer, synced, before it is given.
  [[nodiscard]] Result<void> note(const Digest& request, const ActorId& author, UnixSeconds now);

  /// Lines that could not be read.
  [[nodiscard]] std::size_t lost() const { return lost_; }

 private:
  struct Answered {
    UnixSeconds at = 0;
    Digest request;
    ActorId author;
  };

  [[nodiscard]] static std::optional<Answered> parse_line(std::string_view line);

  explicit PlanDesk(AgentHome& home) : home_(&home) {}

  AgentHome* home_;
  std::size_t lost_ = 0;
  std::vector<Answered> answered_;  ///< of the last two hours, in their order
};

}  // namespace twoseal
