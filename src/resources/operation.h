// What a step does to a host, exactly: the smallest things that are done, checked and undone.
//
// A kind of resource (file, setting, service …) plans; what it plans are these. So a kind needs
// neither its own way to write nor its own way back. docs/formats/state.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "model/plan.h"
#include "system/files.h"
#include "system/packages.h"
#include "system/processes.h"
#include "system/services.h"

namespace twoseal {

/// What stands at a path, as far as it is put back exactly. `kind`: nothing when the path is free.
/// `content`: of the bytes of a regular file, or of the text of a link.
struct PathState {
  std::optional<FileKind> kind;
  std::uint32_t mode = 0;  ///< 0 for a link
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  Digest content;

  bool operator==(const PathState&) const = default;
};

/// `bytes`: what `after.content` is the digest of.
struct FileOperation {
  std::string path;
  PathState before;
  PathState after;
  std::shared_ptr<const Bytes> bytes;
};

struct UnitOperation {
  std::string unit;
  UnitAct act = UnitAct::start;
  UnitActivity activity = UnitActivity::inactive;      ///< before
  UnitEnablement enablement = UnitEnablement::absent;  ///< before
};

struct KernelOperation {
  std::string name;
  std::optional<std::string> before;
  std::string after;
};

struct HoldOperation {
  std::string package;
  bool before = false;
  bool after = false;
};

/// Installs and removes exactly this. `kept`: files of the versions that are replaced or removed,
/// as far as anybody still has them.
struct PackageOperation {
  PackageClosure closure;
  std::vector<PackageFile> kept;
};

/// A program that nobody can preview. `unless`: not run when this one ends with 0.
struct CommandOperation {
  std::string name;
  Program run;
  std::optional<Program> unless;
  std::optional<Program> undo;
};

using Operation = std::variant<FileOperation,
                               UnitOperation,
                               KernelOperation,
                               HoldOperation,
                               PackageOperation,
                               CommandOperation>;

/// A step as it is shown and approved, and what it does.
struct PlannedStep {
  PlanStep shown;
  std::vector<Operation> operations;
};

/// Everything that one host would do. The last steps are handlers.
struct HostPlan {
  std::vector<PlannedStep> steps;

  [[nodiscard]] bool empty() const { return steps.empty(); }
};

/// What the operation touches, as components name it: a path, `unit:NAME`, `package:NAME`,
/// `sysctl:NAME`, `command:NAME`.
[[nodiscard]] std::vector<std::string> touched_by(const Operation& operation);

/// The approved picture of a plan: the canonical bytes of its class.
[[nodiscard]] Bytes class_of(const HostPlan& plan, const Digest& org);

/// HMAC-SHA-256 under `key` over the shown steps and the exact reads and writes of each operation.
[[nodiscard]] Bytes token_of(const HostPlan& plan, const Digest& org, BytesView key);

}  // namespace twoseal
