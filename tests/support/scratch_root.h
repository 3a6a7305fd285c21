// A root directory of a test, with the files that it needs, as an inspection sees it.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "compliance/families/host.h"
#include "system/linux/linux_file_tree.h"
#include "tests/support/temporary_directory.h"

namespace twoseal {

class ScratchRoot {
 public:
  /// Writes a file below the root, with the directories above it.
  void file(const std::string& path, std::string_view text) const {
    const std::filesystem::path place = directory_.file(".") + path;
    std::filesystem::create_directories(place.parent_path());
    std::ofstream out(place, std::ios::binary);
    out << text;
    check(out.good(), "a test can write below its root");
  }

  /// Lives as long as the root.
  [[nodiscard]] scap::InspectedHost host() const { return {tree_.get(), nullptr, nullptr}; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<LinuxFileTree> tree_ = *LinuxFileTree::open_root(directory_.file("."));
};

}  // namespace twoseal
