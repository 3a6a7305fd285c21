#include "resources/operation.h"

#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal {
namespace {

// Fields one after the other, each with its length, so that no two lists of fields look alike.
class Exact {
 public:
  void put(BytesView text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }

  void put(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      bytes_ += static_cast<char>((number >> shift) & 0xff);
    }
  }

  void put(const Digest& digest) { put(digest.view()); }

  void put(const std::optional<std::string>& text) {
    put(std::uint64_t{text.has_value()});
    put(BytesView(text.value_or("")));
  }

  template <class T>
  void put_all(const std::vector<T>& items) {
    put(static_cast<std::uint64_t>(items.size()));
    for (const T& item : items) {
      put(item);
    }
  }

  void put(const std::string& text) { put(BytesView(text)); }

  void put(const PathState& state) {
    put(std::uint64_t{state.kind.has_value()});
    put(static_cast<std::uint64_t>(state.kind.value_or(FileKind::other)));
    put(std::uint64_t{state.mode});
    put(std::uint64_t{state.uid});
    put(std::uint64_t{state.gid});
    put(state.content);
  }

  void put(const PackageFile& file) {
    put(file.name);
    put(file.version);
    put(file.arch);
    put(file.digest);
  }

  void put(const InstalledPackage& package) {
    put(package.name);
    put(package.version);
    put(package.arch);
    put(static_cast<std::uint64_t>(package.status));
  }

  void put(const Program& program) {
    put_all(program.arguments);
    put(program.user);
    put(program.directory);
    put_all(program.environment);
    put(static_cast<std::uint64_t>(program.seconds_max));
  }

  void put(const std::optional<Program>& program) {
    put(std::uint64_t{program.has_value()});
    put(program.value_or(Program()));
  }

  void operator()(const FileOperation& one) {
    put(one.path);
    put(one.before);
    put(one.after);
  }

  void operator()(const UnitOperation& one) {
    put(one.unit);
    put(static_cast<std::uint64_t>(one.act));
    put(static_cast<std::uint64_t>(one.activity));
    put(static_cast<std::uint64_t>(one.enablement));
  }

  void operator()(const KernelOperation& one) {
    put(one.name);
    put(one.before);
    put(one.after);
  }

  void operator()(const HoldOperation& one) {
    put(one.package);
    put(std::uint64_t{one.before});
    put(std::uint64_t{one.after});
  }

  void operator()(const PackageOperation& one) {
    put_all(one.closure.install);
    put_all(one.closure.replaced);
    put_all(one.closure.remove);
    put_all(one.kept);
  }

  void operator()(const CommandOperation& one) {
    put(one.name);
    put(one.run);
    put(one.unless);
    put(one.undo);
  }

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

std::vector<std::string> packages_touched(const PackageOperation& one) {
  std::vector<std::string> touched;
  for (const PackageFile& file : one.closure.install) {
    touched.push_back("package:" + file.name);
  }
  for (const InstalledPackage& package : one.closure.remove) {
    touched.push_back("package:" + package.name);
  }
  return touched;
}

}  // namespace

std::vector<std::string> touched_by(const Operation& operation) {
  if (const auto* file = std::get_if<FileOperation>(&operation)) {
    return {file->path};
  }
  if (const auto* unit = std::get_if<UnitOperation>(&operation)) {
    return {"unit:" + unit->unit};
  }
  if (const auto* kernel = std::get_if<KernelOperation>(&operation)) {
    return {"sysctl:" + kernel->name};
  }
  if (const auto* hold = std::get_if<HoldOperation>(&operation)) {
    return {"package:" + hold->package};
  }
  if (const auto* command = std::get_if<CommandOperation>(&operation)) {
    return {"command:" + command->name};
  }
  return packages_touched(std::get<PackageOperation>(operation));
}

Bytes class_of(const HostPlan& plan, const Digest& org) {
  PlanClass shown;
  shown.org = org;
  for (const PlannedStep& step : plan.steps) {
    shown.steps.push_back(step.shown);
  }
  return codec::encode(shown);
}

Bytes token_of(const HostPlan& plan, const Digest& org, BytesView key) {
  Exact exact;
  exact.put(BytesView("twoseal plan token v1"));
  exact.put(class_of(plan, org));
  for (const PlannedStep& step : plan.steps) {
    exact.put(static_cast<std::uint64_t>(step.operations.size()));
    for (const Operation& operation : step.operations) {
      exact.put(static_cast<std::uint64_t>(operation.index()));
      std::visit(exact, operation);
    }
  }
  return hmac_sha256(key, exact.bytes());
}

}  // namespace twoseal
