// Step 17: whether the phases before went well enough for this one to begin.
#include <algorithm>

#include "policy/gate.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

// One host's newest word about a phase.
struct HostReport {
  const HostResult* result = nullptr;
  RoleMoment moment;
};

// The identity key of `host`, from its proven assignment.
std::optional<PublicKey> host_key(Inspection& in, const HostId& host) {
  if (in.policy == nullptr) {
    return std::nullopt;
  }
  const auto assignment = proven_assignment(in, host, std::nullopt);
  if (!assignment) {
    in.findings.note("results of " + host.text() + " do not count: " + assignment.error().what);
    return std::nullopt;
  }
  return PublicKey::parse_ssh((*assignment)->keys.id).value();
}

// Hands every valid, recorded result of the hosts of `phase` to `use`.
template <class Use>
void for_each_result(Inspection& in, const Phase& phase, Use use) {
  std::map<HostId, std::optional<PublicKey>> keys;
  for (const auto& [digest, result] : in.bundle.results) {
    if (result.change != in.change_digest() || result.phase != phase.name ||
        !std::binary_search(phase.hosts.begin(), phase.hosts.end(), result.host)) {
      continue;
    }
    if (!keys.contains(result.host)) {
      keys.emplace(result.host, host_key(in, result.host));
    }
    const auto& key = keys.at(result.host);
    for (const auto& [id, source] : in.bundle.statements) {
      if (!key || source.statement.obj != digest || source.statement.act != Act::sign ||
          source.statement.obj_type != ObjType::result) {
        continue;
      }
      // A valid one is by the host itself, whose id names its key.
      const Judged& judged = in.judge->judge_host(source, *key);
      if (judged.valid()) {
        use(result, judged.moment);
      }
    }
  }
}

// The newest valid, recorded result of each host of `phase`.
std::map<HostId, HostReport> reports_of(Inspection& in, const Phase& phase) {
  std::map<HostId, HostReport> reports;
  for_each_result(in, phase, [&](const HostResult& result, const RoleMoment& moment) {
    const auto held = reports.find(result.host);
    if (held == reports.end() || held->second.moment.index < moment.index) {
      reports[result.host] = {&result, moment};
    }
  });
  return reports;
}

void pending(Inspection& in, std::string text) {
  in.findings.refuse(Step::gate, Errc::refuse_w4, Exit::pending, std::move(text));
}

void check_auto_gate(Inspection& in, const Phase& phase) {
  const GateTally tally = phase_tally(in, phase);
  const auto size = static_cast<std::int64_t>(phase.hosts.size()) - tally.stale;
  const std::string counts = "phase " + phase.name.text() + ": " + std::to_string(tally.ok) +
                             " ok, " + std::to_string(tally.failed) + " failed of " +
                             std::to_string(size);
  switch (judge_auto_gate(phase, tally, in.lo)) {
    case GateAnswer::closed:
      in.refuse(Step::gate,
                Errc::refuse_w4,
                counts + "; at most " + std::to_string(*phase.gate.failed_max) + " may fail");
      break;
    case GateAnswer::undecided:
      pending(in, counts + "; not decided yet");
      break;
    case GateAnswer::soaks:
      pending(in, counts + "; soaks until " + std::to_string(soak_end(phase, tally)));
      break;
    case GateAnswer::open:
      break;
  }
}

// Sign-offs by different owners, recorded after the phase was released.
void check_owner_gate(Inspection& in, std::size_t number) {
  const Phase& phase = (*in.change->phases)[number];
  const ServingRelease* released = serving_release(in, number);
  std::set<ActorId> owners;
  for (const Judged* judged : in.judge->valid(in.change_digest(), ObjType::change, Act::signoff)) {
    const bool owns = std::any_of(
        in.change->components.begin(), in.change->components.end(), [&](const auto& component) {
          const auto role = RoleId::parse("owner:" + component.text()).value();
          return in.keyring->holds(judged->statement().by, role, judged->moment);
        });
    if (owns && released != nullptr && judged->moment.index > released->index &&
        !in.withdrawn.contains(judged->source->digest)) {
      owners.insert(judged->statement().by);
    }
  }
  if (static_cast<std::int64_t>(owners.size()) < *phase.gate.n) {
    pending(in,
            "phase " + phase.name.text() + ": " + std::to_string(owners.size()) + " of " +
                std::to_string(*phase.gate.n) + " owners signed off");
  }
}

void check_person_gate(Inspection& in, const Phase& next) {
  const bool released = std::any_of(in.releases.begin(), in.releases.end(), [&](const auto& one) {
    return one.release.phase == next.name && !one.withdrawn;
  });
  if (!released) {
    pending(in, "phase " + next.name.text() + " waits for its release");
  }
}

}  // namespace

std::vector<const HostResult*> results_of(Inspection& in, const Phase& phase, const HostId& host) {
  std::map<std::int64_t, const HostResult*> by_index;
  for_each_result(in, phase, [&](const HostResult& result, const RoleMoment& moment) {
    if (result.host == host) {
      by_index[moment.index] = &result;
    }
  });
  std::vector<const HostResult*> ordered;
  for (const auto& [index, result] : by_index) {
    ordered.push_back(result);
  }
  return ordered;
}

GateTally phase_tally(Inspection& in, const Phase& phase) {
  GateTally tally;
  for (const auto& [host, report] : reports_of(in, phase)) {
    tally.count(report.result->outcome, std::max(report.result->at, report.moment.entry_at));
  }
  return tally;
}

GateTally tally_of_unasked(Inspection& in, const Phase& phase) {
  GateTally tally;
  for (const auto& [host, report] : reports_of(in, phase)) {
    if (!report.result->rollback) {
      tally.count(report.result->outcome, std::max(report.result->at, report.moment.entry_at));
    }
  }
  return tally;
}

void check_gates(Inspection& in) {
  if (!in.change->phases || !in.has_phase || !in.log->open() || in.gates_passed) {
    return;
  }
  const auto& phases = *in.change->phases;
  for (std::size_t i = 0; i < in.phase; ++i) {
    const GateKind kind = phases[i].gate.kind;
    if (kind == GateKind::automatic) {
      check_auto_gate(in, phases[i]);
    } else if (kind == GateKind::owner) {
      check_owner_gate(in, i);
    } else {
      check_person_gate(in, phases[i + 1]);
    }
  }
}

}  // namespace twoseal
