// The life of an agent's process, on whichever system: until it is told to stop.
#pragma once

#include <functional>
#include <string>

#include "cli/agent_home.h"
#include "net/probe.h"
#include "system/system.h"

namespace twoseal::cli {

/// The references must outlive the loop.
struct AgentLoop {
  System& system;
  Prober& prober;
  AgentHome& home;
  std::function<void(const std::string& line)> talk;
  std::function<void(const std::string& line)> detail;
  std::function<void()> after_step = [] {};
};

/// Waits for assignment and certificate, then works until stop_asked(). Errors of the agent's own
/// store: the process is to start again.
[[nodiscard]] Result<void> run_agent_loop(const AgentLoop& loop, JoinedHost& host);

}  // namespace twoseal::cli
