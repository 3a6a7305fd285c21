// Golden files: what a compiler must print, to the byte. TWOSEAL_ACCEPT=1 rewrites them; the diff
// is then reviewed like any other.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

namespace twoseal::test {

/// A file below tests/golden of the source tree.
inline std::string golden_path(const std::string& name) {
  return std::string(TWOSEAL_SOURCE_DIR) + "/tests/golden/" + name;
}

inline std::string read_golden(const std::string& name) {
  std::ifstream file(golden_path(name), std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "golden file cannot be opened: " << name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Compares `bytes` with the file, or rewrites it.
inline void check_golden(const std::string& name, const std::string& bytes) {
  if (std::getenv("TWOSEAL_ACCEPT") != nullptr) {
    std::ofstream(golden_path(name), std::ios::binary) << bytes;
    return;
  }
  CHECK_MESSAGE(read_golden(name) == bytes, name);
}

}  // namespace twoseal::test
