#include "sensors/mount_names.h"

#include <doctest/doctest.h>

namespace twoseal {
namespace {

using Names = std::vector<std::string>;

// A disk as the root, a part of it at /var and one file of it at /etc/hosts, and another disk.
constexpr std::string_view kTable =
    "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "21 20 8:1 /data/var /var rw,relatime shared:2 - ext4 /dev/sda1 rw\n"
    "22 20 8:1 /data/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"
    "23 20 8:2 / /srv/a\\040b rw - ext4 /dev/sdb1 rw\n"
    "no line\n";

}  // namespace

TEST_CASE("the table of mounts is read, with what stands for blanks") {
  const auto places = parse_mounted_places(kTable);
  REQUIRE(places.size() == 4);
  CHECK(places[1].id == 21);
  CHECK(places[1].device == "8:1");
  CHECK(places[1].source == "/data/var");
  CHECK(places[1].point == "/var");
  CHECK(places[3].point == "/srv/a b");
}

TEST_CASE("what is mounted in part has a name by each mount that shows it") {
  const auto places = parse_mounted_places(kTable);
  CHECK(names_by_mounts("/data/var/log/x", 20, places) == Names{"/data/var/log/x", "/var/log/x"});
  CHECK(names_by_mounts("/data/var", 20, places) == Names{"/data/var", "/var"});
  CHECK(names_by_mounts("/data/hosts", 20, places) == Names{"/data/hosts", "/etc/hosts"});
  CHECK(names_by_mounts("/var/log/x", 21, places) == Names{"/var/log/x", "/data/var/log/x"});
}

TEST_CASE("what is shown once has one name") {
  const auto places = parse_mounted_places(kTable);
  CHECK(names_by_mounts("/data/variable", 20, places) == Names{"/data/variable"});
  CHECK(names_by_mounts("/srv/a b/x", 23, places) == Names{"/srv/a b/x"});
  CHECK(names_by_mounts("/x", 99, places) == Names{"/x"});
}

}  // namespace twoseal
