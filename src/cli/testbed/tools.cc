#include "cli/testbed/tools.h"

#include <algorithm>
#include <charconv>
#include <unistd.h>

#include "base/shell_text.h"

namespace twoseal::testbed {
namespace {

constexpr std::string_view kDirectories[] = {
    "/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};
constexpr std::string_view kPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr int kLinesMax = 3;
constexpr std::size_t kOutputMax = std::size_t{8} * 1024 * 1024;

struct ProgramOfPackage {
  std::string_view program;
  std::string_view package;
};

constexpr ProgramOfPackage kPrograms[] = {{"debootstrap", "debootstrap"},
                                          {"systemd-nspawn", "systemd-container"},
                                          {"ip", "iproute2"},
                                          {"mkfs.ext4", "e2fsprogs"},
                                          {"e2fsck", "e2fsprogs"},
                                          {"mount", "mount"},
                                          {"losetup", "mount"},
                                          {"tar", "tar"},
                                          {"dpkg-deb", "dpkg"},
                                          {"dpkg-scanpackages", "dpkg-dev"},
                                          {"ssh-keygen", "openssh-client"},
                                          {"ssh-keyscan", "openssh-client"},
                                          {"nsenter", "util-linux"},
                                          {"unshare", "util-linux"},
                                          {"setpriv", "util-linux"},
                                          {"setsid", "util-linux"},
                                          {"ldd", "libc-bin"},
                                          {"chroot", "coreutils"}};

}  // namespace

std::string program_path(const std::string& name) {
  for (const std::string_view directory : kDirectories) {
    std::string path = std::string(directory) + name;
    if (::access(path.c_str(), X_OK) == 0) {
      return path;
    }
  }
  return name;
}

Result<void> check_programs() {
  std::string programs;
  std::vector<std::string> packages;
  for (const auto& [program, package] : kPrograms) {
    if (program_path(std::string(program)) != program) {
      continue;
    }
    programs += (programs.empty() ? "" : ", ") + std::string(program);
    if (std::find(packages.begin(), packages.end(), package) == packages.end()) {
      packages.emplace_back(package);
    }
  }
  if (packages.empty()) {
    return {};
  }
  std::string install = "apt-get install";
  for (const std::string& package : packages) {
    install += " " + package;
  }
  return fail(Errc::testbed_needs_package, "there is no " + programs, "", install);
}

Result<Finished> Tools::attempt(std::vector<std::string> arguments, Bytes input) const {
  debug_("runs  " + shell_text(arguments));
  arguments[0] = program_path(arguments[0]);
  Command command;
  command.arguments = std::move(arguments);
  command.input = std::move(input);
  command.environment_with = {std::string(kPath), "LC_ALL=C"};
  command.environment_without = {"TMPDIR"};
  command.output_max = kOutputMax;
  return run_command(command);
}

Result<Bytes> Tools::run(Errc code, std::vector<std::string> arguments, Bytes input) const {
  const std::string name = arguments[0];
  const std::string command = shell_text(arguments);
  TWOSEAL_TRY(Finished finished, attempt(std::move(arguments), std::move(input)));
  if (finished.exit == 0) {
    return std::move(finished.output);
  }
  std::string said =
      last_lines(finished.errors.empty() ? finished.output : finished.errors, kLinesMax);
  std::replace(said.begin(), said.end(), '\n', ';');
  return fail(
      code,
      name + " ended with " + std::to_string(finished.exit) + (said.empty() ? "" : ": " + said),
      command);
}

std::string last_lines(std::string_view text, int count) {
  while (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  std::size_t end = text.size();
  for (int line = 0; line < count; ++line) {
    const std::size_t before = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    if (before == std::string_view::npos) {
      return std::string(text);
    }
    end = before;
  }
  return std::string(text.substr(end + 1));
}

int leading_number(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string> split_text(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

}  // namespace twoseal::testbed
