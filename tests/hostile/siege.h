// An honest organisation with its server and the agents of its hosts, each behind a server that can
// be made crooked.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/hostile/victim.h"
#include "tests/support/test_server.h"

namespace twoseal::hostile {

class Siege {
 public:
  /// Two hosts in prod, the first of which is the canary of every change, and one in test. All have
  /// made their first contact. Their clocks are one, and the server has another.
  explicit Siege(LiveOrganisation with = LiveOrganisation(2, 1));

  /// The canary; the host that comes after it; a host that no change lists.
  Victim& victim() { return *hosts_[0]; }

  Victim& second() { return *hosts_[1]; }

  Victim& stranger() { return *hosts_[2]; }

  /// Moves both clocks.
  void pass(std::int64_t seconds);

  /// A change of one resource, not planned yet.
  LiveChange draft_of(const std::string& kind,
                      const std::string& key,
                      std::map<std::string, WantValue> want);

  /// `draft` with the plans of both hosts in prod.
  LiveChange planned(const LiveChange& draft);

  void author(const LiveChange& change);
  void approve(const LiveChange& change);
  void release(const LiveChange& change,
               const std::string& phase = "canary",
               std::optional<std::int64_t> after = {});

  /// Recorded, on the way of everybody who signs.
  void record(const LiveSigned& one, const std::string& who);

  /// A rollback of `change` by Eve, on all hosts: its place in the log.
  std::int64_t roll_back(const LiveChange& change);

  /// Planned, authored and approved; and released for the canary.
  LiveChange approved(const LiveChange& draft);
  LiveChange released(const LiveChange& draft);
  LiveChange released(const std::string& name, const std::string& scope = "web-motd");

  /// Released, and applied by the canary.
  LiveChange applied(const std::string& name, const std::string& scope = "web-motd");

  /// What an honest server would give `who` to decide about `change`, whoever the host is.
  [[nodiscard]] Files files_for(const Victim& who, const LiveChange& change);

  [[nodiscard]] LiveOrganisation& organisation() { return server.organisation; }

  test::TestServer server;
  ManualClock host_clock;

 private:
  std::vector<std::unique_ptr<Victim>> hosts_;
};

/// The work that asks a host to carry `change` out, or to take it back.
[[nodiscard]] Twist offer_change(const LiveChange& change, WorkKind kind = WorkKind::apply);

/// The path of an answer about `change`.
[[nodiscard]] std::string path_of(const LiveChange& change);

}  // namespace twoseal::hostile
