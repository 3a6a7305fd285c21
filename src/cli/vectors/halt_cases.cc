// Step 18: stops that people raise, freezes that the restrictions set.
#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

// A stop of the change by `by`, signed with `key` and listed by the timekeeper.
void add_stop(World& w, std::string_view by, const std::string& key) {
  Stop stop;
  stop.by = actor(by);
  stop.from = kNow + 350;
  stop.id = name("hold");
  stop.target.change = Digest();
  stop.to = kNow + 7200;
  w.stops.push_back(stop);
  Signing one;
  one.act = Act::sign;
  one.type = ObjType::stop;
  one.about = "stop:0";
  one.key = key;
  one.at = kNow + 350;
  one.label = "stop";
  one.named = false;
  w.statements.push_back(one);
}

void add_lift(World& w, const std::string& key) {
  Signing one = w.signing("stop");
  one.act = Act::lift;
  one.key = key;
  one.at = kNow + 500;
  one.label = "lift-" + key;
  w.statements.push_back(one);
}

CaseList::Edit stopped(std::function<void(World&)> edit) {
  return [edit = std::move(edit)](World& w) {
    add_stop(w, "p:amara", "amara");
    edit(w);
  };
}

void add_stop_cases(CaseList& list) {
  list.refuse("w5-stopped", "a lead stopped the change", stopped([](World&) {}));
  list.refuse("w5-stopped-by-executor", "an executor stopped the change", [](World& w) {
    add_stop(w, "p:eve", "eve");
  });
  list.refuse("w5-paused", "a pause is a stop too", stopped([](World& w) {
                w.stops[0].effect = StopEffect::pause;
              }));
  list.refuse("w5-not-listed",
              "a stop that the timekeeper does not list yet",
              stopped([](World& w) { w.stop_listed = {false}; }));
  list.refuse("w5-listed-without-signature",
              "a stop that the timekeeper lists, whose signature is not shown",
              stopped([](World& w) { w.signing("stop").in_files = false; }));
  list.permit("permit-stop-by-nobody", "a stop that nobody signed or lists", stopped([](World& w) {
                w.stop_listed = {false};
                drop(w, "stop");
              }));
  list.permit("permit-stop-by-auditor", "a stop by an auditor, who only looks on", [](World& w) {
    add_stop(w, "p:omar", "omar");
    w.stop_listed = {false};
  });
  list.permit(
      "permit-stop-by-executive", "a stop by an executive, who only looks on", [](World& w) {
        w.person("p:omar").roles = {{role("executive"), std::nullopt}};
        add_stop(w, "p:omar", "omar");
        w.stop_listed = {false};
      });
  list.permit(
      "permit-stop-in-another-name", "a stop in Amara's name that Eve signed", [](World& w) {
        add_stop(w, "p:amara", "eve");
        w.stop_listed = {false};
      });
  list.permit("permit-stop-not-in-log", "a stop that was never recorded", stopped([](World& w) {
                w.stop_listed = {false};
                w.signing("stop").in_log = false;
              }));
  list.refuse("w5-listed-but-not-shown",
              "a stop that the timekeeper lists is withheld",
              stopped([](World&) {}),
              [](Files& files, World& w) {
                files.erase("stops/" + w.digest_of("stop:0").hex() + ".json");
              });
  list.refuse("w5-list-swapped",
              "another list of stops than the timekeeper names",
              stopped([](World&) {}),
              [](Files& files, World&) {
                edit_file<StopList>(
                    files, "stops/list.json", [](StopList& one) { one.list.clear(); });
              });
  list.refuse_files("w5-no-list", "no list of stops", [](Files& files, World&) {
    files.erase("stops/list.json");
  });
  list.refuse("w5-whole-organisation", "everything is stopped", stopped([](World& w) {
                w.stops[0].target = {std::nullopt, Digest(), std::nullopt};
              }));
  list.refuse("w5-scope", "the scope of the change is stopped", stopped([](World& w) {
                w.stops[0].target = {std::nullopt, std::nullopt, w.state.scope};
              }));
  list.permit("permit-stop-of-another-scope", "another scope is stopped", stopped([](World& w) {
                w.stops[0].target = {
                    std::nullopt, std::nullopt, ScopeId::parse("web-other").value()};
              }));
  list.permit("permit-stop-of-another-change", "another change is stopped", stopped([](World& w) {
                w.stops[0].target.change = sha256("another");
              }));
  // The clock says kNow + 600, the timekeeper kNow + 580.
  const auto during = [](UnixSeconds from, UnixSeconds to) {
    return stopped([=](World& w) {
      w.stops[0].from = from;
      w.stops[0].to = to;
    });
  };
  list.refuse("w5-begins-now", "a stop from this second on", during(kNow + 600, kNow + 700));
  list.permit(
      "permit-stop-begins-later", "a stop from the next second on", during(kNow + 601, kNow + 700));
  list.refuse("w5-ends-now", "a stop until this second", during(kNow + 350, kNow + 580));
  list.permit(
      "permit-stop-ended", "a stop until the second before", during(kNow + 350, kNow + 579));
  list.refuse("w5-lift-withdrawn", "who lifted the stop took that back", stopped([](World& w) {
                add_lift(w, "amara");
                w.statements.push_back(withdrawal_of("lift-amara", "amara"));
              }));
  list.permit("permit-lifted-by-raiser", "who raised the stop lifted it", stopped([](World& w) {
                add_lift(w, "amara");
              }));
  list.refuse("w5-lifted-with-soft-key",
              "who raised the stop lifted it with a soft key",
              stopped([](World& w) { add_lift(w, "amara-ssh"); }));
  list.refuse("w5-lifted-by-one-other", "one other person lifted the stop", stopped([](World& w) {
                add_lift(w, "dana");
              }));
  list.permit(
      "permit-lifted-by-two-others", "two other people lifted the stop", stopped([](World& w) {
        add_lift(w, "chen");
        add_lift(w, "dana");
      }));
  list.refuse("w5-lifted-by-onlooker",
              "one of the two who lifted the stop is an auditor",
              stopped([](World& w) {
                add_person(w, "p:fay", {"auditor"}, "fay", KeyKind::local_file);
                add_lift(w, "dana");
                add_lift(w, "fay");
              }));
  list.refuse("w5-lift-of-another-stop", "the lift is for another stop", stopped([](World& w) {
                add_lift(w, "amara");
                w.signing("lift-amara").obj = sha256("another");
              }));
  list.refuse("w5-lift-not-in-log", "a lift that was never recorded", stopped([](World& w) {
                add_lift(w, "amara");
                w.signing("lift-amara").in_log = false;
              }));
}

