// For tests: a running kernel and a systemd that say what a test makes up, and files that pretend
// to be those of a kernel.
#pragma once

#include <map>

#include "system/file_systems.h"
#include "system/file_tree.h"
#include "system/running_kernel.h"
#include "system/unit_book.h"
#include "tests/support/oval_run.h"

namespace twoseal::test {

struct FakeKernel : RunningKernel {
  [[nodiscard]] KernelName name() const override { return kernel_name; }

  [[nodiscard]] Result<std::vector<InterfaceAddress>> interfaces() const override {
    return addresses;
  }

  [[nodiscard]] Result<std::vector<Mount>> mounts() const override { return mounted; }

  [[nodiscard]] std::vector<EnvironmentVariable> environment() const override { return variables; }

  KernelName kernel_name;
  Result<std::vector<InterfaceAddress>> addresses;
  Result<std::vector<Mount>> mounted;
  std::vector<EnvironmentVariable> variables;
};

struct FakeUnits : UnitBook {
  [[nodiscard]] Result<std::vector<std::string>> names() override {
    if (!answers) {
      return fail(Errc::service_manager_failed, "nobody answers");
    }
    std::vector<std::string> names;
    for (const auto& [name, properties] : units) {
      names.push_back(name);
    }
    return names;
  }

  [[nodiscard]] Result<std::vector<UnitProperty>> properties(const std::string& unit) override {
    const auto found = units.find(unit);
    return found == units.end()
               ? Result<std::vector<UnitProperty>>(fail(Errc::unit_failed, "no such unit"))
               : found->second;
  }

  bool answers = true;
  std::map<std::string, std::vector<UnitProperty>> units;
};

/// The files of another tree, whose /proc and /sys/fs/selinux say that they are the kernel's own.
class FilesOfKernel : public FileTree {
 public:
  /// `files` must outlive it.
  explicit FilesOfKernel(const FileTree& files) : files_(files) {}

  [[nodiscard]] std::uint64_t file_system_type(const std::string& path) const override {
    if (!files_.status(path, FollowLast::yes).value()) {
      return 0;
    }
    return path.starts_with("/proc") && has_proc ? kProcFileSystem
           : path.starts_with("/sys/fs/selinux") ? kSelinuxFileSystem
                                                 : files_.file_system_type(path);
  }

  [[nodiscard]] Result<std::optional<NodeStatus>> status(const std::string& path,
                                                         FollowLast follow) const override {
    return files_.status(path, follow);
  }

  [[nodiscard]] Result<std::unique_ptr<NodeDirectory>> open(
      const std::string& path) const override {
    return files_.open(path);
  }

  [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& path,
                                                  std::size_t size_max) const override {
    return files_.read(path, size_max);
  }

  [[nodiscard]] Result<std::optional<Bytes>> read_part(const std::string& path,
                                                       std::uint64_t offset,
                                                       std::size_t size) const override {
    return files_.read_part(path, offset, size);
  }

  [[nodiscard]] Result<std::optional<Bytes>> attribute(
      const std::string& path, const std::string& attribute) const override {
    const auto made_up = attributes.find({path, attribute});
    return made_up == attributes.end() ? files_.attribute(path, attribute) : made_up->second;
  }

  [[nodiscard]] Result<std::optional<std::string>> read_link(
      const std::string& path) const override {
    return files_.read_link(path);
  }

  [[nodiscard]] Result<std::optional<std::string>> real_path(
      const std::string& path) const override {
    return files_.real_path(path);
  }

  [[nodiscard]] std::optional<bool> has_access_list(const std::string& path) const override {
    return files_.has_access_list(path);
  }

  [[nodiscard]] std::optional<Space> space(const std::string& path) const override {
    return files_.space(path);
  }

  bool has_proc = true;  ///< false: /proc is a directory as any other

  /// Of a path, by their names: what a test makes up.
  std::map<std::pair<std::string, std::string>, Result<std::optional<Bytes>>> attributes;

 private:
  const FileTree& files_;
};

/// A host that has only files, of which /proc and /sys/fs/selinux are the kernel's own.
struct HostWithKernelFiles : FilesOfHost {
  HostWithKernelFiles() { host().files = &kernel_files; }

  FilesOfKernel kernel_files{tree()};
};

}  // namespace twoseal::test
