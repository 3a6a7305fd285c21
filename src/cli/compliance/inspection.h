// This machine, or a root directory on it, opened for an inspection.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "compliance/families/host.h"
#include "system/linux/linux_file_tree.h"
#include "system/linux/linux_rpm_book.h"
#include "system/linux/linux_running_kernel.h"
#include "system/linux/linux_unit_book.h"

namespace twoseal::cli {

class Inspection {
 public:
  /// Errors of opening the directory. The running kernel belongs to `/`, and to a root that has its
  /// /proc.
  [[nodiscard]] static Result<std::unique_ptr<Inspection>> open(const std::string& root);

  [[nodiscard]] const scap::InspectedHost& host() const { return host_; }

 private:
  explicit Inspection(std::unique_ptr<LinuxFileTree> files)
      : files_(std::move(files)),
        kernel_(files_->root_path()),
        units_(*files_),
        rpms_(files_->root_path()) {}

  std::unique_ptr<LinuxFileTree> files_;
  LinuxRunningKernel kernel_;
  LinuxUnitBook units_;
  LinuxRpmBook rpms_;
  scap::InspectedHost host_;
};

}  // namespace twoseal::cli
