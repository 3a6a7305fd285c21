// Field tables of operations, for those who keep them: the journal of the agent.
// docs/formats/journal.md.
#pragma once

#include "codec/tables.h"
#include "resources/operation.h"

namespace twoseal {

/// An operation as it is kept: exactly one member is present. The bytes of files are not: they are
/// kept beside it under their digest.
struct KeptOperation {
  std::optional<CommandOperation> command;
  std::optional<FileOperation> file;
  std::optional<HoldOperation> hold;
  std::optional<KernelOperation> kernel;
  std::optional<PackageOperation> packages;
  std::optional<UnitOperation> unit;
};

[[nodiscard]] KeptOperation keep(const Operation& operation);

/// Errc::bad_field when not exactly one member is present.
[[nodiscard]] Result<Operation> unkeep(KeptOperation kept);

template <>
std::span<const EnumName<FileKind>> enum_names<FileKind>();
template <>
std::span<const EnumName<UnitAct>> enum_names<UnitAct>();
template <>
std::span<const EnumName<UnitActivity>> enum_names<UnitActivity>();
template <>
std::span<const EnumName<UnitEnablement>> enum_names<UnitEnablement>();
template <>
std::span<const EnumName<PackageStatus>> enum_names<PackageStatus>();

namespace codec {

inline constexpr std::int64_t kModeMax = 07777;
inline constexpr std::int64_t kAccountMax = 4'294'967'295;
inline constexpr Count kKeptText{0, 16'384};
inline constexpr Count kKeptList{0, 65'536};

/// An unsigned number through the signed one that tables know.
template <class V, class Number>
void number(V& v, std::string_view key, Number& value, std::int64_t max) {
  auto wide = static_cast<std::int64_t>(value);
  v.integer(key, wide, 0, max);
  value = static_cast<Number>(wide);
}

template <class V>
void fields(V& v, PathState& x) {
  v("content", x.content);
  number(v, "gid", x.gid, kAccountMax);
  v.optional("kind", x.kind);
  number(v, "mode", x.mode, kModeMax);
  number(v, "uid", x.uid, kAccountMax);
}

template <class V>
void fields(V& v, FileOperation& x) {
  v("after", x.after);
  v("before", x.before);
  v.text("path", x.path, {1, 4096});
}

template <class V>
void fields(V& v, UnitOperation& x) {
  v("act", x.act);
  v("activity", x.activity);
  v("enablement", x.enablement);
  v.text("unit", x.unit, kLine);
}

template <class V>
void fields(V& v, KernelOperation& x) {
  v.text("after", x.after, {0, 65'536});
  v.optional("before", x.before);
  v.text("name", x.name, kLine);
}

template <class V>
void fields(V& v, HoldOperation& x) {
  v("after", x.after);
  v("before", x.before);
  v.text("package", x.package, kLine);
}

template <class V>
void fields(V& v, InstalledPackage& x) {
  v.text("arch", x.arch, kLine);
  v("hold", x.hold);
  v.text("name", x.name, kLine);
  v("status", x.status);
  v.text("version", x.version, kLine);
}

template <class V>
void fields(V& v, PackageFile& x) {
  v.text("arch", x.arch, kLine);
  v("digest", x.digest);
  v.text("name", x.name, kLine);
  number(v, "size", x.size, limits::kIntegerMax);
  v.text("uri", x.uri, kKeptText);
  v.text("version", x.version, kLine);
}

template <class V>
void fields(V& v, PackageClosure& x) {
  v.list("install", x.install, kKeptList);
  v.list("remove", x.remove, kKeptList);
  v.list("replaced", x.replaced, kKeptList);
  v.list("whole", x.whole, kKeptList);
}

template <class V>
void fields(V& v, PackageOperation& x) {
  v("closure", x.closure);
  v.list("kept", x.kept, kKeptList);
}

template <class V>
void fields(V& v, Program& x) {
  v.list("arguments", x.arguments, kKeptList);
  v.text("directory", x.directory, kKeptText);
  v.list("environment", x.environment, kFew);
  v("seconds_max", x.seconds_max);
  v.text("user", x.user, {0, 32});
}

template <class V>
void fields(V& v, CommandOperation& x) {
  v.text("name", x.name, kLine);
  v("run", x.run);
  v.optional("undo", x.undo);
  v.optional("unless", x.unless);
}

template <class V>
void fields(V& v, KeptOperation& x) {
  v.optional("command", x.command);
  v.optional("file", x.file);
  v.optional("hold", x.hold);
  v.optional("kernel", x.kernel);
  v.optional("packages", x.packages);
  v.optional("unit", x.unit);
}

}  // namespace codec
}  // namespace twoseal
