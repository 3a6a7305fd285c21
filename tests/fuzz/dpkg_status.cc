// The status file of dpkg: whatever stands in it, the answer is a list in order of packages whose
// names, versions and architectures may go on a command line, or an error.
#include "system/dpkg_status.h"

#include "base/check.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

// The same packages as dpkg would write them.
std::string written(const std::vector<InstalledPackage>& packages) {
  std::string text;
  for (const InstalledPackage& package : packages) {
    const char* state = package.status == PackageStatus::configured ? "installed"
                        : package.status == PackageStatus::leftover ? "config-files"
                                                                    : "unpacked";
    text += "Package: " + package.name + "\nStatus: " + (package.hold ? "hold" : "install") +
            " ok " + state + "\nVersion: " + package.version + "\nArchitecture: " + package.arch +
            "\n\n";
  }
  return text;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t octets = 0;
  DpkgParagraph paragraph;
  for (std::string_view rest = text; next_dpkg_paragraph(rest, paragraph);) {
    check(!paragraph.text.starts_with('\n'), "a paragraph begins with a line");
    octets += paragraph.text.size();
  }
  check(octets <= size, "paragraphs do not overlap");
  const auto packages = parse_dpkg_status(text);
  if (!packages) {
    check(packages.error().code == Errc::package_failed && !packages.error().where.empty(),
          "an error names its line");
    return 0;
  }
  for (std::size_t i = 0; i < packages->size(); ++i) {
    const InstalledPackage& package = (*packages)[i];
    check(is_package_name(package.name) && is_package_version(package.version) &&
              is_package_arch(package.arch),
          "what is listed may go on a command line");
    check(i == 0 || (*packages)[i - 1].name <= package.name, "packages are in order");
  }
  check(parse_dpkg_status(written(*packages)).value().size() == packages->size(),
        "what was read can be written and read again");
  return 0;
}
