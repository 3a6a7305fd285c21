// Steps 16, 18 to 20: the window, repeated use, stops and freezes, and what the state may hold.
#include <algorithm>

#include "base/limits.h"
#include "codec/objects.h"
#include "policy/effects.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

constexpr std::array<std::string_view, 8> kAgentPaths = {
    "/etc/twoseal",
    "/usr/bin/twoseal",
    "/usr/lib/systemd/system/twoseal-agent.service",
    "/lib/systemd/system/twoseal-agent.service",
    "/etc/systemd/system/twoseal-agent.service",
    "/etc/systemd/system/twoseal-agent.service.d",
    "/run/twoseal",
    "/var/lib/twoseal",
};
constexpr std::string_view kAgentName = "twoseal";

const ScopeState* scope_of(const Inspection& in, const ScopeId& scope) {
  if (!in.bundle.state) {
    return nullptr;
  }
  const auto& scopes = in.bundle.state->scopes;
  const auto found = std::find_if(
      scopes.begin(), scopes.end(), [&](const ScopeState& one) { return one.scope == scope; });
  return found != scopes.end() ? &*found : nullptr;
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

void check_used(Inspection& in) {
  if (in.change->use == Use::standing) {
    in.refuse(Step::use, Errc::refuse_w2, "standing changes are not offered by this release");
  }
  for (const UsedChange& one :
       in.bundle.state ? in.bundle.state->used : std::vector<UsedChange>()) {
    if (one.change != in.change_digest()) {
      continue;
    }
    const auto after = in.serving != nullptr ? in.serving->release.after : std::nullopt;
    if (!one.rolled_back || after != one.rolled_back) {
      in.refuse(Step::use,
                Errc::refuse_w2,
                one.rolled_back
                    ? "the change was rolled back here, and its release does not name entry " +
                          std::to_string(*one.rolled_back)
                    : "the change ran here before");
    }
  }
}

void check_base(Inspection& in) {
  if (!in.plan || !in.inputs.host) {
    return;
  }
  const ScopeState* scope = scope_of(in, *in.change->scope);
  const auto held = scope != nullptr ? scope->base : std::nullopt;
  for (const PlannedClass& one : in.plan->classes) {
    for (const PlannedHost& host : one.hosts) {
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

void check_requires(Inspection& in) {
  const auto applied = in.bundle.state ? in.bundle.state->applied : std::vector<AppliedChange>();
  for (const Digest& required : in.change->requires_changes) {
    // The newest mention counts: what was rolled back can have been applied again.
    const auto found =
        std::find_if(applied.rbegin(), applied.rend(), [&](const AppliedChange& one) {
          return one.change == required;
        });
    if (found == applied.rend() || found->rolled_back) {
      in.refuse(Step::use,
                Errc::refuse_w3,
                "required change " + required.text() + " is not applied here");
    }
  }
}

// Whether `resource` reaches into what the agent itself is made of.
bool is_agents_own(const Inspection& in, const Resource& resource) {
  const std::string& kind = resource.kind.text();
  if (!has_path(resource.kind)) {
    const bool named = kind == "service" || kind == "timer" || kind == "package";
    return named && resource.key.starts_with(kAgentName);
  }
  const auto overlaps = [&](std::string_view own) { return reaches(resource, own); };
  const auto own = in.bundle.state ? in.bundle.state->own_paths : std::vector<std::string>();
  return std::any_of(kAgentPaths.begin(), kAgentPaths.end(), overlaps) ||
         std::any_of(own.begin(), own.end(), overlaps);
}

void check_resource(Inspection& in, const Resource& resource) {
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
  if (is_agents_own(in, resource)) {
    in.refuse(Step::resources, Errc::refuse_c5, name + ": belongs to the agent itself");
  }
  for (const ScopeState& scope :
       in.bundle.state ? in.bundle.state->scopes : std::vector<ScopeState>()) {
    if (scope.scope != in.change->scope &&
        std::binary_search(scope.resources.begin(), scope.resources.end(), name)) {
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
    check_resource(in, *resource);
  }
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
