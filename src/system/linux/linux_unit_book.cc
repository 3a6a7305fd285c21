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
constexpr std::uint64_t kCallMicroseconds = 10'000'000;

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
  auto bus = open_bus();
  if (!bus) {
    failed_ = bus.error();
    return std::unexpected(*failed_);
  }
  bus_ = std::move(*bus);
  return {};
}

Result<SdBus> LinuxUnitBook::open_bus() {
  constexpr const char* kSocket = "/run/dbus/system_bus_socket";
  TWOSEAL_TRY(functions_, sd_bus_functions());
  const auto socket = files_.open_socket(kSocket);
  if (!socket) {
    return fail(Errc::service_manager_failed, "connecting: " + socket.error().what, kSocket);
  }
  return open_sd_bus(*functions_, "unix:path=/proc/self/fd/" + std::to_string(socket->get()));
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
    Error failure = error.error(result, argument == nullptr ? "" : argument);
    // A bus that says nothing is asked once: each further question would wait as long.
    if (failure.code == Errc::service_manager_failed) {
      failed_ = failure;
    }
    return std::unexpected(std::move(failure));
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
  while (result >= 0) {
    result = functions_->enter_container(answer.get(), 'e', "sv");
    if (result == 0) {
      return properties;  // the end
    }
    if (result > 0) {
      TWOSEAL_TRY(properties.emplace_back(), read_property(answer.get()));
      result = functions_->exit_container(answer.get());
    }
  }
  return std::unexpected(SdBusError().error(result, unit));
}

Result<UnitProperty> LinuxUnitBook::read_property(sd_bus_message* answer) {
  UnitProperty property;
  const char* name = nullptr;
  const char* type = nullptr;
  int result = functions_->read(answer, "s", &name);
  if (result > 0) {
    property.name = name;
    result = functions_->peek_type(answer, nullptr, &type);
  }
  if (result <= 0 || type == nullptr) {
    return std::unexpected(SdBusError().error(result, property.name));
  }
  const std::string contents(type);  // the view is gone with the next call
  result = functions_->enter_container(answer, 'v', contents.c_str());
  if (result >= 0) {
    result = read_value(answer, contents.c_str(), property);
  }
  if (result >= 0) {
    result = functions_->exit_container(answer);
  }
  if (result < 0) {
    return std::unexpected(SdBusError().error(result, property.name));
  }
  return property;
}

int LinuxUnitBook::read_value(sd_bus_message* answer, const char* type, UnitProperty& property) {
  const std::string_view what(type);
  if (what == "as" || what == "ao") {
    return read_list(answer, property);
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

  if (what.size() != 1) {
    return functions_->skip(answer, type);  // a structure, which OVAL has no words for
  }
  const int result = functions_->read(answer, type, &value);
  if (result <= 0) {
    return result;
  }
  const auto add = [&](std::string text) { property.values.push_back(std::move(text)); };
  if (is_text(what[0])) {
    add(value.text);
    return result;
  }
  switch (what[0]) {
    case 'b':
      add(value.boolean != 0 ? "true" : "false");
      break;
    case 'y':
      add(std::to_string(value.octet));
      break;
    case 'n':
      add(std::to_string(value.i16));
      break;
    case 'q':
      add(std::to_string(value.u16));
      break;
    case 'i':
      add(std::to_string(value.i32));
      break;
    case 'u':
      add(std::to_string(value.u32));
      break;
    case 'x':
      add(std::to_string(value.i64));
      break;
    case 't':
      add(std::to_string(value.u64));
      break;
    case 'd':
      add(fmt::format("{}", value.real));
      break;
    default:
      break;
  }
  return result;
}

int LinuxUnitBook::read_list(sd_bus_message* answer, UnitProperty& property) {
  char kind = 0;
  const char* contents = nullptr;
  int result = functions_->peek_type(answer, &kind, &contents);
  if (result <= 0) {
    return result;
  }
  const std::string type(contents);
  result = functions_->enter_container(answer, 'a', type.c_str());
  const char* text = nullptr;
  while (result >= 0 && (result = functions_->read(answer, type.c_str(), &text)) > 0) {
    property.values.emplace_back(text);
  }
  return result < 0 ? result : functions_->exit_container(answer);
}

}  // namespace twoseal
