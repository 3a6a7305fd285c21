#include "system/linux/linux_unit_book.h"

#include <string_view>

#include <fmt/format.h>

namespace twoseal {
namespace {

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr std::uint64_t kCallMicroseconds = 30'000'000;

bool is_text(char type) {
  return type == 's' || type == 'o' || type == 'g';
}

}  // namespace

Result<void> LinuxUnitBook::connect() {
  if (failed_) {
    return std::unexpected(*failed_);
  }
  if (bus_ != nullptr) {
    return {};
  }
  const auto functions = sd_bus_functions();
  auto bus = functions ? open_sd_bus(**functions, address_)
                       : Result<SdBus>(std::unexpected(functions.error()));
  if (!bus) {
    failed_ = bus.error();
    return std::unexpected(*failed_);
  }
  functions_ = *functions;
  bus_ = std::move(*bus);
  return {};
}

Result<SdBusMessage> LinuxUnitBook::call(const std::string& path,
                                         const char* interface,
                                         const char* method,
                                         const char* argument) {
  TWOSEAL_TRY_VOID(connect());
  sd_bus_message* made = nullptr;
  int result =
      functions_->new_method_call(bus_.get(), &made, kService, path.c_str(), interface, method);
  const SdBusMessage message(made);
  if (result >= 0 && argument != nullptr) {
    result = functions_->append(message.get(), "s", argument);
  }
  SdBusError error;
  sd_bus_message* answer = nullptr;
  if (result >= 0) {
    result =
        functions_->bus_call(bus_.get(), message.get(), kCallMicroseconds, error.get(), &answer);
  }
  if (result < 0) {
    return std::unexpected(error.error(result, argument == nullptr ? "" : argument));
  }
  return SdBusMessage(answer);
}

Result<std::vector<std::string>> LinuxUnitBook::names() {
  TWOSEAL_TRY(const SdBusMessage answer, call(kManagerPath, kManager, "ListUnits", nullptr));
  std::vector<std::string> names;
  int result = functions_->enter_container(answer.get(), 'a', "(ssssssouso)");
  while (result > 0) {
    const char* name = nullptr;
    const char* text = nullptr;
    std::uint32_t number = 0;
    result = functions_->read(answer.get(),
                              "(ssssssouso)",
                              &name,
                              &text,
                              &text,
                              &text,
                              &text,
                              &text,
                              &text,
                              &number,
                              &text,
                              &text);
    if (result > 0) {
      names.emplace_back(name);
    }
  }
  if (result < 0) {
    return std::unexpected(SdBusError().error(result, ""));
  }
  return names;
}

Result<std::vector<UnitProperty>> LinuxUnitBook::properties(const std::string& unit) {
  TWOSEAL_TRY(const SdBusMessage loaded, call(kManagerPath, kManager, "LoadUnit", unit.c_str()));
  const char* path = nullptr;
  int result = functions_->read(loaded.get(), "o", &path);
  if (result <= 0) {
    return std::unexpected(SdBusError().error(result, unit));
  }
  TWOSEAL_TRY(const SdBusMessage answer, call(path, kProperties, "GetAll", kUnit));
  std::vector<UnitProperty> properties;
  result = functions_->enter_container(answer.get(), 'a', "{sv}");
  while (result >= 0 && functions_->enter_container(answer.get(), 'e', "sv") > 0) {
    properties.push_back(read_property(answer.get()));
    result = functions_->exit_container(answer.get());
  }
  if (result < 0) {
    return std::unexpected(SdBusError().error(result, unit));
  }
  return properties;
}

UnitProperty LinuxUnitBook::read_property(sd_bus_message* answer) {
  UnitProperty property;
  const char* name = nullptr;
  const char* type = nullptr;
  if (functions_->read(answer, "s", &name) <= 0 ||
      functions_->peek_type(answer, nullptr, &type) <= 0 || type == nullptr) {
    return property;
  }
  property.name = name;
  const std::string contents(type);  // the view is gone with the next call
  if (functions_->enter_container(answer, 'v', contents.c_str()) > 0) {
    read_value(answer, contents.c_str(), property);
    functions_->exit_container(answer);
  }
  return property;
}

void LinuxUnitBook::read_value(sd_bus_message* answer, const char* type, UnitProperty& property) {
  const std::string_view what(type);
  if (what == "as" || what == "ao") {
    read_list(answer, property);
    return;
  }

  union {
    const char* text;
    int boolean;
    std::uint8_t octet;
    std::int16_t i16;
    std::uint16_t u16;
    std::int32_t i32;
    std::uint32_t u32;
    std::int64_t i64;
    std::uint64_t u64;
    double real;
  } value = {};

  if (what.size() != 1 || functions_->read(answer, type, &value) <= 0) {
    functions_->skip(answer, type);
    return;
  }
  const auto add = [&](std::string text) { property.values.push_back(std::move(text)); };
  if (is_text(what[0])) {
    add(value.text);
    return;
  }
  switch (what[0]) {
    case 'b':
      return add(value.boolean != 0 ? "true" : "false");
    case 'y':
      return add(std::to_string(value.octet));
    case 'n':
      return add(std::to_string(value.i16));
    case 'q':
      return add(std::to_string(value.u16));
    case 'i':
      return add(std::to_string(value.i32));
    case 'u':
      return add(std::to_string(value.u32));
    case 'x':
      return add(std::to_string(value.i64));
    case 't':
      return add(std::to_string(value.u64));
    case 'd':
      return add(fmt::format("{}", value.real));
    default:
      return;
  }
}

void LinuxUnitBook::read_list(sd_bus_message* answer, UnitProperty& property) {
  char kind = 0;
  const char* contents = nullptr;
  if (functions_->peek_type(answer, &kind, &contents) <= 0) {
    return;
  }
  const std::string type(contents);
  if (functions_->enter_container(answer, 'a', type.c_str()) <= 0) {
    return;
  }
  const char* text = nullptr;
  while (functions_->read(answer, type.c_str(), &text) > 0) {
    property.values.emplace_back(text);
  }
  functions_->exit_container(answer);
}

}  // namespace twoseal
