#include "system/linux/sd_bus.h"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/os_library.h"

namespace twoseal {
namespace {

std::optional<SdBusFunctions> load_functions() {
  const SharedLibrary library("libsystemd.so.0");
  SdBusFunctions all = {};
  const bool complete = library.load("sd_bus_new", all.bus_new) &&
                        library.load("sd_bus_set_address", all.bus_set_address) &&
                        library.load("sd_bus_set_bus_client", all.bus_set_bus_client) &&
                        library.load("sd_bus_start", all.bus_start) &&
                        library.load("sd_bus_close_unref", all.bus_close_unref) &&
                        library.load("sd_bus_call", all.bus_call) &&
                        library.load("sd_bus_call_async", all.bus_call_async) &&
                        library.load("sd_bus_process", all.bus_process) &&
                        library.load("sd_bus_wait", all.bus_wait) &&
                        library.load("sd_bus_match_signal", all.match_signal) &&
                        library.load("sd_bus_error_free", all.error_free) &&
                        library.load("sd_bus_message_new_method_call", all.new_method_call) &&
                        library.load("sd_bus_message_unref", all.message_unref) &&
                        library.load("sd_bus_message_append", all.append) &&
                        library.load("sd_bus_message_append_strv", all.append_strv) &&
                        library.load("sd_bus_message_read", all.read) &&
                        library.load("sd_bus_message_enter_container", all.enter_container) &&
                        library.load("sd_bus_message_exit_container", all.exit_container) &&
                        library.load("sd_bus_message_peek_type", all.peek_type) &&
                        library.load("sd_bus_message_skip", all.skip) &&
                        library.load("sd_bus_message_is_method_error", all.is_method_error);
  return complete ? std::optional(all) : std::nullopt;
}

const std::optional<SdBusFunctions>& loaded() {
  static const std::optional<SdBusFunctions> kFunctions = load_functions();
  return kFunctions;
}

std::string text_of(int number) {
  return std::generic_category().message(std::abs(number));
}

// Whether the service manager itself answered, and not the bus or nobody.
bool is_answer(std::string_view name) {
  return name.starts_with("org.freedesktop.systemd1.") || name.starts_with("System.Error.") ||
         name == SD_BUS_ERROR_INVALID_ARGS || name == SD_BUS_ERROR_FILE_EXISTS ||
         name == SD_BUS_ERROR_FILE_NOT_FOUND || name == SD_BUS_ERROR_FAILED;
}

}  // namespace

Result<const SdBusFunctions*> sd_bus_functions() {
  if (!loaded()) {
    return fail(Errc::service_manager_failed, "libsystemd.so.0 is not there");
  }
  return &*loaded();
}

void SdBusClose::operator()(sd_bus* bus) const {
  loaded()->bus_close_unref(bus);
}

void SdBusUnref::operator()(sd_bus_message* message) const {
  loaded()->message_unref(message);
}

SdBusError::~SdBusError() {
  if (loaded()) {
    loaded()->error_free(&error_);
  }
}

Error SdBusError::error(int number, const std::string& where) const {
  const std::string_view name = error_.name != nullptr ? error_.name : "";
  std::string what = error_.message != nullptr ? error_.message : text_of(number);
  return {
      is_answer(name) ? Errc::unit_failed : Errc::service_manager_failed, std::move(what), where};
}

Result<SdBus> open_sd_bus(const SdBusFunctions& functions, const std::string& address) {
  sd_bus* raw = nullptr;
  int result = functions.bus_new(&raw);
  SdBus bus(raw);
  if (result >= 0) {
    result = functions.bus_set_address(bus.get(), address.c_str());
  }
  if (result >= 0) {
    result = functions.bus_set_bus_client(bus.get(), 1);
  }
  if (result >= 0) {
    result = functions.bus_start(bus.get());
  }
  if (result < 0) {
    return fail(Errc::service_manager_failed, "connecting: " + text_of(result), address);
  }
  return bus;
}

}  // namespace twoseal
