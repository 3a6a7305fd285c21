// Step 17: whether the phases before went well enough.
#include <algorithm>

#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

constexpr int kPending = 8;

// The second phase without any result yet.
void no_result(World& w) {
  make_second_phase(w);
  w.results.clear();
  drop(w, "result-0");
}

// The first phase has the hosts stg-01 and web-01; nothing is reported yet.
void two_in_first_phase(World& w, std::int64_t failed_max) {
  no_result(w);
  auto& hosts = *w.change.targets.hosts;
  hosts.push_back({w.host_id("stg-01"), "stg-01"});
  std::sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  Phase& first = w.change.phases->front();
  first.hosts.push_back(w.host_id("stg-01"));
  std::sort(first.hosts.begin(), first.hosts.end());
  first.gate.failed_max = failed_max;
  w.classes["stg-01"] = w.classes["web-01"];
  w.bases["stg-01"] = std::nullopt;
}

void add_outcome_cases(CaseList& list) {
  list.refuse("f3-result-under-newer-roster",
              "the result of the first phase was signed under a roster that is not here",
              [](World& w) {
                make_second_phase(w);
                w.signing("result-0").roster = 2;
              });
  list.permit("permit-unasked-result-under-newer-roster",
              "so was a result that the first phase does not ask for",
              [](World& w) { add_result(w, "web-02", "ok").roster = 2; });
  list.refuse("w4-no-result", "the first phase has not reported", no_result, kPending);
  for (const std::string outcome : {"ok", "nochange"}) {
    list.permit(
        "permit-gate-" + outcome, "the host of the first phase reports " + outcome, [=](World& w) {
          no_result(w);
          add_result(w, "web-01", outcome);
        });
  }
  for (const std::string outcome : {"failed", "rolled-back", "interrupted"}) {
    list.refuse("w4-" + outcome, "the host of the first phase reports " + outcome, [=](World& w) {
      no_result(w);
      add_result(w, "web-01", outcome);
    });
  }
  for (const std::string outcome : {"stale", "refused:C4", "refused:S3"}) {
    std::string word = outcome.substr(outcome.find(':') + 1);
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    list.refuse(
        "w4-only-" + word,
        "the only host of the first phase reports " + outcome,
        [=](World& w) {
          no_result(w);
          add_result(w, "web-01", outcome);
        },
        kPending);
  }
}

void add_count_cases(CaseList& list) {
  const auto reports = [](std::int64_t failed_max, const std::string& web, const std::string& stg) {
    return [=](World& w) {
      two_in_first_phase(w, failed_max);
      if (!web.empty()) {
        add_result(w, "web-01", web);
      }
      if (!stg.empty()) {
        add_result(w, "stg-01", stg);
      }
    };
  };
  list.permit("permit-gate-both-ok", "both hosts report ok", reports(0, "ok", "ok"));
  list.refuse(
      "w4-one-missing", "one of two hosts has not reported", reports(0, "ok", ""), kPending);
  list.permit(
      "permit-gate-one-may-fail", "one failed where one may fail", reports(1, "ok", "failed"));
  list.permit("permit-gate-one-may-be-missing",
              "one has not reported where one may fail",
              reports(1, "ok", ""));
  list.refuse("w4-one-failed", "one failed where none may fail", reports(0, "ok", "failed"));
  list.refuse("w4-both-failed", "both failed where one may fail", reports(1, "failed", "failed"));
  list.refuse("w4-none-ok",
              "one failed, where one may fail, and none is ok",
              reports(1, "failed", ""),
              kPending);
  list.permit("permit-gate-stale-shrinks", "a stale host is left out", reports(0, "ok", "stale"));
  list.permit("permit-gate-c4-shrinks",
              "a host that refused C4 is left out",
              reports(0, "ok", "refused:C4"));
  list.refuse("w4-other-refusal-counts",
              "a host that refused for another reason is not left out",
              reports(0, "ok", "refused:C5"),
              kPending);
  list.refuse("w4-both-stale",
              "where all hosts are stale, none is ok",
              reports(1, "stale", "stale"),
              kPending);
  list.permit("permit-newest-result-ok", "a host failed first and is ok now", [](World& w) {
    no_result(w);
    add_result(w, "web-01", "failed", kNow + 350);
    add_result(w, "web-01", "ok", kNow + 400);
  });
  list.refuse("w4-newest-result-failed", "a host was ok first and failed since", [](World& w) {
    no_result(w);
    add_result(w, "web-01", "ok", kNow + 350);
    add_result(w, "web-01", "failed", kNow + 400);
  });
  list.refuse("w4-newest-by-index",
              "the newest result is the one that stands last in the log, whatever its date",
              [](World& w) {
                no_result(w);
                add_result(w, "web-01", "ok", kNow + 400);
                add_result(w, "web-01", "failed", kNow + 350);
              });
}

