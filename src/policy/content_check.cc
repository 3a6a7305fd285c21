// Steps 9 and 10: the blobs that the change names are here, and this host is one of its targets.
#include <algorithm>

#include "codec/objects.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

// The blob `digest`, decoded as T of this organisation.
template <class T>
std::optional<T> blob_of(Inspection& in, const Digest& digest, std::string_view what) {
  const auto blob = in.bundle.blobs.find(digest);
  if (blob == in.bundle.blobs.end()) {
    in.refuse(
        Step::content, Errc::refuse_c1, std::string(what) + " " + digest.text() + " is not here");
    return std::nullopt;
  }
  auto object = codec::decode<T>(blob->second);
  if (!object) {
    in.refuse(Step::content, Errc::refuse_c1, std::string(what) + ": " + object.error().what);
    return std::nullopt;
  }
  if (object->org != in.inputs.org) {
    in.refuse(
        Step::bytes, Errc::refuse_b2, std::string(what) + ": belongs to another organisation");
    return std::nullopt;
  }
  return *std::move(object);
}

// The state `digest`, of the scope that the change is about.
std::optional<State> state_of(Inspection& in, const Digest& digest, const std::string& what) {
  auto state = blob_of<State>(in, digest, what);
  if (state && state->scope != in.change->scope) {
    in.refuse(Step::content, Errc::refuse_c1, what + " is for another scope than the change");
  }
  return state;
}

// A log names content by digest and need not keep it.
void demand_blob(Inspection& in, const std::optional<Digest>& digest, std::string_view what) {
  if (digest && in.anchor != Anchor::log && !in.bundle.blobs.contains(*digest)) {
    in.refuse(
        Step::content, Errc::refuse_c1, std::string(what) + " " + digest->text() + " is not here");
  }
}

// The blob that holds the content of `resource`, when it is not in the state itself.
std::optional<Digest> source_of(const Resource& resource) {
  const auto source = resource.want.find("source");
  const auto* text =
      source != resource.want.end() ? std::get_if<std::string>(&source->second) : nullptr;
  const auto digest =
      text != nullptr ? Digest::parse(*text) : Result<Digest>(fail(Errc::usage, ""));
  return digest ? std::optional(*digest) : std::nullopt;
}

// State and plan fit each other and the change; every target host stands in the plan.
void check_plan(Inspection& in) {
  const Change& change = *in.change;
  in.state = state_of(in, *change.apply, "the state");
  in.plan = blob_of<Plan>(in, *change.plan, "the plan");
  if (!in.plan) {
    return;
  }
  if (in.plan->state != *change.apply) {
    in.refuse(Step::content, Errc::refuse_c1, "the plan is for another state than the change");
  }
  std::set<HostId> planned;
  for (const PlannedClass& one : in.plan->classes) {
    for (const PlannedHost& host : one.hosts) {
      planned.insert(host.id);
    }
  }
  std::set<HostId> targets;
  for (const TargetHost& host : change.targets.hosts.value_or(std::vector<TargetHost>())) {
    targets.insert(host.id);
  }
  if (change.targets.hosts && planned != targets) {
    in.refuse(Step::content, Errc::refuse_c1, "the plan lists other hosts than the change");
  }
}

// The phase of this host. In none or in several, nothing that a phase decides is judged.
void find_phase(Inspection& in) {
  const auto& phases = *in.change->phases;
  int found = 0;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (in.inputs.host &&
        std::binary_search(phases[i].hosts.begin(), phases[i].hosts.end(), *in.inputs.host)) {
      in.phase = i;
      ++found;
    }
  }
  in.has_phase = found == 1;
}

// Every target stands in exactly one phase.
void check_phases(Inspection& in) {
  std::multiset<HostId> listed;
  for (const Phase& phase : *in.change->phases) {
    listed.insert(phase.hosts.begin(), phase.hosts.end());
  }
  std::multiset<HostId> targets;
  for (const TargetHost& host : *in.change->targets.hosts) {
    targets.insert(host.id);
  }
  if (listed != targets) {
    in.refuse(Step::target, Errc::refuse_c2, "the phases do not name every target exactly once");
  }
}

