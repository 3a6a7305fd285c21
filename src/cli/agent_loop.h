// The life of an agent's process, on whichever system: until it is told to stop.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "cli/agent_home.h"
#include "net/probe.h"
#include "system/system.h"

namespace twoseal::cli {

/// Set by a signal: ends every loop of the process, long polls included.
[[nodiscard]] std::atomic<bool>& agents_stop();

/// SIGTERM and SIGINT set agents_stop().
void stop_agents_on_signals();

/// The references must outlive the loop.
struct AgentLoop {
  System& system;
  Prober& prober;
  AgentHome& home;
  std::function<void(const std::string& line)> talk;
  std::function<void(const std::string& line)> detail;
  std::function<void()> after_step = [] {};
};

/// Waits for assignment and certificate, then works until agents_stop(). Errors of the agent's own
/// store: the process is to start again.
[[nodiscard]] Result<void> run_agent_loop(const AgentLoop& loop, JoinedHost& host);

}  // namespace twoseal::cli
