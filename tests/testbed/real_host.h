// For tests inside a host of the test bed: the host itself, and programs of its own to compare
// with.
#pragma once

#include <doctest/doctest.h>

#include "system/linux/linux_system.h"
#include "tests/support/resource_host.h"

namespace twoseal::test {

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

class RealHost final : public HostUnderChange {
 public:
  RealHost() { shell("mkdir -p -m 0700 /var/lib/twoseal"); }

  System& system() override { return machine; }

  /// What a shell says; the test stops when it ends with something else than 0.
  Bytes shell(const std::string& script) {
    const auto end = machine.processes().run({.arguments = {"sh", "-c", script}});
    REQUIRE_MESSAGE(end.has_value(), script);
    REQUIRE_MESSAGE(end->exit == 0, script, ": ", end->output);
    return end->output;
  }

  /// Plans and does, what belongs together at once, without a way back.
  Result<void> apply_for_good(const std::string& items) {
    TWOSEAL_TRY(const HostPlan made, plan(items));
    Operator worker(machine, "/var/lib/twoseal/packages");
    for (const PlannedStep& step : made.steps) {
      for (const Segment& part : segments_of(step.operations)) {
        TWOSEAL_TRY_VOID(worker.perform(std::span<const Operation>(step.operations)
                                            .subspan(part.begin, part.end - part.begin)));
      }
    }
    return {};
  }

  /// Writes a file of root, 0644.
  void write(const std::string& path, const Bytes& bytes) {
    FileChange change{.act = FileAct::write,
                      .path = path,
                      .bytes = std::make_shared<const Bytes>(bytes),
                      .mode = 0644,
                      .before = machine.files().look(path).value()};
    const auto written = machine.files().apply({&change, 1});
    REQUIRE_MESSAGE(written.has_value(), path);
  }

  LinuxSystem machine;
};

}  // namespace twoseal::test
