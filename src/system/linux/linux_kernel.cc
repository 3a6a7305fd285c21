#include "system/linux/linux_kernel.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace twoseal {
namespace {

constexpr std::size_t kValueMax = std::size_t{64} * 1024;

Result<FileDescriptor> open_setting(const LinuxPaths& paths, const std::string& name, int flags) {
  const auto path = kernel_setting_path(name);
  if (!path) {
    return fail(Errc::no_input, "no setting can have this name", name);
  }
  TWOSEAL_TRY(FileDescriptor file, paths.open("/proc/sys/" + *path, flags | O_NONBLOCK));
  TWOSEAL_TRY(const FileInfo info, info_of(file.get(), name));
  if (info.kind != FileKind::regular) {
    return fail(Errc::no_input, "is no single setting", name);
  }
  return file;
}

}  // namespace

Result<std::optional<std::string>> LinuxKernel::setting(const std::string& name) const {
  const auto file = open_setting(paths_, name, O_RDONLY);
  if (!file) {
    return file.error().code == Errc::no_input ? Result<std::optional<std::string>>(std::nullopt)
                                               : std::unexpected(file.error());
  }
  auto value = read_all(file->get(), kValueMax);
  if (!value) {
    value.error().where = name;
    return std::unexpected(std::move(value).error());
  }
  if (value->ends_with('\n')) {
    value->pop_back();
  }
  return *std::move(value);
}

Result<void> LinuxKernel::set_setting(const std::string& name, const std::string& value) {
  auto file = open_setting(paths_, name, O_WRONLY);
  if (!file) {
    // A directory cannot be opened to be written: it is no setting either.
    Error error = std::move(file).error();
    error.code = error.code == Errc::not_regular ? Errc::no_input : error.code;
    return std::unexpected(std::move(error));
  }
  if (value.find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
    return fail(Errc::kernel_refused, "a value is one line", name);
  }
  // In one call: the kernel takes each call for a whole value.
  const std::string line = value + "\n";
  const ssize_t written = ::write(file->get(), line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) {
    return {};
  }
  Error error = os_error(written < 0 ? errno : EINVAL, "setting '" + value + "'", name);
  error.code = error.code == Errc::no_permission ? error.code : Errc::kernel_refused;
  return std::unexpected(std::move(error));
}

}  // namespace twoseal