void add_soak_cases(CaseList& list) {
  // ok at kNow + 400, recorded at kNow + 401; the phase soaks for 300 seconds.
  const auto at = [](UnixSeconds now) {
    return [=](World& w) {
      make_second_phase(w);
      w.fresh.at = now;
      w.signing("fresh").at = now;
    };
  };
  list.permit("permit-soaked", "the first phase has soaked to the second", at(kNow + 701));
  list.refuse("w4-soaking", "the first phase soaks for a second more", at(kNow + 700), kPending);
  list.refuse(
      "w4-soaking-since-entry",
      "a result that was dated early soaks from its entry",
      [=](World& w) {
        at(kNow + 800)(w);
        w.signing("result-0").entry_at = kNow + 501;
      },
      kPending);
  list.refuse(
      "w4-soaking-since-result",
      "a result that was recorded early soaks from its own time",
      [=](World& w) {
        at(kNow + 800)(w);
        w.results[0].at = kNow + 501;
      },
      kPending);
}

void add_forged_cases(CaseList& list) {
  const auto forged = [&](const std::string& name, std::string summary, auto edit) {
    list.refuse(
        "w4-result-" + name,
        std::move(summary),
        [edit](World& w) {
          make_second_phase(w);
          edit(w);
        },
        kPending);
  };
  forged("of-another-host", "a result that another host signed", [](World& w) {
    w.signing("result-0").key = "host:stg-01";
  });
  forged("signed-by-another-key", "a result with the signature of another host", [](World& w) {
    w.signing("result-0").signer = "host:stg-01";
  });
  forged("by-person", "a result that a person signed", [](World& w) {
    w.signing("result-0").key = "eve";
  });
  forged("not-in-log", "a result that was never recorded", [](World& w) {
    w.signing("result-0").in_log = false;
  });
  forged("not-signed", "a result that nobody signed", [](World& w) { drop(w, "result-0"); });
  forged("outside-the-phase", "the result of a host that is not in the phase", [](World& w) {
    w.results[0].host = w.host_id("stg-01");
    w.signing("result-0").key = "host:stg-01";
  });
  forged("of-another-change", "a result about another change", [](World& w) {
    w.results[0].change = sha256("another");
  });
  forged("of-another-phase", "a result about another phase", [](World& w) {
    w.results[0].phase = name("rest");
  });
  forged("signed-for-another-purpose", "a result signed as an approval", [](World& w) {
    w.signing("result-0").name_space = "approve.v1@twoseal";
  });
  forged("of-host-without-assignment", "the host that reports is not assigned", [](World& w) {
    w.hosts.at("web-01").versions.back().expires = kNow;
  });
  list.refuse(
      "w4-failure-withheld",
      "a result that failed is not shown, so that too few have reported",
      [](World& w) {
        two_in_first_phase(w, 0);
        add_result(w, "web-01", "ok");
        add_result(w, "stg-01", "failed");
      },
      [](Files& files, World& w) {
        files.erase("results/" + w.digest_of("result:1").hex() + ".json");
        files.erase("statements/result-1.json");
        files.erase(proof_path(w, "result-1"));
      },
      kPending);
}

