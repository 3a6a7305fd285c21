#include "system/packages.h"

namespace twoseal {

std::string package_file_name(const PackageFile& file) {
  std::string version;
  for (const char c : file.version) {
    version += c == ':' ? std::string("%3a") : std::string(1, c);
  }
  return file.name + "_" + version + "_" + file.arch + ".deb";
}

}  // namespace twoseal