void add_freeze_cases(CaseList& list) {
  const auto frozen = [](std::function<void(World&, Freeze&)> edit) {
    return [edit = std::move(edit)](World& w) {
      Freeze freeze;
      freeze.envs = {name("prod")};
      freeze.from = kNow;
      freeze.id = name("year-end");
      freeze.to = kNow + 7200;
      edit(w, freeze);
      w.restrictions.freezes = {freeze};
    };
  };
  list.refuse("w6-frozen", "prod is frozen", frozen([](World&, Freeze&) {}));
  list.permit("permit-freeze-of-another-environment",
              "test is frozen",
              frozen([](World&, Freeze& one) { one.envs = {name("test")}; }));
  list.refuse("w6-scope-frozen", "this scope is frozen", frozen([](World& w, Freeze& one) {
                one.scope = w.state.scope;
              }));
  list.permit("permit-freeze-of-another-scope",
              "another scope is frozen",
              frozen([](World&, Freeze& one) { one.scope = ScopeId::parse("web-other").value(); }));
  list.refuse("w6-freeze-begins-now",
              "a freeze from this second on",
              frozen([](World&, Freeze& one) { one.from = kNow + 600; }));
  list.permit("permit-freeze-begins-later",
              "a freeze from the next second on",
              frozen([](World&, Freeze& one) { one.from = kNow + 601; }));
  list.refuse("w6-freeze-last-second",
              "a freeze until the next second",
              frozen([](World&, Freeze& one) { one.to = kNow + 581; }));
  list.permit("permit-freeze-ended", "a freeze until this second", frozen([](World&, Freeze& one) {
                one.to = kNow + 580;
              }));
  list.refuse(
      "w6-one-asset-of-two-frozen",
      "a person would carry the change out on an asset that is frozen and on one that is not",
      frozen([](World& w, Freeze& one) {
        make_by_person(w);
        auto& assets = *w.change.targets.assets;
        assets.push_back(assets.front());
        assets.back().id = name("switch-8");
        assets.back().name = "switch-8";
        assets.back().env = name("test");
        one.envs = {name("test")};
      }));
  const auto emergency = [](World& w) {
    w.change.kind = ChangeKind::emergency;
    w.change.window = {kNow + 14'400, kNow};
  };
  list.permit("permit-freeze-passed",
              "an emergency where the freeze lets them pass",
              frozen([=](World& w, Freeze& one) {
                emergency(w);
                one.emergency = true;
              }));
  list.refuse("w6-emergency-frozen",
              "an emergency where the freeze lets none pass",
              frozen([=](World& w, Freeze&) { emergency(w); }));
  list.refuse("w6-no-emergency",
              "an ordinary change where the freeze lets emergencies pass",
              frozen([](World&, Freeze& one) { one.emergency = true; }));
}

}  // namespace

void add_halt_cases(CaseList& list) {
  add_stop_cases(list);
  add_freeze_cases(list);
}

}  // namespace twoseal::vectors
