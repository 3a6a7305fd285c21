#include "cli/compliance/said_elsewhere.h"

#include <doctest/doctest.h>

#include "tests/support/oval_run.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

Resource made(const char* kind, const std::string& key, const std::string& value) {
  Resource resource;
  resource.kind = Name::parse(kind).value();
  resource.key = key;
  resource.want["value"] = value;
  return resource;
}

Resource root_login() {
  Resource resource = made("setting", "/etc/ssh/sshd_config", "no");
  resource.sub = "PermitRootLogin";
  return resource;
}

std::string said(const test::FilesOfHost& files, const Resource& resource) {
  return said_elsewhere(files.host(), resource).value_or("");
}

}  // namespace

TEST_CASE("a file that sshd reads first and that says otherwise is named with its line") {
  test::FilesOfHost files;
  CHECK(said(files, root_login()).empty());
  files.write("/etc/ssh/sshd_config.d/50-cloud.conf", "# x\npermitrootlogin yes\n");
  CHECK(said(files, root_login()) ==
        "/etc/ssh/sshd_config.d/50-cloud.conf:2 says otherwise, and counts instead");
  files.write("/etc/ssh/sshd_config.d/50-cloud.conf",
              "PermitRootLogin=\"no\"\nX11Forwarding yes\n");
  CHECK(said(files, root_login()).empty());
  files.make_directory("/etc/ssh/sshd_config.d/60-dir.conf");
  CHECK(said(files, root_login()).find("cannot be read") != std::string::npos);
}

TEST_CASE("a file of sysctl.d that comes later and says otherwise is named") {
  test::FilesOfHost files;
  const Resource wanted = made("sysctl", "kernel.sysrq", "0");
  files.write("/etc/sysctl.d/10-early.conf", "kernel.sysrq = 1\n");
  CHECK(said(files, wanted).empty());
  files.write("/etc/sysctl.d/99-late.conf", "kernel/sysrq=1\n");
  CHECK(said(files, wanted) == "/etc/sysctl.d/99-late.conf:1 says otherwise, and counts instead");
}

TEST_CASE("a file of sudoers.d has an effect only where sudo is told to read it") {
  test::FilesOfHost files;
  const Resource wanted = made("file", "/etc/sudoers.d/twoseal-x", "");
  CHECK(said(files, wanted) == "/etc/sudoers does not include /etc/sudoers.d");
  files.write("/etc/sudoers", "root ALL=(ALL) ALL\n@includedir /etc/sudoers.d\n");
  CHECK(said(files, wanted).empty());
  CHECK(said(files, made("file", "/etc/motd", "")).empty());
}
