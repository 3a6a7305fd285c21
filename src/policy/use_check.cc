// Steps 16, 18 to 20: the window, repeated use, stops and freezes, and what the
// state may hold.
#include <algorithm>

#include "base/limits.h"
#include "codec/objects.h"
#include "policy/agents_own.h"
#include "policy/effects.h"
#include "policy/inspection.h"
#include "policy/plan_request.h"

namespace twoseal {
namespace {

// What was last applied to `scope` here. A memory that has it twice names every
// one: the plan must build on them all.
std::set<std::optional<Digest>> bases_of(const Inspection& in, const ScopeId& scope) {
  std::set<std::optional<Digest>> bases;
  for (const ScopeState& one :
       in.bundle.state ? in.bundle.state->scopes : std::vector<ScopeState>()) {
    if (one.scope == scope) {
      bases.insert(one.base);
    }
  }
  return bases.empty() ? std::set<std::optional<Digest>>{std::nullopt} : bases;
}

void check_window(Inspection& in) {
  const Window& window = in.change->window;
  if (in.lo < window.not_before) {
    in.findings.refuse(Step::use,
                       Errc::refuse_w1,
                       Exit::pending,
                       "the window opens at " + std::to_string(window.not_before) + "; now it is " +
                           std::to_string(in.lo));
  }
  if (in.hi > window.not_after) {
    in.refuse(Step::use,
              Errc::refuse_w1,
              "the window closed at " + std::to_string(window.not_after) + "; now it is " +
                  std::to_string(in.hi));
  }
}

// Whether the release was recorded behind the rollback at `index`, and names that or a later one:
// whoever signed it knew of both.
bool overrides(const ServingRelease& serving, std::int64_t index) {
  return serving.release.after && *serving.release.after >= index && serving.index > index;
}

void check_used(Inspection& in) {
  if (in.change->use == Use::standing) {
    in.refuse(Step::use, Errc::refuse_w2, "standing changes are not offered by this release");
  }
  for (const UsedChange& one :
       in.bundle.state ? in.bundle.state->used : std::vector<UsedChange>()) {
    if (one.change != in.change_digest()) {
      continue;
    }
    const bool again =
        one.rolled_back && in.serving != nullptr && overrides(*in.serving, *one.rolled_back);
    if (!again) {
      in.refuse(Step::use,
                Errc::refuse_w2,
                one.rolled_back ? "the change was rolled back here, and its release does not name "
                                  "entry " +
                                      std::to_string(*one.rolled_back) + " or a later rollback"
                                : "the change ran here before");
    }
  }
}

void check_base(Inspection& in) {
  if (!in.plan || !in.inputs.host) {
    return;
  }
  const auto bases = bases_of(in, *in.change->scope);
  for (const PlannedClass& one : in.plan->classes) {
    for (const PlannedHost& host : one.hosts) {
      for (const auto& held : bases) {
        if (host.id == *in.inputs.host && host.base != held) {
          in.refuse(Step::use,
                    Errc::refuse_w3,
                    "the plan builds on " + (host.base ? host.base->text() : "nothing") +
                        "; last applied to scope " + in.change->scope->text() + " is " +
                        (held ? held->text() : "nothing"));
        }
      }
    }
  }
}

void check_requires(Inspection& in) {
  const auto applied = in.bundle.state ? in.bundle.state->applied : std::vector<AppliedChange>();
  for (const Digest& required : in.change->requires_changes) {
    // The newest mention counts: what was rolled back can have been applied
    // again.
    const auto is_required = [&](const AppliedChange& one) { return one.change == required; };
    const auto found = std::find_if(applied.rbegin(), applied.rend(), is_required);
    if (found == applied.rend() || found->rolled_back) {
      in.refuse(Step::use,
                Errc::refuse_w3,
                "required change " + required.text() + " is not applied here");
    }
  }
}

std::vector<std::string> own_paths(const Inspection& in) {
  return in.bundle.state ? in.bundle.state->own_paths : std::vector<std::string>();
}

// The agent is updated only to packages that the policy lists.
bool is_listed_update(const Inspection& in, const Resource& resource) {
  const auto releases = in.policy != nullptr ? in.policy->releases : std::vector<Digest>();
  return std::any_of(releases.begin(), releases.end(), [&](const Digest& digest) {
    return digest.text() == resource.key;
  });
}

// What an identity `kind:path#sub` says about the file system.
struct PathClaim {
  std::string_view path;
  bool whole = false;  ///< a file, directory or link as such, not something inside a file
};

// Nothing for kinds that leave the bytes at a path alone.
std::optional<PathClaim> claim_of(std::string_view identity) {
  constexpr std::array<std::string_view, 4> kKinds = {"directory", "file", "setting", "symlink"};
  const std::size_t colon = std::min(identity.find(':'), identity.size());
  if (std::find(kKinds.begin(), kKinds.end(), identity.substr(0, colon)) == kKinds.end()) {
    return std::nullopt;
  }
  identity.remove_prefix(std::min(colon + 1, identity.size()));
  const std::size_t hash = identity.find('#');
  return PathClaim{identity.substr(0, hash), hash == std::string_view::npos};
}

// Whether both cannot be wanted: they are the same, or one wants the whole of a path and the other
// something of it.
bool conflicts(const std::string& one, const std::string& other) {
  const auto claim = claim_of(one);
  const auto other_claim = claim_of(other);
  return one == other || (claim && other_claim && claim->path == other_claim->path &&
                          (claim->whole || other_claim->whole));
}

// Two resources of one state that cannot both be wanted.
void check_together(Inspection& in, const std::optional<State>& state) {
  std::map<std::string, std::vector<const Resource*>> by_key;
  if (!state) {
    return;
  }
  for (const Resource& resource : state->resources) {
    auto& others = by_key[resource.key];
    for (const Resource* other : others) {
      if (conflicts(resource.identity(), other->identity())) {
        in.refuse(Step::resources,
                  Errc::refuse_c5,
                  resource.identity() + " and " + other->identity() + " want the same path");
      }
    }
    others.push_back(&resource);
  }
}

void check_resource(Inspection& in,
                    const std::optional<ScopeId>& own_scope,
                    const Resource& resource) {
  const std::string name = resource.identity();
  if (resource.secret) {
    in.refuse(Step::secrets, Errc::refuse_k1, name + " is marked secret");
  }
  if (!is_known_kind(resource.kind)) {
    in.refuse(Step::resources, Errc::refuse_c5, name + ": its kind is not known");
    return;
  }
  if (has_path(resource.kind) && !is_plain_path(resource.key)) {
    in.refuse(Step::resources, Errc::refuse_c5, name + ": its path is not absolute and plain");
    return;
  }
  if (resource.kind.text() == "agent_update" && !is_listed_update(in, resource)) {
    in.refuse(Step::resources,
              Errc::refuse_c5,
              name + ": the policy lists no such package of twoseal under releases");
  }
  if (is_agents_own(resource, own_paths(in))) {
    in.refuse(Step::resources, Errc::refuse_c5, name + ": belongs to the agent itself");
  }
  for (const ScopeState& scope :
       in.bundle.state ? in.bundle.state->scopes : std::vector<ScopeState>()) {
    if (scope.scope != own_scope &&
        std::any_of(scope.resources.begin(), scope.resources.end(), [&](const std::string& held) {
          return conflicts(name, held);
        })) {
      in.refuse(
          Step::resources, Errc::refuse_c5, name + ": is owned by scope " + scope.scope.text());
    }
  }
}

}  // namespace

void check_use(Inspection& in) {
  check_window(in);
  check_used(in);
  check_base(in);
  check_requires(in);
}

void check_resources(Inspection& in) {
  if (!in.change->secrets.empty()) {
    in.refuse(Step::secrets, Errc::refuse_k1, "the change carries secrets");
  }
  for (const Resource* resource : in.resources()) {
    check_resource(in, in.change->scope, *resource);
  }
  check_together(in, in.state);
  check_together(in, in.undo_state);
}

Result<void> check_planned_state(const Inspection& documents,
                                 const AgentState& memory,
                                 const State& state) {
  Inspection in;
  in.policy = documents.policy;
  in.bundle.state = memory;
  for (const Resource& resource : state.resources) {
    check_resource(in, state.scope, resource);
  }
  check_together(in, state);
  return in.findings.empty()
             ? Result<void>()
             : fail(in.findings.sorted().front().code, in.findings.sorted().front().text);
}

void derive_effects(Inspection& in) {
  in.effects = {in.change->effects.begin(), in.change->effects.end()};
  for (const Resource* resource : in.resources()) {
    for (const Name& effect : effects_of(*resource)) {
      if (in.effects.insert(effect).second) {
        in.refuse(Step::quorum,
                  Errc::refuse_s6,
                  resource->identity() + " has the effect " + effect.text() +
                      ", which the change does not declare");
      }
    }
  }
}

}  // namespace twoseal
