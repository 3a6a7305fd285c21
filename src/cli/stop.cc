#include "cli/stop.h"

#include <csignal>

namespace twoseal::cli {
namespace {

extern "C" void on_stop_signal(int /*number*/) {
  stop_asked() = true;
}

}  // namespace

std::atomic<bool>& stop_asked() {
  static std::atomic<bool> stop{false};
  return stop;
}

void stop_on_signals(SecondSignal second) {
  stop_asked() = false;  // it is made before a signal asks for it
  struct sigaction action = {};
  action.sa_handler = on_stop_signal;
  action.sa_flags = second == SecondSignal::ends ? static_cast<int>(SA_RESETHAND) : 0;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace twoseal::cli
