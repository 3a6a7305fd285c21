#include "system/linux/systemd_manager.h"

#include <cerrno>
#include <chrono>

namespace twoseal {
namespace {

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
// Reading all definitions again takes seconds on a large host.
constexpr std::uint64_t kCallMicroseconds = 90'000'000;

std::unexpected<Error> fail_call(int number, const std::string& unit) {
  return std::unexpected(SdBusError().error(number, unit));
}

std::vector<char*> pointers_of(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

const char* method_of(UnitAct act) {
  switch (act) {
    case UnitAct::enable:
      return "EnableUnitFiles";
    case UnitAct::disable:
      return "DisableUnitFiles";
    case UnitAct::mask:
      return "MaskUnitFiles";
    default:
      return "UnmaskUnitFiles";
  }
}

// Where one answer of times() goes.
struct TimeSlot {
  const SdBusFunctions* functions = nullptr;
  std::int64_t time = 0;
  std::size_t* waiting = nullptr;
};

// C functions that sd-bus calls. An answer that is an error leaves the time 0: the unit went away.
int take_time(sd_bus_message* message, void* data, sd_bus_error* /*error*/) {
  auto* slot = static_cast<TimeSlot*>(data);
  --*slot->waiting;
  std::uint64_t time = 0;
  if (slot->functions->is_method_error(message, nullptr) == 0 &&
      slot->functions->read(message, "v", "t", &time) > 0) {
    slot->time = static_cast<std::int64_t>(time);
  }
  return 0;
}

struct EndedJobs {
  const SdBusFunctions* functions = nullptr;
  std::map<std::string, std::string> results;
};

int take_ended_job(sd_bus_message* message, void* data, sd_bus_error* /*error*/) {
  auto* ended = static_cast<EndedJobs*>(data);
  std::uint32_t number = 0;
  const char* job = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (ended->functions->read(message, "uoss", &number, &job, &unit, &result) > 0) {
    ended->results[job] = result;
  }
  return 0;
}

}  // namespace

Result<SystemdManager> SystemdManager::open(const std::string& bus) {
  TWOSEAL_TRY(const SdBusFunctions* functions, sd_bus_functions());
  TWOSEAL_TRY(SdBus opened, open_sd_bus(*functions, bus));
  return SystemdManager(*functions, std::move(opened));
}

Result<SdBusMessage> SystemdManager::new_call(const std::string& path,
                                              const char* interface,
                                              const char* method) {
  sd_bus_message* message = nullptr;
  const int result =
      functions_.new_method_call(bus_.get(), &message, kService, path.c_str(), interface, method);
  if (result < 0) {
    return fail_call(result, path);
  }
  return SdBusMessage(message);
}

Result<SdBusMessage> SystemdManager::call(const SdBusMessage& message, const std::string& unit) {
  SdBusError error;
  sd_bus_message* answer = nullptr;
  const int result =
      functions_.bus_call(bus_.get(), message.get(), kCallMicroseconds, error.get(), &answer);
  if (result < 0) {
    return std::unexpected(error.error(result, unit));
  }
  return SdBusMessage(answer);
}

Result<std::vector<SystemdUnit>> SystemdManager::list(const std::vector<std::string>& units) {
  TWOSEAL_TRY(const SdBusMessage message, new_call(kManagerPath, kManager, "ListUnitsByNames"));
  std::vector<std::string> names = units;
  int result = functions_.append_strv(message.get(), pointers_of(names).data());
  if (result < 0) {
    return fail_call(result, "");
  }
  TWOSEAL_TRY(const SdBusMessage answer, call(message, ""));
  result = functions_.enter_container(answer.get(), 'a', "(ssssssouso)");
  std::vector<SystemdUnit> rows;
  while (result >= 0) {
    const char* name = nullptr;
    const char* about = nullptr;
    const char* load = nullptr;
    const char* active = nullptr;
    const char* sub = nullptr;
    const char* following = nullptr;
    const char* path = nullptr;
    std::uint32_t job = 0;
    const char* job_type = nullptr;
    const char* job_path = nullptr;
    result = functions_.read(answer.get(),
                             "(ssssssouso)",
                             &name,
                             &about,
                             &load,
                             &active,
                             &sub,
                             &following,
                             &path,
                             &job,
                             &job_type,
                             &job_path);
    if (result == 0) {
      break;
    }
    if (result > 0) {
      rows.push_back({load, active, path});
    }
  }
  if (result < 0) {
    return fail_call(result, "");
  }
  if (rows.size() != units.size()) {
    return fail(Errc::service_manager_failed, "systemd answered for other units than were asked");
  }
  return rows;
}

Result<std::vector<std::int64_t>> SystemdManager::times(
    const std::vector<std::string>& paths, const std::vector<std::string>& properties) {
  std::size_t waiting = 0;
  std::vector<TimeSlot> slots(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    slots[i] = {.functions = &functions_, .time = 0, .waiting = &waiting};
    TWOSEAL_TRY(const SdBusMessage message, new_call(paths[i], kProperties, "Get"));
    int result = functions_.append(message.get(), "ss", kUnit, properties[i].c_str());
    if (result >= 0) {
      result = functions_.bus_call_async(
          bus_.get(), nullptr, message.get(), take_time, &slots[i], kCallMicroseconds);
    }
    if (result < 0) {
      return fail_call(result, "");
    }
    ++waiting;
  }
  while (waiting > 0) {
    int result = functions_.bus_process(bus_.get(), nullptr);
    if (result == 0) {
      result = functions_.bus_wait(bus_.get(), kCallMicroseconds);
    }
    if (result < 0 && result != -EINTR) {
      return fail_call(result, "");
    }
  }
  std::vector<std::int64_t> times;
  for (const TimeSlot& slot : slots) {
    times.push_back(slot.time);
  }
  return times;
}

Result<void> SystemdManager::wait_for_job(const std::string& job,
                                          const std::map<std::string, std::string>& ended,
                                          const std::string& unit,
                                          std::int64_t seconds_max) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(seconds_max);
  while (!ended.contains(job)) {
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      return fail(
          Errc::unit_failed, "did not finish in " + std::to_string(seconds_max) + " s", unit);
    }
    int result = functions_.bus_process(bus_.get(), nullptr);
    if (result == 0) {
      result = functions_.bus_wait(bus_.get(), static_cast<std::uint64_t>(left.count()));
    }
    if (result < 0 && result != -EINTR) {
      return fail_call(result, unit);
    }
  }
  const std::string& result = ended.find(job)->second;
  if (result != "done") {
    return fail(Errc::unit_failed, "its job ended with '" + result + "'", unit);
  }
  return {};
}

