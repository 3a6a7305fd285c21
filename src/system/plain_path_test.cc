#include "system/plain_path.h"

#include <doctest/doctest.h>

#include "system/kernel.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("a plain path has nothing to interpret") {
  for (const char* path : {"/", "/etc", "/etc/hosts", "/a/...", "/a/.b", "/a/b..", "/ "}) {
    CAPTURE(path);
    CHECK(is_host_path(path));
  }
  for (const char* path : {"", "a", "//", "/a/", "/a//b", "/.", "/a/.", "/..", "/../a"}) {
    CAPTURE(path);
    CHECK_FALSE(is_host_path(path));
  }
  CHECK(is_host_path("/" + std::string(255, 'a')));
  CHECK_FALSE(is_host_path("/" + std::string(256, 'a')));
  CHECK_FALSE(is_host_path("/a/" + std::string(256, 'a') + "/b"));
  std::string longest;
  for (int i = 0; i < 2047; ++i) {
    longest += "/a";
  }
  CHECK(is_host_path(longest));
  CHECK_FALSE(is_host_path(longest + "/a"));
}

TEST_CASE("a path is taken apart and put together") {
  CHECK(parent_of("/etc/hosts") == "/etc");
  CHECK(parent_of("/etc") == "/");
  CHECK(parent_of("/") == "/");
  CHECK(name_in_parent("/etc/hosts") == "hosts");
  CHECK(name_in_parent("/").empty());
  CHECK(join_path("/", "etc") == "/etc");
  CHECK(join_path("/etc", "hosts") == "/etc/hosts");
  CHECK(join_path("/etc/", "hosts") == "/etc/hosts");
}

TEST_CASE("a path lies below a directory, not below what begins as it does") {
  for (const char* path : {"/etc", "/etc/hosts", "/etc/ssh/sshd_config"}) {
    CAPTURE(path);
    CHECK(is_at_or_below("/etc", path));
    CHECK(is_at_or_below("/", path));
  }
  for (const char* path : {"/", "/et", "/etcetera", "/usr/etc", "unit:ssh.service", ""}) {
    CAPTURE(path);
    CHECK_FALSE(is_at_or_below("/etc", path));
  }
  CHECK(is_at_or_below("/", "/"));
}

TEST_CASE("the target of a link is walked before the rest") {
  PathParts parts("/lib/x");
  CHECK(parts.take() == "lib");
  parts.put("../usr//./lib/");
  CHECK(parts.take() == "..");
  CHECK(parts.take() == "usr");
  CHECK_FALSE(parts.at_last());
  CHECK(parts.take() == "lib");
  CHECK(parts.at_last());
  CHECK(parts.take() == "x");
  CHECK(parts.empty());
}

TEST_CASE("only links that root alone can make or exchange are followed") {
  CHECK(is_safe_link(0, 0, 0755));
  CHECK_FALSE(is_safe_link(1, 0, 0755));
  CHECK_FALSE(is_safe_link(0, 1, 0755));
  CHECK_FALSE(is_safe_link(0, 0, 0775));
  CHECK_FALSE(is_safe_link(0, 0, 01777));
}

TEST_CASE("the first separator of a setting's name tells dots from slashes") {
  CHECK(kernel_setting_path("net.ipv4.ip_forward") == "net/ipv4/ip_forward");
  CHECK(kernel_setting_path("net/ipv4/ip_forward") == "net/ipv4/ip_forward");
  CHECK(kernel_setting_path("net.ipv4.conf.eth0/1.forwarding") ==
        "net/ipv4/conf/eth0.1/forwarding");
  CHECK(kernel_setting_path("net/ipv4/conf/eth0.1/forwarding") ==
        "net/ipv4/conf/eth0.1/forwarding");
  CHECK(kernel_setting_path("one") == "one");
  for (const std::string name :
       {"", ".", "..", "net..ipv4", "net.", ".net", "net/../../etc/passwd", "a.//.b", "net/"}) {
    CAPTURE(name);
    CHECK_FALSE(kernel_setting_path(name).has_value());
  }
  CHECK_FALSE(kernel_setting_path(std::string("a\0b", 3)).has_value());
  CHECK_FALSE(kernel_setting_path(std::string(256, 'a')).has_value());
}
