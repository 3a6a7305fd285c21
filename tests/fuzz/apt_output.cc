// What apt-get says: steps and addresses of package files. The first octet chooses. Nothing is
// accepted that could not go on a command line again.
#include "system/linux/apt_output.h"

#include <algorithm>

#include "base/check.h"
#include "system/dpkg_status.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

bool is_sound(const AptStep& step, bool has_arch) {
  return is_package_name(step.name) && is_package_version(step.version) &&
         (has_arch ? is_package_arch(step.arch) : step.arch.empty());
}

void read_steps(std::string_view text) {
  const auto steps = parse_apt_steps(text);
  if (!steps) {
    return;
  }
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  check(steps->install.size() + steps->remove.size() <= lines, "a line is at most one step");
  for (const AptStep& step : steps->install) {
    check(is_sound(step, true), "what would be installed has a name, version and architecture");
  }
  for (const AptStep& step : steps->remove) {
    check(is_sound(step, false), "what would be removed has a name and version");
  }
}

void read_uris(std::string_view text) {
  const auto files = parse_apt_uris(text);
  if (!files) {
    return;
  }
  for (const PackageFile& file : *files) {
    check(is_package_name(file.name) && is_package_version(file.version) &&
              is_package_arch(file.arch),
          "a package file has a name, version and architecture");
    const std::string line = "'" + file.uri + "' " + package_file_name(file) + " " +
                             std::to_string(file.size) + " SHA256:" + file.digest.hex();
    check(parse_apt_uris(line).value() == std::vector<PackageFile>{file},
          "what was read can be written and read again");
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(!apt_error(text, "apt-get").what.empty(), "an error says something");
  if (text.starts_with('i')) {
    read_steps(text.substr(1));
  } else if (text.starts_with('u')) {
    read_uris(text.substr(1));
  }
  return 0;
}
