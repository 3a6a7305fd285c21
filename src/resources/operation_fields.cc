#include "resources/operation_fields.h"

#include <array>

namespace twoseal {

KeptOperation keep(const Operation& operation) {
  KeptOperation kept;
  if (const auto* file = std::get_if<FileOperation>(&operation)) {
    kept.file = *file;
  } else if (const auto* unit = std::get_if<UnitOperation>(&operation)) {
    kept.unit = *unit;
  } else if (const auto* kernel = std::get_if<KernelOperation>(&operation)) {
    kept.kernel = *kernel;
  } else if (const auto* hold = std::get_if<HoldOperation>(&operation)) {
    kept.hold = *hold;
  } else if (const auto* packages = std::get_if<PackageOperation>(&operation)) {
    kept.packages = *packages;
  } else {
    kept.command = std::get<CommandOperation>(operation);
  }
  return kept;
}

Result<Operation> unkeep(KeptOperation kept) {
  const int present = int{kept.command.has_value()} + int{kept.file.has_value()} +
                      int{kept.hold.has_value()} + int{kept.kernel.has_value()} +
                      int{kept.packages.has_value()} + int{kept.unit.has_value()};
  if (present != 1) {
    return fail(Errc::bad_field, "an operation is exactly one thing");
  }
  if (kept.file) {
    return *std::move(kept.file);
  }
  if (kept.unit) {
    return *std::move(kept.unit);
  }
  if (kept.kernel) {
    return *std::move(kept.kernel);
  }
  if (kept.hold) {
    return *std::move(kept.hold);
  }
  if (kept.packages) {
    return *std::move(kept.packages);
  }
  return *std::move(kept.command);
}

template <>
std::span<const EnumName<FileKind>> enum_names<FileKind>() {
  static constexpr std::array kNames = {EnumName<FileKind>{FileKind::directory, "directory"},
                                        EnumName<FileKind>{FileKind::other, "other"},
                                        EnumName<FileKind>{FileKind::regular, "regular"},
                                        EnumName<FileKind>{FileKind::symlink, "symlink"}};
  return kNames;
}

template <>
std::span<const EnumName<UnitAct>> enum_names<UnitAct>() {
  static constexpr std::array kNames = {EnumName<UnitAct>{UnitAct::disable, "disable"},
                                        EnumName<UnitAct>{UnitAct::enable, "enable"},
                                        EnumName<UnitAct>{UnitAct::mask, "mask"},
                                        EnumName<UnitAct>{UnitAct::reload, "reload"},
                                        EnumName<UnitAct>{UnitAct::restart, "restart"},
                                        EnumName<UnitAct>{UnitAct::start, "start"},
                                        EnumName<UnitAct>{UnitAct::stop, "stop"},
                                        EnumName<UnitAct>{UnitAct::unmask, "unmask"}};
  return kNames;
}

template <>
std::span<const EnumName<UnitActivity>> enum_names<UnitActivity>() {
  static constexpr std::array kNames = {EnumName<UnitActivity>{UnitActivity::active, "active"},
                                        EnumName<UnitActivity>{UnitActivity::changing, "changing"},
                                        EnumName<UnitActivity>{UnitActivity::failed, "failed"},
                                        EnumName<UnitActivity>{UnitActivity::inactive, "inactive"}};
  return kNames;
}

template <>
std::span<const EnumName<UnitEnablement>> enum_names<UnitEnablement>() {
  static constexpr std::array kNames = {
      EnumName<UnitEnablement>{UnitEnablement::absent, "absent"},
      EnumName<UnitEnablement>{UnitEnablement::disabled, "disabled"},
      EnumName<UnitEnablement>{UnitEnablement::enabled, "enabled"},
      EnumName<UnitEnablement>{UnitEnablement::fixed, "fixed"},
      EnumName<UnitEnablement>{UnitEnablement::masked, "masked"}};
  return kNames;
}

template <>
std::span<const EnumName<PackageStatus>> enum_names<PackageStatus>() {
  static constexpr std::array kNames = {
      EnumName<PackageStatus>{PackageStatus::broken, "broken"},
      EnumName<PackageStatus>{PackageStatus::configured, "configured"},
      EnumName<PackageStatus>{PackageStatus::leftover, "leftover"}};
  return kNames;
}

}  // namespace twoseal