Result<void> SystemdManager::run_job(const char* method,
                                     const std::string& unit,
                                     std::int64_t seconds_max) {
  EndedJobs ended{.functions = &functions_, .results = {}};
  // Before the call, so that a job that ends at once is not missed. The match ends with the bus.
  int result = functions_.match_signal(
      bus_.get(), nullptr, kService, kManagerPath, kManager, "JobRemoved", take_ended_job, &ended);
  if (result < 0) {
    return fail_call(result, unit);
  }
  TWOSEAL_TRY(const SdBusMessage subscribe, new_call(kManagerPath, kManager, "Subscribe"));
  TWOSEAL_TRY_VOID(call(subscribe, unit));
  TWOSEAL_TRY(const SdBusMessage message, new_call(kManagerPath, kManager, method));
  result = functions_.append(message.get(), "ss", unit.c_str(), "replace");
  if (result < 0) {
    return fail_call(result, unit);
  }
  TWOSEAL_TRY(const SdBusMessage answer, call(message, unit));
  const char* job = nullptr;
  result = functions_.read(answer.get(), "o", &job);
  if (result <= 0) {
    return fail_call(result, unit);
  }
  return wait_for_job(job, ended.results, unit, seconds_max);
}

Result<void> SystemdManager::change_files(UnitAct act, const std::string& unit) {
  TWOSEAL_TRY(const SdBusMessage message, new_call(kManagerPath, kManager, method_of(act)));
  std::vector<std::string> names = {unit};
  int result = functions_.append_strv(message.get(), pointers_of(names).data());
  // Not only until the next boot; and, where something could be overwritten, not by force.
  if (result >= 0) {
    const bool has_force = act == UnitAct::enable || act == UnitAct::mask;
    result = has_force ? functions_.append(message.get(), "bb", 0, 0)
                       : functions_.append(message.get(), "b", 0);
  }
  if (result < 0) {
    return fail_call(result, unit);
  }
  TWOSEAL_TRY(const SdBusMessage answer, call(message, unit));
  if (act == UnitAct::enable) {
    int has_install = 0;
    result = functions_.read(answer.get(), "b", &has_install);
    if (result <= 0 || has_install == 0) {
      return fail(
          Errc::unit_failed, "has nothing to enable: its definition has no [Install]", unit);
    }
  }
  return reload();
}

Result<void> SystemdManager::reload() {
  TWOSEAL_TRY(const SdBusMessage message, new_call(kManagerPath, kManager, "Reload"));
  TWOSEAL_TRY_VOID(call(message, ""));
  return {};
}

}  // namespace twoseal