void add_people_cases(CaseList& list) {
  const auto gate = [](World& w, GateKind kind, std::optional<std::int64_t> n) {
    no_result(w);
    w.change.phases->front().gate = {std::nullopt, kind, n};
  };
  const auto signoff = [](World& w, const std::string& key, const std::string& label) {
    Signing one;
    one.act = Act::signoff;
    one.key = key;
    one.at = kNow + 900;
    one.label = label;
    one.named = false;
    w.statements.push_back(one);
  };
  const auto owners = [=](std::int64_t n, const std::vector<std::string>& keys) {
    return [=](World& w) {
      gate(w, GateKind::owner, n);
      for (const std::string& key : keys) {
        signoff(w, key, "signoff-" + key);
      }
      add_second_release(w, "eve");
    };
  };
  list.permit("permit-gate-owner", "an owner signed off", owners(1, {"noor"}));
  list.refuse("w4-no-owner", "no owner signed off", owners(1, {}), kPending);
  list.refuse(
      "w4-signoff-by-another", "somebody who owns nothing signed off", owners(1, {"bo"}), kPending);
  list.refuse("w4-one-owner-of-two",
              "one owner signed off where two are asked for",
              owners(2, {"noor"}),
              kPending);
  list.refuse(
      "w4-one-owner-twice",
      "one owner signed off twice where two are asked for",
      [=](World& w) {
        w.keys["noor-2"] = software_key("noor-2", KeyKind::ssh);
        w.give_key("p:noor", "noor-2");
        owners(2, {"noor", "noor-2"})(w);
      },
      kPending);
  list.permit("permit-gate-two-owners", "two owners signed off", [=](World& w) {
    auto& owned = w.rosters[0].components[2].owners;
    owned = {actor("p:dana"), actor("p:noor")};
    owners(2, {"noor", "dana"})(w);
  });
  list.refuse(
      "w4-signoff-before-release",
      "an owner signed off before the phase was released",
      [=](World& w) {
        gate(w, GateKind::owner, 1);
        Signing early = w.signing("engineering");
        early.act = Act::signoff;
        early.key = "noor";
        early.label = "signoff";
        early.named = false;
        add_before_release(w, early);
        add_second_release(w, "eve");
      },
      kPending);
  list.permit(
      "permit-gate-person", "behind a person's gate the release itself opens it", [=](World& w) {
        gate(w, GateKind::person, std::nullopt);
        add_second_release(w, "eve");
      });
  list.refuse("w4-third-phase-after-first-failed",
              "every earlier phase is judged: the first failed, the second is ok",
              [](World& w) {
                two_in_first_phase(w, 0);
                auto& phases = *w.change.phases;
                Phase third = phases[1];
                third.name = name("last");
                phases[0].hosts = {w.host_id("stg-01")};
                phases[1].hosts = {w.host_id("web-01")};
                phases.push_back(third);
                add_result(w, "stg-01", "failed");
                add_result(w, "web-01", "ok", kNow + 400, "rest");
              });
  list.permit("permit-third-phase", "both earlier phases are ok", [](World& w) {
    two_in_first_phase(w, 0);
    auto& phases = *w.change.phases;
    Phase third = phases[1];
    third.name = name("last");
    phases[0].hosts = {w.host_id("stg-01")};
    phases[1].hosts = {w.host_id("web-01")};
    phases.push_back(third);
    add_result(w, "stg-01", "ok");
    add_result(w, "web-01", "ok", kNow + 400, "rest");
  });
}

}  // namespace

void add_gate_cases(CaseList& list) {
  add_outcome_cases(list);
  add_count_cases(list);
  add_soak_cases(list);
  add_forged_cases(list);
  add_people_cases(list);
}

}  // namespace twoseal::vectors
