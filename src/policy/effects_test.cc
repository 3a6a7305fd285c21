#include "policy/effects.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Resource resource(std::string_view kind, std::string_view key) {
  Resource one;
  one.kind = Name::parse(kind).value();
  one.key = key;
  return one;
}

std::string effects(std::string_view kind, std::string_view key) {
  std::string text;
  for (const Name& effect : effects_of(resource(kind, key))) {
    text += (text.empty() ? "" : " ") + effect.text();
  }
  return text;
}

}  // namespace

TEST_CASE("kinds carry their effects") {
  CHECK(effects("user", "ann") == "auth");
  CHECK(effects("firewall", "main") == "firewall network");
  CHECK(effects("apt_source", "debian") == "package trust");
  CHECK(effects("command", "x") == "opaque");
  CHECK(effects("mount", "/srv/data") == "data-loss");
  CHECK(effects("sysctl", "vm.swappiness") == "kernel");
  CHECK(effects("sysctl", "net.ipv4.ip_forward") == "kernel network");
  CHECK(effects("service", "nginx").empty());
  CHECK(effects("no-such-kind", "/etc/shadow").empty());
}

TEST_CASE("paths carry effects wherever they lie below, at, or above a listed one") {
  CHECK(effects("file", "/etc/ssh/sshd_config") == "auth");
  CHECK(effects("setting", "/etc/ssh") == "auth");
  CHECK(effects("file", "/etc/sshfoo").empty());
  CHECK(effects("file", "/etc/sudoers.d/ops") == "auth");
  CHECK(effects("file", "/etc/ld.so.preload") == "trust");
  CHECK(effects("file", "/srv/people/ann/.ssh/authorized_keys") == "auth");
  CHECK(effects("symlink", "/etc") == "auth firewall kernel network package trust");
  CHECK(effects("file", "/srv/web/motd").empty());
}

TEST_CASE("what a resource touches is named as components name it") {
  CHECK(touched_by(resource("file", "/srv/x")) == std::vector<std::string>{"/srv/x"});
  CHECK(touched_by(resource("service", "ssh")) == std::vector<std::string>{"unit:ssh"});
  CHECK(touched_by(resource("package", "nginx")) == std::vector<std::string>{"package:nginx"});
  Resource with_handler = resource("setting", "/etc/ssh/sshd_config");
  with_handler.then = {{HandlerAction::reload, "ssh"}};
  CHECK(touched_by(with_handler) == std::vector<std::string>{"/etc/ssh/sshd_config", "unit:ssh"});
}

TEST_CASE("prefixes cover whole parts of paths and beginnings of names") {
  CHECK(reaches(resource("file", "/etc/ssh"), "/etc/ssh"));
  CHECK(reaches(resource("file", "/etc/ssh/sshd_config"), "/etc/ssh"));
  CHECK(reaches(resource("setting", "/etc/ssh/sshd_config"), "/etc/ssh/"));
  CHECK_FALSE(reaches(resource("file", "/etc/sshfoo"), "/etc/ssh"));
  CHECK(reaches(resource("package", "postgresql-15"), "package:postgresql"));
  CHECK_FALSE(reaches(resource("package", "ssh"), "unit:ssh"));
}

TEST_CASE("what takes the place of a directory reaches what it held") {
  for (const char* kind : {"file", "symlink", "mount"}) {
    CAPTURE(kind);
    CHECK(reaches(resource(kind, "/srv"), "/srv/web"));
    CHECK(reaches(resource(kind, "/srv"), "/srv/"));
    CHECK_FALSE(reaches(resource(kind, "/sr"), "/srv/web"));
  }
  Resource directory = resource("directory", "/srv");
  CHECK_FALSE(reaches(directory, "/srv/web"));
  directory.want["absent"] = true;
  CHECK(reaches(directory, "/srv/web"));
}

TEST_CASE("only absolute plain paths are plain") {
  for (const char* path : {"/a", "/a/b.c", "/a/..b", "/ä"}) {
    CAPTURE(path);
    CHECK(is_plain_path(path));
  }
  for (const char* path : {"", "/", "a", "/a/", "//a", "/a//b", "/./a", "/a/.", "/a/../b", "/.."}) {
    CAPTURE(path);
    CHECK_FALSE(is_plain_path(path));
  }
  CHECK_FALSE(is_plain_path(std::string_view("/a\0b", 4)));
}
