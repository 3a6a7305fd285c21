#include "tests/hostile/victim.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/check.h"
#include "crypto/hash.h"

namespace twoseal::hostile {
namespace {

// The agent's reports have nothing to do with attacks, and would be told first.
constexpr AgentPace kQuiet{.enforce_every = 1'000'000'000'000};

// `S3`, or the name of an error without a refusal code.
std::string short_code(const ErrorInfo& info) {
  return std::string(info.refusal.empty() ? info.name : info.refusal);
}

// The code in a line that the agent logged: `stale: TS-2140 the plan …`.
std::string code_in(const std::string& line) {
  const std::size_t at = line.find("TS-");
  const ErrorInfo* info = at != std::string::npos ? find_error(line.substr(at, 7)) : nullptr;
  return info != nullptr ? short_code(*info) : line;
}

// A line of the journal says what the server was told, so that it is told once.
constexpr std::uint64_t kToldMax = 1'024;

bool may_be_written(const std::string& name, Written written) {
  const std::string held = std::string(kHome) + "/held/";
  return name == "floor" || name == std::string(kHome) + "/journal" ||
         (written != Written::nothing && name.starts_with(held + "documents")) ||
         (written == Written::plans && name == held + "plans");
}

}  // namespace

Victim::Victim(Clock& clock, HostSeed seed, std::unique_ptr<HttpClient> honest)
    : system(make_debian_host(seed.name, clock)),
      client(std::move(honest)),
      pace(kQuiet),
      seed_(std::move(seed)),
      token_key_(sha256("token " + seed_.name).bytes()),
      home_(std::make_unique<AgentHome>(system->files(), kHome)) {
  system->files().put_directory("/srv/web");
}

void Victim::start() {
  agent_.reset();
  auto started = Agent::start(
      {*system,
       prober,
       *home_,
       client,
       seed_.identity,
       HostVoice(
           seed_.identity.host, seed_.identity.org, PrivateKey::from_seed(seed_.key->secret())),
       token_key_,
       "0.1.0",
       pace,
       [this](const std::string& line) {
         log.push_back(line);
         if (on_log) {
           on_log(line);
         }
       }});
  check(started.has_value(), started ? "" : started.error().what);
  agent_ = *std::move(started);
}

std::string Victim::step_code(const AgentStep& step, std::size_t told) const {
  if (!step.refused.empty()) {
    return short_code(error_info(step.refused.front().code));
  }
  if (step.problem) {
    return short_code(error_info(step.problem->code));
  }
  if (told < client.results.size()) {
    return code_of_outcome(client.results[told].outcome);
  }
  return "";
}

// A result names no code for a host that was found changed; what the agent logged of it does.
std::string Victim::code_of_outcome(const std::string& outcome) const {
  const auto line = std::find_if(log.rbegin(), log.rend(), [&](const std::string& one) {
    return one.starts_with(outcome + ": ");
  });
  const bool refused = outcome == "stale" || outcome.starts_with("refused:");
  return refused && line != log.rend() ? code_in(*line) : outcome;
}

std::string Victim::step() {
  const std::size_t told = client.results.size();
  const auto done = agent_->step();
  return done ? step_code(*done, told) : "store: " + short_code(error_info(done.error().code));
}

std::string Victim::run(int rounds) {
  std::string code;
  for (int i = 0; i < rounds && code.empty(); ++i) {
    code = step();
  }
  return code;
}

void Victim::repels(const std::string& code, Written written) {
  const Picture host_before = host();
  const Picture home_before = home();
  const std::uint64_t journal_before = journal_size();
  const std::string memory_before = memory_text();
  CHECK(run() == code);
  CHECK(journal_size() <= journal_before + kToldMax);
  CHECK(memory_text() == memory_before);
  CHECK(differences(host_before, host()) == std::vector<std::string>());
  for (const std::string& name : differences(home_before, home())) {
    CAPTURE(name);
    CHECK(may_be_written(name, written));
  }
  CHECK(agent_->waiting_mail() == 0);
  CHECK_FALSE(agent_->busy());
}

std::uint64_t Victim::journal_size() {
  const auto info = system->files().look(std::string(kHome) + "/journal");
  return info && *info ? (*info)->size : 0;
}

std::string Victim::memory_text() const {
  const RunMemory& memory = agent_->book().memory();
  std::string text;
  for (const AppliedChange& one : memory.applied) {
    text += "applied " + one.change.hex() + (one.rolled_back ? " back\n" : "\n");
  }
  for (const UsedChange& one : memory.used) {
    text += "used " + one.change.hex() + "\n";
  }
  for (const ScopeState& one : memory.scopes) {
    text += one.scope.text() + " " + (one.base ? one.base->hex() : "") + "\n";
  }
  return text;
}

std::vector<std::string> Victim::outcomes() const {
  std::vector<std::string> all;
  for (const HostResult& one : client.results) {
    all.push_back(one.outcome);
  }
  return all;
}

std::string Victim::text(const std::string& path) {
  const auto read = system->files().read(path, 4'096);
  return read ? read->bytes : "none";
}

}  // namespace twoseal::hostile
