// States and plans: what is wanted, and what hosts say would change. docs/formats/plan.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"

namespace twoseal {

enum class Enforce { repair, report };

using WantValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

enum class HandlerAction { reload, restart };

struct Handler {
  HandlerAction action = HandlerAction::reload;
  std::string unit;
};

/// One resource of a state. Its identity is `kind:key`, or `kind:key#sub`.
struct Resource {
  std::string key;
  Name kind;
  bool secret = false;
  std::optional<std::string> sub;
  std::vector<Handler> then;
  std::map<std::string, WantValue> want;

  [[nodiscard]] std::string identity() const {
    return kind.text() + ":" + key + (sub ? "#" + *sub : "");
  }
};

/// The whole of one scope.
struct State {
  Enforce enforce = Enforce::report;
  Digest org;
  std::vector<Resource> resources;
  ScopeId scope;
};

struct PlanRequest {
  std::vector<HostId> hosts;
  Bytes nonce;
  UnixSeconds not_after = 0;
  Digest org;
  ScopeId scope;
  Digest state;
};

struct PlanAnswer {
  UnixSeconds at = 0;
  std::optional<Digest> base;  ///< null: nothing was ever applied to the scope
  Digest class_digest;
  HostId host;
  Digest org;
  Digest request;
  Bytes token;
};

struct PlannedHost {
  std::optional<Digest> base;
  HostId id;
  Bytes token;
};

struct PlannedClass {
  Digest class_digest;
  std::vector<PlannedHost> hosts;
};

struct Plan {
  std::vector<PlannedClass> classes;
  Digest org;
  Digest state;
};

enum class StepAction { change, create, remove, run };

struct DiffLine {
  std::optional<std::string> new_value;
  std::string node;
  std::optional<std::string> old_value;
};

/// A command that cannot be previewed, and the command that undoes it.
struct Opaque {
  std::vector<std::string> argv;
  std::optional<std::vector<std::string>> undo;
};

struct PlanStep {
  StepAction action = StepAction::change;
  std::vector<DiffLine> diff;
  std::vector<Name> effects;
  Name kind;
  std::optional<Opaque> opaque;
  bool hidden = false;  ///< `private`: the content is not shown because not everybody may read it
  std::string res;
  std::vector<Name> risks;
};

/// The steps that one or many hosts would take, alike to the byte.
struct PlanClass {
  std::vector<PlanStep> steps;
  Digest org;
};

}  // namespace twoseal
