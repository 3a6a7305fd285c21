// Step 16: the window, repeated use, the base of the plan, required changes.
#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

void add_window_cases(CaseList& list) {
  // The clock says kNow + 600, the timekeeper kNow + 580.
  const auto window = [](UnixSeconds from, UnixSeconds to) {
    return [=](World& w) { w.change.window = {to, from}; };
  };
  constexpr int kPending = 8;
  list.refuse(
      "w1-too-early", "the window opens in a second", window(kNow + 581, kNow + 1000), kPending);
  list.permit(
      "permit-window-first-second", "the window opens now", window(kNow + 580, kNow + 1000));
  list.refuse("w1-too-late", "the window closed a second ago", window(kNow, kNow + 599));
  list.permit("permit-window-last-second", "the window closes now", window(kNow, kNow + 600));
  list.refuse(
      "w1-clock-ahead",
      "the clock here is ahead, but the timekeeper's time has not come",
      [=](World& w) {
        window(kNow + 5000, kNow + 9000)(w);
        w.inputs.clock = kNow + 6000;
      },
      kPending);
  list.refuse(
      "w1-timekeeper-ahead",
      "the timekeeper is ahead, but the time here has not come",
      [=](World& w) {
        window(kNow + 5000, kNow + 9000)(w);
        w.fresh.at = kNow + 6000;
        w.signing("fresh").at = w.fresh.at;
      },
      kPending);
  list.refuse(
      "w1-clock-set-back", "the clock was set back behind the end of the window", [=](World& w) {
        window(kNow, kNow + 900)(w);
        w.inputs.floor = kNow + 901;
      });
  list.refuse(
      "w1-clock-behind-timekeeper", "the timekeeper says that the window is over", [=](World& w) {
        window(kNow, kNow + 500)(w);
        w.inputs.clock = kNow + 400;
      });
}

void add_used_cases(CaseList& list) {
  const auto used = [](std::optional<std::int64_t> rolled_back, std::optional<std::int64_t> after) {
    return [=](World& w) {
      w.releases["canary"].after = after;
      when_known(w, "change", [&w, rolled_back](const Digest& digest) {
        w.agent.used = {{digest, rolled_back}};
      });
    };
  };
  list.refuse("w2-used", "the change ran here before", used(std::nullopt, std::nullopt));
  list.refuse(
      "w2-used-with-after", "the change ran here and was not rolled back", used(std::nullopt, 40));
  list.refuse("w2-rolled-back", "the change was rolled back here", used(4, std::nullopt));
  list.refuse(
      "w2-release-after-earlier-rollback", "the release overrides an earlier rollback", used(4, 3));
  list.refuse("w2-release-before-its-rollback",
              "the release names a rollback that was recorded behind it",
              used(40, 40));
  list.permit("permit-released-after-rollback", "the release overrides this rollback", used(4, 4));
  list.permit("permit-released-after-later-rollback",
              "the release overrides a later rollback, which its signer knew as well",
              used(4, 5));
  list.permit("permit-after-without-rollback",
              "the release overrides a rollback that never came here",
              [](World& w) { w.releases["canary"].after = 40; });
  list.permit("permit-another-used", "another change ran here before", [](World& w) {
    w.agent.used = {{sha256("another"), std::nullopt}};
  });
  list.refuse("w2-standing", "a standing change, which release 1 does not offer", [](World& w) {
    w.change.use = Use::standing;
  });
}

void add_base_cases(CaseList& list) {
  const auto based = [](std::optional<Digest> planned, std::optional<Digest> held) {
    return [=](World& w) {
      w.bases["web-01"] = planned;
      ScopeState scope;
      scope.base = held;
      scope.scope = w.state.scope;
      w.agent.scopes = {scope};
    };
  };
  const Digest a = sha256("change a");
  const Digest b = sha256("change b");
  list.permit("permit-base", "the plan builds on what was applied last", based(a, a));
  list.permit("permit-base-of-released-scope",
              "nothing is applied, and the plan says so",
              based(std::nullopt, std::nullopt));
  list.refuse("w3-scope-remembered-twice",
              "the host remembers two changes as the last one applied to the scope",
              [=](World& w) {
                based(a, a)(w);
                ScopeState again = w.agent.scopes.front();
                again.base = b;
                w.agent.scopes.push_back(again);
              });
  list.refuse("w3-older-after-newer", "another change was applied in between", based(a, b));
  list.refuse("w3-something-applied",
              "the plan builds on nothing, but something is applied",
              based(std::nullopt, a));
  list.refuse("w3-nothing-applied",
              "the plan builds on something, but nothing is applied",
              based(a, std::nullopt));
  list.refuse("w3-scope-unknown",
              "the plan builds on something in a scope that was never here",
              [a](World& w) { w.bases["web-01"] = a; });
  list.permit("permit-base-of-another-host",
              "the plan builds on something on another host",
              [a](World& w) { w.bases["web-02"] = a; });
}

void add_required_cases(CaseList& list) {
  const auto applied = [](const std::vector<AppliedChange>& changes) {
    return [=](World& w) {
      w.change.requires_changes = {sha256("earlier")};
      w.agent.applied = changes;
    };
  };
  const Digest earlier = sha256("earlier");
  list.permit("permit-required", "the required change is applied", applied({{earlier, false}}));
  list.refuse("w3-required-missing", "the required change is not applied", applied({}));
  list.refuse("w3-another-applied", "another change is applied", applied({{sha256("x"), false}}));
  list.refuse(
      "w3-required-rolled-back", "the required change was rolled back", applied({{earlier, true}}));
  list.permit("permit-required-again",
              "the required change was rolled back and applied again",
              applied({{earlier, true}, {earlier, false}}));
  list.refuse("w3-required-rolled-back-at-last",
              "the required change was applied twice and rolled back at last",
              applied({{earlier, false}, {earlier, true}}));
}

}  // namespace

void add_use_cases(CaseList& list) {
  add_window_cases(list);
  add_used_cases(list);
  add_base_cases(list);
  add_required_cases(list);
}

}  // namespace twoseal::vectors
