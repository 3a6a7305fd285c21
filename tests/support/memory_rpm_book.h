// For tests: packages of rpm that are made up.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "system/rpm_book.h"

namespace twoseal::test {

class MemoryRpmBook : public RpmBook {
 public:
  explicit MemoryRpmBook(std::vector<RpmPackage> packages) : packages_(std::move(packages)) {}

  Result<std::vector<RpmPackage>> packages(const std::string& database) override {
    return broken ? Result<std::vector<RpmPackage>>(fail(Errc::io_failed, "broken", database))
                  : packages_;
  }

  Result<std::vector<RpmFile>> files(const std::string& /*database*/,
                                     const RpmPackage& package) override {
    return files_of[package.name];
  }

  std::map<std::string, std::vector<RpmFile>> files_of;
  bool broken = false;

 private:
  std::vector<RpmPackage> packages_;
};

}  // namespace twoseal::test
