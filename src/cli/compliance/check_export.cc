#include "cli/compliance/check_export.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include "base/os_file.h"
#include "cli/compliance/os_release.h"
#include "compliance/families/lines.h"
#include "compliance/report/asset.h"
#include "compliance/report/report.h"

namespace twoseal::cli {
namespace {

constexpr mode_t kMode = 0600;                            // results tell an attacker where to begin
constexpr std::size_t kHostsMax = std::size_t{1} << 20U;  // of /etc/hosts and /etc/hostname

// A file that appears under its name only when it is whole.
class PartFile : public scap::ByteSink {
 public:
  static Result<std::unique_ptr<PartFile>> create(const std::string& path) {
    std::string part = path + ".part-" + std::to_string(::getpid());
    FileDescriptor file(
        ::open(part.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, kMode));
    if (!file.is_open()) {
      return std::unexpected(os_error(errno, "making", part));
    }
    return std::unique_ptr<PartFile>(new PartFile(path, std::move(part), std::move(file)));
  }

  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  ~PartFile() override { ::unlink(part_.c_str()); }

  Result<void> write(std::string_view bytes) override { return write_all(file_.get(), bytes); }

  Result<void> finish() {
    if (::fsync(file_.get()) != 0) {
      return std::unexpected(os_error(errno, "writing", path_));
    }
    if (take_name()) {
      return {};
    }
    return errno == EEXIST ? fail(Errc::exists_already, path_)
                           : std::unexpected(os_error(errno, "naming", path_));
  }

 private:
  // Nothing that is there is replaced. Where the file system cannot promise that by itself (many in
  // user space, and those of memory cards have no links either), an empty file takes the name.
  bool take_name() {
    constexpr int kRefusals[] = {EINVAL, ENOSYS, EOPNOTSUPP, ENOTSUP};
    if (::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
      return true;
    }
    if (std::find(std::begin(kRefusals), std::end(kRefusals), errno) == std::end(kRefusals)) {
      return false;
    }
    const FileDescriptor taken(
        ::open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, kMode));
    if (!taken.is_open()) {
      return false;
    }
    if (::rename(part_.c_str(), path_.c_str()) == 0) {
      return true;
    }
    const int why = errno;
    ::unlink(path_.c_str());
    errno = why;
    return false;
  }

  PartFile(std::string path, std::string part, FileDescriptor file)
      : path_(std::move(path)), part_(std::move(part)), file_(std::move(file)) {}

  std::string path_;
  std::string part_;
  FileDescriptor file_;
};

std::string text_of(const scap::InspectedHost& host, const std::string& path) {
  const auto text = host.files->read(path, kHostsMax);
  return text && *text ? **text : std::string();
}

// The name of a root directory is what it has written down itself.
std::string host_name_of(const scap::InspectedHost& host) {
  const std::string text = text_of(host, "/etc/hostname");
  std::string_view rest = text;
  std::string_view line;
  while (scap::next_line(rest, line)) {
    if (!line.empty() && !line.starts_with('#')) {
      return std::string(line);
    }
  }
  return host.kernel == nullptr ? std::string() : host.kernel->name().node;
}

}  // namespace

Result<void> check_exports(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (!scap::report_format_of(path)) {
      return fail(
          Errc::usage,
          "the name " + path + " tells no format",
          {},
          "let it end with .xccdf.xml, .arf.xml, .ckl, .cklb, .html, .csv, .json, .sarif or "
          ".oscal.json");
    }
    TWOSEAL_TRY_VOID(check_new_file(path));
  }
  return {};
}

Result<void> export_results(const ExportFile& file,
                            const scap::Assessment& assessment,
                            const std::string& content,
                            const scap::InspectedHost& host) {
  scap::ReportInput input{.assessment = assessment, .content_name = content};
  input.host_name = host_name_of(host);
  input.fqdn = scap::domain_name_of(input.host_name, text_of(host, "/etc/hosts"));
  if (host.kernel != nullptr) {
    scap::add_addresses(host.kernel->interfaces().value_or(std::vector<InterfaceAddress>()), input);
    input.architecture = host.kernel->name().machine;
  }
  const OsRelease release = os_release(host);
  input.os_name = release.name;
  input.os_version = release.version;
  input.started = file.started;
  input.ended = file.ended;
  input.product_version = TWOSEAL_VERSION;
  input.exceptions = file.exceptions;
  TWOSEAL_TRY(const auto part, PartFile::create(file.path));
  TWOSEAL_TRY_VOID(scap::write_report(*scap::report_format_of(file.path), input, *part));
  return part->finish();
}

}  // namespace twoseal::cli