// Whether an assignment here gives a host this name.
bool is_assigned(const Inspection& in, std::string_view name) {
  return std::any_of(
      in.bundle.assignments.begin(), in.bundle.assignments.end(), [&](const auto& host) {
        const auto& versions = host.second.versions;
        return !versions.empty() && versions.rbegin()->second.value.name == name;
      });
}

void check_person_target(Inspection& in) {
  if (in.inputs.host) {
    in.refuse(
        Step::target, Errc::refuse_c2, "the change is carried out by a person, not by a host");
    return;
  }
  for (const TargetAsset& asset : *in.change->targets.assets) {
    if (asset.id.text().starts_with("h:") || is_assigned(in, asset.name)) {
      in.refuse(Step::target,
                Errc::refuse_c2,
                asset.name + ": a host with an agent is changed by its agent");
    }
    in.targets.push_back({asset.name,
                          asset.env,
                          asset.data_class,
                          {asset.components.begin(), asset.components.end()}});
  }
}

// The labels of the workspace that a runner serves.
void check_runner_target(Inspection& in) {
  const Executor& executor = in.change->executor;
  const auto workspaces = in.assignment->workspaces.value_or(std::vector<Workspace>());
  const auto found = std::find_if(workspaces.begin(), workspaces.end(), [&](const Workspace& one) {
    return one.id == *executor.workspace;
  });
  if (found == workspaces.end() || executor.host != in.inputs.host) {
    in.refuse(Step::target,
              Errc::refuse_c2,
              "workspace " + executor.workspace->text() + " is not assigned to this runner");
    return;
  }
  in.targets.push_back({found->id.text(),
                        found->env,
                        found->data_class,
                        {found->components.begin(), found->components.end()}});
}

void check_host_target(Inspection& in) {
  if (!in.inputs.host) {
    in.refuse(Step::target, Errc::refuse_c2, "the decision names no host");
    return;
  }
  const auto& hosts = *in.change->targets.hosts;
  const auto found = std::find_if(hosts.begin(), hosts.end(), [&](const TargetHost& host) {
    return host.id == *in.inputs.host;
  });
  if (found == hosts.end()) {
    in.refuse(Step::target, Errc::refuse_c2, in.inputs.host->text() + " is not among the targets");
    return;
  }
  if (in.assignment == nullptr) {
    return;
  }
  if (found->name != in.assignment->name) {
    in.refuse(Step::target,
              Errc::refuse_c2,
              "the change calls this host " + found->name + "; it is " + in.assignment->name);
    return;
  }
  if (in.change->executor.by == ExecutorBy::runner) {
    check_runner_target(in);
  } else {
    in.targets.push_back({in.assignment->name, in.assignment->env, in.assignment->data_class, {}});
  }
}

}  // namespace

Name Inspection::phase_name() const {
  return change->phases ? (*change->phases)[phase].name : whole_phase();
}

std::vector<const Resource*> Inspection::resources() const {
  std::vector<const Resource*> list;
  for (const std::optional<State>* one : {&state, &undo_state}) {
    if (one->has_value()) {
      for (const Resource& resource : (*one)->resources) {
        list.push_back(&resource);
      }
    }
  }
  return list;
}

const Name& whole_phase() {
  static const Name kWhole = Name::parse("all").value();
  return kWhole;
}

void check_content(Inspection& in) {
  const Change& change = *in.change;
  if (change.executor.by != ExecutorBy::person) {
    check_plan(in);
  }
  demand_blob(in, change.rollback.blob, "the rollback procedure");
  if (change.rollback.state) {
    in.undo_state = state_of(in, *change.rollback.state, "the rollback state");
  }
  for (const Resource* resource : in.resources()) {
    if (const auto source = source_of(*resource)) {
      demand_blob(in, source, "the content of " + resource->identity());
    }
  }
  for (const EvidenceRef& evidence : change.evidence) {
    demand_blob(in, evidence.blob, "evidence");
  }
}

void check_target(Inspection& in) {
  const Change& change = *in.change;
  if (change.phases) {
    find_phase(in);
  }
  if (change.targets.where) {
    in.refuse(
        Step::target, Errc::refuse_c2, "targets by condition are not offered by this release");
    return;
  }
  if (change.executor.by == ExecutorBy::person) {
    check_person_target(in);
    return;
  }
  check_phases(in);
  check_host_target(in);
}

}  // namespace twoseal
