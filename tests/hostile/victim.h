// A host in memory with its real agent, whose server is crooked; and the question of every attack:
// in what did it end, and did anything move?
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "system/memory/debian_host.h"
#include "tests/hostile/crooked_client.h"
#include "tests/hostile/host_picture.h"

namespace twoseal::hostile {

inline constexpr const char* kHome = "/var/lib/twoseal/agent";

/// Who the host is. `key`: its identity; must outlive the victim.
struct HostSeed {
  std::string name;
  HostIdentity identity;
  const PrivateKey* key = nullptr;
};

/// What the agent's directory may hold afterwards that it did not hold before.
enum class Written {
  nothing,    ///< but for the floor of time
  documents,  ///< newer documents, which were good
  plans,      ///< besides, that a request for a plan was answered
};

class Victim {
 public:
  /// The agent starts with start(), so that a test can put files on the host before. `clock` must
  /// outlive it.
  Victim(Clock& clock, HostSeed seed, std::unique_ptr<HttpClient> honest);

  /// Starts the agent, or starts it anew, as after a boot: it knows what its directory says.
  void start();

  /// One round. What it ended in: the code of what was refused or went wrong, or the outcome that
  /// was told (`ok`, `rolled-back`); empty when nothing happened.
  std::string step();

  /// Rounds until one ends in a code; empty when none does: the agent waits, or has nothing to do.
  std::string run(int rounds = 2);

  /// Checks that within a few rounds the agent ends in `code` (`S3`, or the name of an error that
  /// is no refusal, or nothing), that the host is as before, and the directory but for what is
  /// `written`.
  void repels(const std::string& code, Written written = Written::documents);

  /// What the agent told of changes, oldest first: `ok`, `refused:S3`.
  [[nodiscard]] std::vector<std::string> outcomes() const;

  /// The content of a file of the host; `none` when there is none.
  [[nodiscard]] std::string text(const std::string& path);

  [[nodiscard]] Agent& agent() { return *agent_; }

  [[nodiscard]] const HostSeed& seed() const { return seed_; }

  [[nodiscard]] const Bytes& token_key() const { return token_key_; }

  [[nodiscard]] Picture host() { return picture_of_host(*system, kHome); }

  [[nodiscard]] Picture home() { return picture_of_home(*system, kHome); }

  std::unique_ptr<MemorySystem> system;
  MemoryProber prober;
  CrookedClient client;
  AgentPace pace;  ///< from the next start on; without reports at first
  std::vector<std::string> log;
  /// What happens on the host at the moment of a line.
  std::function<void(const std::string& line)> on_log;

 private:
  [[nodiscard]] std::uint64_t journal_size();
  /// What the host remembers of changes.
  [[nodiscard]] std::string memory_text() const;

  [[nodiscard]] std::string step_code(const AgentStep& step, std::size_t told) const;
  [[nodiscard]] std::string code_of_outcome(const std::string& outcome) const;

  HostSeed seed_;
  Bytes token_key_;
  std::unique_ptr<AgentHome> home_;
  std::unique_ptr<Agent> agent_;
};

}  // namespace twoseal::hostile
