#include "cli/compliance/watched_paths.h"

#include <doctest/doctest.h>

#include "tests/support/oval_run.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)
using scap::Reading;
using scap::ReadingKind;
using test::FilesOfHost;

namespace {

using Paths = std::vector<std::string>;
using Directories = std::vector<WatchedDirectory>;

Paths asked(const WatchedPaths& watched, const Paths& paths) {
  return watched.asked(paths);
}

}  // namespace

TEST_CASE("a way names each link where it is, and ends at what has no links") {
  FilesOfHost files;
  files.write("/data/x/file");
  files.link("/run/one", "../data/x");
  files.link("/etc/lnk", "/run/one/file");
  PathWays ways(files.tree());
  CHECK(ways.way_of("/data/x/file").links.empty());
  const PathWay way = ways.way_of("/etc/lnk");
  CHECK(way.links == Paths{"/etc/lnk", "/run/one"});
  CHECK(way.end == "/data/x/file");
}

TEST_CASE("a way that leads nowhere, or in a circle, ends somewhere") {
  FilesOfHost files;
  files.link("/etc/nowhere", "/run/absent/file");
  files.link("/etc/a", "b");
  files.link("/etc/b", "a");
  PathWays ways(files.tree());
  CHECK(ways.way_of("/etc/nowhere").end == "/run/absent/file");
  CHECK(ways.way_of("/etc/a").links.size() == 40);
}

TEST_CASE("what is asked for without links is listened to where it is") {
  FilesOfHost files;
  files.write("/etc/passwd");
  const std::vector<Reading> readings = {{ReadingKind::file, "/etc/passwd"},
                                         {ReadingKind::directory, "/etc/ssh"},
                                         {ReadingKind::subtree, "/usr"},
                                         {ReadingKind::directory, "/usr/bin"},
                                         {ReadingKind::facts, {}}};
  WatchedPaths watched;
  const WatchedPaths::Places places = watched.add(readings, files.tree());
  CHECK(places.directories == Directories{{"/etc", false}, {"/etc/ssh", false}, {"/usr", true}});
  CHECK(places.linked.empty());
  CHECK(asked(watched, {"/etc/passwd"}) == Paths{"/etc/passwd"});
  CHECK_FALSE(watched.is_redirected("/etc/passwd", files.tree()));
}

TEST_CASE("each link on the way is listened to, and what happens there is told by the asked name") {
  FilesOfHost files;
  files.write("/data/issue");
  files.link("/run/i1", "/data/issue");
  files.link("/etc/issue", "/run/i1");
  const std::vector<Reading> readings = {{ReadingKind::file, "/etc/issue"}};
  WatchedPaths watched;
  const WatchedPaths::Places places = watched.add(readings, files.tree());
  CHECK(places.directories == Directories{{"/data", false}, {"/etc", false}, {"/run", false}});
  CHECK(asked(watched, {"/run/i1"}) == Paths{"/etc/issue", "/run/i1"});
  CHECK(asked(watched, {"/data/issue"}) == Paths{"/data/issue", "/etc/issue"});
  CHECK(asked(watched, {"/data"}) == Paths{"/data", "/etc/issue"});
  CHECK(asked(watched, {"/data/issues"}) == Paths{"/data/issues"});
}

TEST_CASE(
    "a way is another one when a link on it leads elsewhere, and not when its end is written") {
  FilesOfHost files;
  files.write("/data/issue");
  files.write("/etc/plain");
  files.link("/run/i1", "/data/issue");
  files.link("/etc/issue", "/run/i1");
  const std::vector<Reading> readings = {{ReadingKind::file, "/etc/issue"},
                                         {ReadingKind::file, "/etc/plain"}};
  WatchedPaths watched;
  (void)watched.add(readings, files.tree());
  const auto is_redirected = [&](const std::string& path) {
    return watched.is_redirected(path, files.tree());
  };
  files.write("/data/issue", "other");
  for (const std::string path : {"/run/i1", "/run", "/etc/issue", "/data/issue", "/etc/plain"}) {
    CHECK_FALSE(is_redirected(path));
  }
  std::filesystem::remove(files.real("/run/i1"));
  files.link("/run/i1", "/data/other");
  CHECK(is_redirected("/run/i1"));
  CHECK(is_redirected("/run"));
  CHECK_FALSE(is_redirected("/etc/plain"));
  std::filesystem::remove(files.real("/etc/plain"));
  files.link("/etc/plain", "/data/issue");
  CHECK(is_redirected("/etc/plain"));
}

TEST_CASE("where walks come to over links is listened to whole, unless it is anyway") {
  FilesOfHost files;
  files.write("/data/t/a");
  files.write("/etc/own/a");
  files.link("/etc/lnk.d/t", "/data/t");
  files.link("/etc/lnk.d/own", "/etc/own");
  const std::vector<Reading> readings = {{ReadingKind::subtree, "/etc"},
                                         {ReadingKind::link, "/etc/lnk.d/t"},
                                         {ReadingKind::link, "/etc/lnk.d/own"}};
  WatchedPaths watched;
  const WatchedPaths::Places places = watched.add(readings, files.tree());
  CHECK(places.directories == Directories{{"/etc", true}});
  CHECK(places.linked == Directories{{"/data/t", true}});
  CHECK(asked(watched, {"/data/t/a"}) == Paths{"/data/t/a", "/etc/lnk.d/t/a"});
  CHECK(asked(watched, {"/etc/own/a"}) == Paths{"/etc/lnk.d/own/a", "/etc/own/a"});
}

TEST_CASE("what comes later is listened to once, and the way to all can be found anew") {
  FilesOfHost files;
  files.write("/a/one");
  files.write("/b/two");
  files.link("/etc/lnk", "/a/one");
  WatchedPaths watched;
  const std::vector<Reading> first = {{ReadingKind::file, "/etc/lnk"}};
  CHECK(watched.add(first, files.tree()).directories ==
        Directories{{"/a", false}, {"/etc", false}});
  const std::vector<Reading> second = {{ReadingKind::file, "/etc/passwd"},
                                       {ReadingKind::subtree, "/a"}};
  CHECK(watched.add(second, files.tree()).directories == Directories{{"/a", true}});
  std::filesystem::remove(files.real("/etc/lnk"));
  files.link("/etc/lnk", "/b/two");
  CHECK(watched.renew(files.tree()).directories ==
        Directories{{"/a", true}, {"/b", false}, {"/etc", false}});
  CHECK(asked(watched, {"/b/two"}) == Paths{"/b/two", "/etc/lnk"});
  CHECK(asked(watched, {"/a/one"}) == Paths{"/a/one"});
}

TEST_CASE("what lies below another path that is told is left out") {
  const WatchedPaths watched;
  CHECK(asked(watched, {"/a/b", "/a", "/a/b/c", "/ab"}) == Paths{"/a", "/ab"});
  CHECK(asked(watched, {"/a", "/"}) == Paths{"/"});
}
