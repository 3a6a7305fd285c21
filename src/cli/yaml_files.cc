#include "cli/yaml_files.h"

#include "base/limits.h"
#include "base/os_file.h"

namespace twoseal::cli {

authoring::Reader reader_below(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return [directory = std::move(directory)](std::string_view name) {
    return read_file_below(directory, std::string(name), limits::kBlobMax);
  };
}

authoring::Reader reader_beside(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return [directory = std::move(directory)](std::string_view name) {
    const std::string file(name);
    return read_file(name.starts_with('/') ? file : directory + file, limits::kBlobMax);
  };
}

}  // namespace twoseal::cli
