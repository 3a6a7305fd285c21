#include "base/os_memory.h"

#include <fstream>
#include <string>

#include <doctest/doctest.h>

namespace {

long resident_pages_of_files() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("RssFile:")) {
      return std::stol(line.substr(8));
    }
  }
  return 0;
}

}  // namespace

TEST_CASE("pages of the program are given back, and it goes on") {
  const long before = resident_pages_of_files();
  twoseal::give_back_program_pages();
  CHECK(resident_pages_of_files() < before);
}
