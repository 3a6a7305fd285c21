#include "base/os_environment.h"

#include <cstdlib>

namespace twoseal {
namespace {

std::string home_directory() {
  return environment("HOME").value_or("/root");
}

}  // namespace

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets any
  return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

std::string config_directory() {
  return environment("XDG_CONFIG_HOME").value_or(home_directory() + "/.config") + "/twoseal";
}

std::string state_directory() {
  return environment("XDG_STATE_HOME").value_or(home_directory() + "/.local/state") + "/twoseal";
}

}  // namespace twoseal
