// What collectors look at: a host, live or below a root directory.
#pragma once

#include "system/file_tree.h"
#include "system/rpm_book.h"
#include "system/running_kernel.h"
#include "system/unit_book.h"

namespace twoseal::scap {

/// A host that is inspected. `kernel`: nullptr when no running kernel belongs to it, as of a root
/// directory alone. `units`: nullptr likewise. `rpms`: nullptr where packages of rpm are not read.
/// Everything must outlive the inspection.
struct InspectedHost {
  const FileTree* files = nullptr;
  const RunningKernel* kernel = nullptr;
  UnitBook* units = nullptr;
  RpmBook* rpms = nullptr;
};

}  // namespace twoseal::scap
