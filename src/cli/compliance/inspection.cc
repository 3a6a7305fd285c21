#include "cli/compliance/inspection.h"

namespace twoseal::cli {
namespace {

constexpr std::uint64_t kProcType = 0x9fa0;

}  // namespace

Result<std::unique_ptr<Inspection>> Inspection::open(const std::string& root) {
  TWOSEAL_TRY(auto files, LinuxFileTree::open_root(root));
  std::unique_ptr<Inspection> inspection(new Inspection(std::move(files)));
  inspection->host_.files = inspection->files_.get();
  if (inspection->files_->file_system_type("/proc") == kProcType) {
    inspection->host_.kernel = &inspection->kernel_;
  }
  const std::string below = root == "/" ? "" : root;
  inspection->units_ =
      std::make_unique<LinuxUnitBook>("unix:path=" + below + "/run/dbus/system_bus_socket");
  inspection->host_.units = inspection->units_.get();
  inspection->rpms_ = std::make_unique<LinuxRpmBook>(root);
  inspection->host_.rpms = inspection->rpms_.get();
  return inspection;
}

}  // namespace twoseal::cli
