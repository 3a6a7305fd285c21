#include "agent/health.h"

#include <algorithm>

namespace twoseal {
namespace {

constexpr std::chrono::milliseconds kTryWait{3'000};
constexpr std::int64_t kCommandSeconds = 10;

std::unexpected<Error> unhealthy(const HealthCheck& check, const std::string& found) {
  return fail(Errc::unhealthy, health_name(check) + ": " + found);
}

Result<void> check_http(const HealthCheck& check, Prober& prober) {
  const auto status = prober.http_status(*check.url, kTryWait);
  if (!status) {
    return unhealthy(check, status.error().what);
  }
  if (*status != check.expect.value_or(200)) {
    return unhealthy(check,
                     "status " + std::to_string(*status) + ", expected " +
                         std::to_string(check.expect.value_or(200)));
  }
  return {};
}

Result<void> check_service(const HealthCheck& check, System& system) {
  const auto states = system.services().states({&*check.name, 1});
  if (!states) {
    return unhealthy(check, states.error().what);
  }
  return states->front().activity == UnitActivity::active ? Result<void>()
                                                          : unhealthy(check, "it is not active");
}

// The verdict alone is used: what it prints stays on the host.
Result<void> check_command(const HealthCheck& check, System& system) {
  Program program;
  program.arguments = *check.argv;
  program.seconds_max = std::min(check.within, kCommandSeconds);
  program.confinement = Confinement::health;
  const auto end = system.processes().run(program);
  if (!end) {
    return unhealthy(check, end.error().what);
  }
  if (end->timed_out) {
    return unhealthy(check, "it did not end in time");
  }
  return end->exit == 0 ? Result<void>()
                        : unhealthy(check, "it ended with " + std::to_string(end->exit));
}

}  // namespace

std::string health_name(const HealthCheck& check) {
  switch (check.kind) {
    case HealthKind::tcp:
      return "tcp " + std::to_string(check.port.value_or(0));
    case HealthKind::http:
      return "http " + check.url.value_or("");
    case HealthKind::service:
      return "service " + check.name.value_or("");
    case HealthKind::command:
      break;
  }
  std::string name = "command";
  for (const std::string& word : check.argv.value_or(std::vector<std::string>())) {
    name += " " + word;
  }
  return name;
}

Result<void> check_health(const HealthCheck& check, System& system, Prober& prober) {
  switch (check.kind) {
    case HealthKind::tcp:
      if (auto answered =
              prober.tcp("127.0.0.1", static_cast<std::uint16_t>(*check.port), kTryWait);
          !answered) {
        return unhealthy(check, answered.error().what);
      }
      return {};
    case HealthKind::http:
      return check_http(check, prober);
    case HealthKind::service:
      return check_service(check, system);
    case HealthKind::command:
      break;
  }
  return check_command(check, system);
}

}  // namespace twoseal
