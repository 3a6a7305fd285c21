// sd-bus of libsystemd, loaded when it is first needed: the start of the program stays cheap, and
// hosts without systemd can run everything else.
#pragma once

#include <memory>
#include <string>
#include <systemd/sd-bus.h>

#include "base/result.h"

namespace twoseal {

/// The functions that are used, as <systemd/sd-bus.h> declares them.
struct SdBusFunctions {
  decltype(&::sd_bus_new) bus_new;
  decltype(&::sd_bus_set_address) bus_set_address;
  decltype(&::sd_bus_set_bus_client) bus_set_bus_client;
  decltype(&::sd_bus_start) bus_start;
  decltype(&::sd_bus_close_unref) bus_close_unref;
  decltype(&::sd_bus_call) bus_call;
  decltype(&::sd_bus_call_async) bus_call_async;
  decltype(&::sd_bus_process) bus_process;
  decltype(&::sd_bus_wait) bus_wait;
  decltype(&::sd_bus_match_signal) match_signal;
  decltype(&::sd_bus_error_free) error_free;
  decltype(&::sd_bus_message_new_method_call) new_method_call;
  decltype(&::sd_bus_message_unref) message_unref;
  decltype(&::sd_bus_message_append) append;
  decltype(&::sd_bus_message_append_strv) append_strv;
  decltype(&::sd_bus_message_read) read;
  decltype(&::sd_bus_message_enter_container) enter_container;
  decltype(&::sd_bus_message_exit_container) exit_container;
  decltype(&::sd_bus_message_peek_type) peek_type;
  decltype(&::sd_bus_message_skip) skip;
  decltype(&::sd_bus_message_is_method_error) is_method_error;
};

/// Errc::service_manager_failed when the library is not there.
[[nodiscard]] Result<const SdBusFunctions*> sd_bus_functions();

struct SdBusClose {
  void operator()(sd_bus* bus) const;
};

struct SdBusUnref {
  void operator()(sd_bus_message* message) const;
};

using SdBus = std::unique_ptr<sd_bus, SdBusClose>;
using SdBusMessage = std::unique_ptr<sd_bus_message, SdBusUnref>;

/// The error of a call, freed at the end of the block.
class SdBusError {
 public:
  SdBusError() = default;
  SdBusError(const SdBusError&) = delete;
  SdBusError& operator=(const SdBusError&) = delete;
  ~SdBusError();

  [[nodiscard]] sd_bus_error* get() { return &error_; }

  /// Of a call that returned `number` (negative). What the service manager answers is
  /// Errc::unit_failed, everything else Errc::service_manager_failed. `where`: the unit, or empty.
  [[nodiscard]] Error error(int number, const std::string& where) const;

 private:
  sd_bus_error error_ = {};
};

/// A connection of its own. Errc::service_manager_failed.
[[nodiscard]] Result<SdBus> open_sd_bus(const SdBusFunctions& functions,
                                        const std::string& address);

}  // namespace twoseal
