// Enum values and their spelling in signed objects. One specialisation per enum, in names.cc.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace twoseal {

template <class Enum>
struct EnumName {
  Enum value;
  std::string_view name;
};

/// All values of `Enum` with their names.
template <class Enum>
[[nodiscard]] std::span<const EnumName<Enum>> enum_names();

template <class Enum>
[[nodiscard]] std::string_view enum_name(Enum value) {
  for (const auto& row : enum_names<Enum>()) {
    if (row.value == value) {
      return row.name;
    }
  }
  return "?";
}

template <class Enum>
[[nodiscard]] std::optional<Enum> enum_value(std::string_view name) {
  for (const auto& row : enum_names<Enum>()) {
    if (row.name == name) {
      return row.value;
    }
  }
  return std::nullopt;
}

/// Whether `word` names something that resources and steps can do to a host: auth data-loss
/// firewall kernel network opaque package reboot trust.
[[nodiscard]] bool is_effect(std::string_view word);

}  // namespace twoseal
