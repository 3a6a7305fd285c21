// For tests of resources: a host on which YAML is planned, done and undone.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authoring/state_yaml.h"
#include "base/check.h"
#include "base/clock.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "resources/operate.h"
#include "resources/plan_state.h"
#include "system/memory/debian_host.h"

namespace twoseal::test {

/// Any host.
class HostUnderChange {
 public:
  virtual ~HostUnderChange() = default;

  virtual System& system() = 0;

  /// The state of a `set:` list; the test stops when it cannot be compiled.
  State state(const std::string& items) {
    const auto compiled = authoring::compile_state(
        {"scope: test\nset:\n" + items, "test.yaml"}, sha256("org"), [this](std::string_view name) {
          const auto found = sources.find(std::string(name));
          return found != sources.end() ? Result<Bytes>(found->second)
                                        : Result<Bytes>(fail(Errc::no_input, "no such source"));
        });
    check(compiled.has_value(), compiled ? "" : compiled.error().what);
    for (const Bytes& blob : compiled->blobs) {
      inputs.blobs[sha256(blob)] = std::make_shared<const Bytes>(blob);
    }
    return codec::decode<State>(compiled->bytes).value();
  }

  Result<HostPlan> plan(const std::string& items) {
    return plan_state(state(items), system(), inputs);
  }

  /// Plans and does; what takes it back is kept for undo().
  Result<HostPlan> apply(const std::string& items) {
    TWOSEAL_TRY(HostPlan made, plan(items));
    Operator worker(system(), "/var/lib/twoseal/packages");
    std::vector<Operation> all;
    for (const PlannedStep& step : made.steps) {
      all.insert(all.end(), step.operations.begin(), step.operations.end());
    }
    TWOSEAL_TRY_VOID(worker.fetch(all));
    TWOSEAL_TRY_VOID(run(worker, all));
    return made;
  }

  /// Takes back everything that apply() did, the last first.
  Result<void> undo() {
    Operator worker(system(), "/var/lib/twoseal/packages");
    while (!inverses.empty()) {
      const Operation last = std::move(inverses.back());
      inverses.pop_back();
      TWOSEAL_TRY_VOID(worker.perform({&last, 1}));
    }
    return {};
  }

  Bytes text(const std::string& path) {
    const auto read = system().files().read(path, kManagedFileMax);
    return read ? read->bytes : "";
  }

  bool exists(const std::string& path) { return system().files().look(path).value().has_value(); }

  std::string mode(const std::string& path) {
    const auto info = system().files().look(path).value();
    return info ? std::to_string(info->mode) + " " + std::to_string(info->uid) + ":" +
                      std::to_string(info->gid)
                : "";
  }

  /// `node: old -> new` of each line of one step.
  static std::string shown(const PlannedStep& step) {
    std::string lines;
    for (const DiffLine& line : step.shown.diff) {
      lines += line.node + ": " + line.old_value.value_or("-") + " -> " +
               line.new_value.value_or("-") + "\n";
    }
    return lines;
  }

  static std::string risks(const PlannedStep& step) {
    std::string names;
    for (const Name& risk : step.shown.risks) {
      names += (names.empty() ? "" : " ") + risk.text();
    }
    return names;
  }

  std::map<std::string, Bytes> sources;
  PlanInputs inputs;
  std::vector<Operation> inverses;

 private:
  Result<void> run(Operator& worker, const std::vector<Operation>& all) {
    for (const Operation& one : all) {
      auto inverse = worker.inverse_of(one);
      if (inverse) {
        inverses.push_back(*std::move(inverse));
      }
      TWOSEAL_TRY_VOID(worker.perform({&one, 1}));
      TWOSEAL_TRY(const Standing standing, worker.standing_of(one, 0));
      check(std::holds_alternative<CommandOperation>(one) || standing == Standing::after,
            "what was done stands");
    }
    return {};
  }
};

/// A Debian host in memory.
class ResourceHost final : public HostUnderChange {
 public:
  ResourceHost() : clock(1'795'420'000), host(make_debian_host("web-01", clock)) {}

  System& system() override { return *host; }

  ManualClock clock;
  std::unique_ptr<MemorySystem> host;
};

}  // namespace twoseal::test
