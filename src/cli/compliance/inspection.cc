#include "cli/compliance/inspection.h"

#include "system/file_systems.h"

namespace twoseal::cli {

Result<std::unique_ptr<Inspection>> Inspection::open(const std::string& root) {
  TWOSEAL_TRY(auto files, LinuxFileTree::open_root(root));
  std::unique_ptr<Inspection> inspection(new Inspection(std::move(files)));
  inspection->host_.files = inspection->files_.get();
  if (inspection->files_->file_system_type("/proc") == kProcFileSystem) {
    inspection->host_.kernel = &inspection->kernel_;
  }
  inspection->host_.units = &inspection->units_;
  inspection->host_.rpms = &inspection->rpms_;
  return inspection;
}

}  // namespace twoseal::cli
