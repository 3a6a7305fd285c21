#include "cli/stop.h"

#include <csignal>

#include <doctest/doctest.h>

using namespace twoseal::cli;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// Whether a signal ends this program.
bool ends(int number) {
  struct sigaction action = {};
  REQUIRE(sigaction(number, nullptr, &action) == 0);
  return action.sa_handler == SIG_DFL;
}

// What signals did before stays behind a test.
class Signals {
 public:
  Signals() {
    sigaction(SIGTERM, nullptr, &term_);
    sigaction(SIGINT, nullptr, &interrupt_);
  }

  ~Signals() {
    sigaction(SIGTERM, &term_, nullptr);
    sigaction(SIGINT, &interrupt_, nullptr);
    stop_asked() = false;
  }

  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct sigaction term_ = {};
  struct sigaction interrupt_ = {};
};

}  // namespace

TEST_CASE("a signal asks to stop, and a second one ends a program that has said so") {
  const Signals kept;
  stop_on_signals(SecondSignal::ends);
  CHECK_FALSE(stop_asked());
  CHECK_FALSE(ends(SIGINT));
  std::raise(SIGINT);
  CHECK(stop_asked());
  CHECK(ends(SIGINT));
  CHECK_FALSE(ends(SIGTERM));
}

TEST_CASE("a program that must come to its end waits, however often it is asked") {
  const Signals kept;
  stop_on_signals();
  std::raise(SIGTERM);
  CHECK(stop_asked());
  CHECK_FALSE(ends(SIGTERM));
}
