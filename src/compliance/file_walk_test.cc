#include "compliance/file_walk.h"

#include <algorithm>
#include <deque>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "system/file_systems.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Paths = std::vector<std::string>;

// Notes what it is shown.
class Visitor : public FileVisitor {
 public:
  void visit(WalkedFile& file) override {
    paths_.push_back(file.name().empty() ? std::string(file.path()) + "/" : file.full_path());
  }

  void miss(Flag flag, const std::string& why) override { missed_.emplace_back(flag, why); }

  [[nodiscard]] Paths paths() const {
    Paths sorted = paths_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

  [[nodiscard]] const std::vector<std::pair<Flag, std::string>>& missed() const { return missed_; }

 private:
  Paths paths_;
  std::vector<std::pair<Flag, std::string>> missed_;
};

struct Asked {
  std::string path;  ///< pattern when it begins with `~`, not equal to it when with `!`
  std::string name;  ///< the same; `-` for directories
  std::vector<std::pair<Text, Text>> behaviors;
  bool is_filepath = false;
};

// Several queries, walked together.
class Walk {
 public:
  explicit Walk(const FilesOfHost& files, std::size_t linked_max = FileWalk::kLinkedMax)
      : walk_(files.tree(), linked_max) {}

  Visitor& add(const Asked& asked) {
    Query& query = queries_.emplace_back();
    query.object.behaviors = asked.behaviors;
    query.texts = {asked.path, asked.name};
    add_entity(
        query.object, asked.is_filepath ? EntityName::filepath : EntityName::path, query.texts[0]);
    if (!asked.is_filepath) {
      add_entity(query.object, EntityName::filename, query.texts[1]);
    }
    std::vector<Matcher> matchers;
    for (const Entity& entity : query.object.entities) {
      matchers.emplace_back(entity, nullptr, regexes_);
    }
    query.query = std::make_unique<ObjectQuery>(query.object, std::move(matchers));
    walk_.add(*query.query, query.visitor);
    return query.visitor;
  }

  FileWalk::Cost run() {
    walk_.run();
    return walk_.cost();
  }

 private:
  struct Query {
    Object object;
    std::vector<std::string> texts;
    std::unique_ptr<ObjectQuery> query;
    Visitor visitor;
  };

  static void add_entity(Object& object, EntityName name, std::string_view value) {
    Entity entity;
    entity.name = name;
    entity.nil = value == "-";
    if (value.starts_with('~')) {
      entity.operation = Operation::pattern_match;
      value.remove_prefix(1);
    } else if (value.starts_with('!')) {
      entity.operation = Operation::not_equal;
      value.remove_prefix(1);
    }
    entity.value = entity.nil ? std::string_view() : value;
    object.entities.push_back(entity);
  }

  RegexCache regexes_;
  std::deque<Query> queries_;
  FileWalk walk_;
};

Paths found(const FilesOfHost& files, const Asked& asked) {
  Walk walk(files);
  const Visitor& visitor = walk.add(asked);
  walk.run();
  CHECK(visitor.missed().empty());
  return visitor.paths();
}

const std::pair<Text, Text> kDown = {"recurse_direction", "down"};
const std::pair<Text, Text> kUp = {"recurse_direction", "up"};

// /a/1, /a/b/2, /a/b/c/3 and /x/4
void fill(FilesOfHost& files) {
  files.write("/a/1");
  files.write("/a/b/2");
  files.write("/a/b/c/3");
  files.write("/x/4");
}

}  // namespace

TEST_CASE("without a direction only the directory itself is looked at") {
  FilesOfHost files;
  fill(files);
  CHECK(found(files, {"/a", "~.*"}) == Paths{"/a/1"});
  CHECK(found(files, {"/a", "1"}) == Paths{"/a/1"});
  CHECK(found(files, {"/a", "2"}).empty());
  CHECK(found(files, {"/a", "-"}) == Paths{"/a/"});
  CHECK(found(files, {"/a/1", "~.*"}).empty());
  CHECK(found(files, {"/none", "~.*"}).empty());
  CHECK(found(files, {"a", "~.*"}).empty());
}

TEST_CASE("down goes as deep as max_depth says") {
  FilesOfHost files;
  fill(files);
  const auto down = [&](Text depth, const std::string& name) {
    return found(files, {"/a", name, {kDown, {"max_depth", depth}}});
  };
  CHECK(down("-1", "~.*") == Paths{"/a/1", "/a/b/2", "/a/b/c/3"});
  CHECK(down("0", "~.*") == Paths{"/a/1"});
  CHECK(down("1", "~.*") == Paths{"/a/1", "/a/b/2"});
  CHECK(down("-1", "-") == Paths{"/a/", "/a/b/", "/a/b/c/"});
  CHECK(down("1", "-") == Paths{"/a/", "/a/b/"});
}

TEST_CASE("up goes to the root, or as far as max_depth says") {
  FilesOfHost files;
  fill(files);
  files.write("/0");
  const auto up = [&](Text depth, const std::string& name) {
    return found(files, {"/a/b", name, {kUp, {"max_depth", depth}}});
  };
  CHECK(up("-1", "~^\\d$") == Paths{"/0", "/a/1", "/a/b/2"});
  CHECK(up("1", "~^\\d$") == Paths{"/a/1", "/a/b/2"});
  CHECK(up("0", "~^\\d$") == Paths{"/a/b/2"});
  CHECK(up("-1", "-") == Paths{"//", "/a/", "/a/b/"});
}

TEST_CASE("on the way up too, a file name is one of no directory") {
  FilesOfHost files;
  fill(files);
  CHECK(found(files, {"/a/b", "c", {kUp}}).empty());
}

TEST_CASE("a file name is one of no directory, and everything else has names") {
  FilesOfHost files;
  fill(files);
  files.make_pipe("/a/pipe");
  files.link("/a/link", "/nowhere");
  files.link("/a/way", "../x");
  CHECK(found(files, {"/a", "b"}).empty());
  CHECK(found(files, {"/a", "~.*"}) == Paths{"/a/1", "/a/link", "/a/pipe", "/a/way"});
}

TEST_CASE("links to directories are followed below only when recurse says so") {
  FilesOfHost files;
  fill(files);
  files.link("/a/way", "../x");
  const auto recurse = [&](Text word) {
    return found(files, {"/a", "~\\d", {kDown, {"recurse", word}}});
  };
  CHECK(recurse("symlinks and directories") == Paths{"/a/1", "/a/b/2", "/a/b/c/3", "/a/way/4"});
  CHECK(recurse("directories") == Paths{"/a/1", "/a/b/2", "/a/b/c/3"});
  CHECK(recurse("symlinks") == Paths{"/a/1", "/a/way/4"});
  CHECK(found(files, {"/a/way", "~.*"}) == Paths{"/a/way/4"});  // one that is named always is
}

TEST_CASE("links in a circle end") {
  FilesOfHost files;
  fill(files);
  files.link("/a/b/up", "..");
  files.link("/a/b/self", "self");
  files.link("/a/b/out", "../..");
  files.write("/0");
  const Paths paths = found(files, {"/a", "~^\\d$", {kDown}});
  CHECK(paths == Paths{"/a/1", "/a/b/2", "/a/b/c/3", "/a/b/out/0", "/a/b/out/x/4"});
}

TEST_CASE("a link that begins with a slash leads within the root") {
  FilesOfHost files;
  fill(files);
  files.link("/a/way", "/x");
  CHECK(found(files, {"/a", "~^4$", {kDown}}) == Paths{"/a/way/4"});
  CHECK(found(files, {"~^/a/way/4$", "", {}, true}) == Paths{"/a/way/4"});
}

// The same, with what another directory of this machine holds.
TEST_CASE("no link leads out of the root") {
  FilesOfHost outside;
  outside.write("/secret");
  FilesOfHost files;
  fill(files);
  files.link("/a/way", outside.real("/"));
  CHECK(found(files, {"/a", "~^secret$", {kDown}}).empty());
}

TEST_CASE("a filepath is one file, by its name or by a pattern, and never a directory") {
  FilesOfHost files;
  fill(files);
  files.link("/a/link", "1");
  files.link("/a/way", "../x");
  files.link("/a/dangling", "/nowhere");
  const auto at = [&](const std::string& path) { return found(files, {path, "", {}, true}); };
  CHECK(at("/a/1") == Paths{"/a/1"});
  CHECK(at("/a/link") == Paths{"/a/link"});
  CHECK(at("/a/dangling") == Paths{"/a/dangling"});
  CHECK(at("/a/way").empty());
  CHECK(at("/a/b").empty());
  CHECK(at("/a/none").empty());
  CHECK(at("/").empty());
  CHECK(at("a/1").empty());
  CHECK(at("~^/a/b/.*$") == Paths{"/a/b/2", "/a/b/c/3"});
  CHECK(at("~^/a/(1|link|way|dangling)$") == Paths{"/a/1", "/a/dangling", "/a/link"});
  CHECK(at("~^/(a|x)/\\d$") == Paths{"/a/1", "/x/4"});
  CHECK(at("~^/a/1|/x/4$") == Paths{"/a/1", "/x/4"});
  CHECK(at("~^/b").empty());
}

TEST_CASE("a path may be a pattern, which also what is below may match") {
  FilesOfHost files;
  fill(files);
  CHECK(found(files, {"~^/a$", "~.*"}) == Paths{"/a/1"});
  CHECK(found(files, {"~^/a", "~.*"}) == Paths{"/a/1", "/a/b/2", "/a/b/c/3"});
  CHECK(found(files, {"~^/(a/b|x)$", "~.*"}) == Paths{"/a/b/2", "/x/4"});
  CHECK(found(files, {"~^/a/.*$", "-"}) == Paths{"/a/b/", "/a/b/c/"});
  CHECK(found(files, {"~^/q", "~.*"}).empty());
}

TEST_CASE("a pattern whose end could hide a bracket prunes nothing that it matches") {
  FilesOfHost files;
  fill(files);
  const auto at = [&](const std::string& path) { return found(files, {path, "", {}, true}); };
  CHECK(at("~(?x)^/a/b/2$ # the file") == Paths{"/a/b/2"});
  CHECK(at("~^\\Q/a/b/2") == Paths{"/a/b/2"});
  CHECK(at("~(*UCP)^/a/b/2$") == Paths{"/a/b/2"});
  CHECK(at("~^/a/b/2$|^/x/4$") == Paths{"/a/b/2", "/x/4"});
}

TEST_CASE("a pattern that may match from the midst of a path on is looked for everywhere") {
  FilesOfHost files;
  fill(files);
  files.write("/srv/u/.rhosts");
  const auto at = [&](const std::string& path) { return found(files, {path, "", {}, true}); };
  CHECK(at("~b/.*[23]$") == Paths{"/a/b/2", "/a/b/c/3"});
  CHECK(at("~(^|/)\\.rhosts$") == Paths{"/srv/u/.rhosts"});
  CHECK(at("~^/x/4|\\.rhosts$") == Paths{"/srv/u/.rhosts", "/x/4"});
  CHECK(at("~\\.rhosts$|^/x/4") == Paths{"/srv/u/.rhosts", "/x/4"});
  CHECK(at("~/?b/2$") == Paths{"/a/b/2"});
  CHECK(found(files, {"~(^|/)b$", "~.*"}) == Paths{"/a/b/2"});
  CHECK(found(files, {"~b/c$", "-"}) == Paths{"/a/b/c/"});
}

TEST_CASE("a path that is not to be equal is not the one with a slash behind it either") {
  FilesOfHost files;
  fill(files);
  CHECK(found(files, {"!/a", "1"}).empty());
  CHECK(found(files, {"!/x", "1"}) == Paths{"/a/1"});
}

TEST_CASE("each file is seen once, however many ways of a query lead to it") {
  FilesOfHost files;
  fill(files);
  CHECK(found(files, {"~^/a", "~.*", {kDown}}) == Paths{"/a/1", "/a/b/2", "/a/b/c/3"});
  CHECK(found(files, {"~^/a", "-", {kDown}}) == Paths{"/a/", "/a/b/", "/a/b/c/"});
  CHECK(found(files, {"~^/a", "~^\\d$", {kUp}}) == Paths{"/a/1", "/a/b/2", "/a/b/c/3"});
  CHECK(found(files, {"~^/a", "-", {kUp}}) == Paths{"//", "/a/", "/a/b/", "/a/b/c/"});
  // Where a walk begins anew it goes as deep as it may from there.
  CHECK(found(files, {"~^/a(/b)?$", "~.*", {kDown, {"max_depth", "1"}}}) ==
        Paths{"/a/1", "/a/b/2", "/a/b/c/3"});
}

TEST_CASE("starts one in another see each file once") {
  FilesOfHost files;
  fill(files);
  const auto all = [&](const std::string& operation,
                       const std::string& behaviors,
                       const std::string& name,
                       const std::vector<std::string>& paths) {
    std::string values;
    for (const std::string& path : paths) {
      values += "<value>" + path + "</value>";
    }
    OneTest run(files,
                "unix:file",
                "",
                "<unix:file_object id='o'><unix:behaviors " + behaviors +
                    "/><unix:path operation='" + operation +
                    "' var_ref='v' var_check='at least one'/><unix:filename " + name +
                    "</unix:file_object>",
                "",
                "<constant_variable id='v' datatype='string'>" + values + "</constant_variable>");
    return std::pair(run.sorted(EntityName::filepath), run.sorted(EntityName::path));
  };
  const std::string any = "operation='pattern match'>.*</unix:filename>";
  const Paths three = {"/a/1", "/a/b/2", "/a/b/c/3"};
  const std::string down = "recurse_direction='down'";
  CHECK(all("equals", down, any, {"/a", "/a/b"}).first == three);
  CHECK(all("equals", down, any, {"/a/b", "/a/"}).first == three);
  CHECK(all("pattern match", down, any, {"^/a$", "^/a/b$", "^/[a]"}).first == three);
  CHECK(all("pattern match", "recurse_direction='none'", any, {"^/a/b$", "^/a/[b]$"}).first ==
        Paths{"/a/b/2"});
  CHECK(all("equals", down, "xsi:nil='true'/>", {"/a", "/a/b"}).second ==
        Paths{"/a", "/a/b", "/a/b/c"});
  CHECK(all("pattern match",
            "recurse_direction='none'",
            "xsi:nil='true'/>",
            {"^/a/b/c$", "^/[a]/b/c$"})
            .second == Paths{"/a/b/c"});
}

// n directories, each with two links to the next: 2^n ways.
TEST_CASE("links that multiply what is there leave the answer incomplete") {
  FilesOfHost files;
  constexpr int kLevels = 12;
  for (int i = 0; i < kLevels; ++i) {
    const std::string directory = "/d/" + std::to_string(i);
    files.link(directory + "/a", "/d/" + std::to_string(i + 1));
    files.link(directory + "/b", "/d/" + std::to_string(i + 1));
  }
  files.write("/d/12/file");
  const auto look = [&](std::size_t linked_max, const Asked& asked) {
    Walk walk(files, linked_max);
    const Visitor& visitor = walk.add(asked);
    const std::uint64_t directories = walk.run().directories;
    REQUIRE(visitor.missed().size() == 1);
    CHECK(visitor.missed().front().first == Flag::incomplete);
    CHECK(directories <= linked_max + kLevels + 3);
  };
  look(100, {"/d", "file", {kDown}});
  look(100, {"~^/d/.*/file$", "", {}, true});
  Walk walk(files);
  const Visitor& visitor = walk.add({"/d/6", "file", {kDown}});
  const Visitor& other = walk.add({"/d", "file", {kDown, {"recurse", "directories"}}});
  walk.run();
  CHECK(visitor.paths().size() == 64);
  CHECK(other.paths() == Paths{"/d/12/file"});
  CHECK(visitor.missed().empty());
}

TEST_CASE("a file whose path is longer than the kernel takes is read all the same") {
  FilesOfHost files;
  const std::string name(250, 'd');
  FileDescriptor at(::open(files.real("/").c_str(), O_PATH | O_DIRECTORY));
  for (int i = 0; i < 20; ++i) {
    REQUIRE(::mkdirat(at.get(), name.c_str(), 0755) == 0);
    at.reset(::openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY));
  }
  const FileDescriptor file(::openat(at.get(), ".rhosts", O_WRONLY | O_CREAT, 0644));
  REQUIRE(::write(file.get(), "+\n", 2) == 2);
  OneTest text(files,
               "ind:textfilecontent54",
               "check_existence='none_exist'",
               "<ind:textfilecontent54_object id='o'>"
               "<ind:behaviors recurse_direction='down'/><ind:path>/</ind:path>"
               "<ind:filename>.rhosts</ind:filename>"
               "<ind:pattern operation='pattern match'>.</ind:pattern>"
               "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>");
  CHECK(text.verdict() == Verdict::no);
  CHECK(text.flag() == Flag::complete);

  // A link there can only be followed by its path.
  REQUIRE(::symlinkat("/none", at.get(), "link") == 0);
  Walk walk(files);
  const Visitor& visitor = walk.add({"/", ".rhosts", {kDown}});
  walk.run();
  CHECK(visitor.paths().size() == 1);
  REQUIRE_FALSE(visitor.missed().empty());
  CHECK(visitor.missed().front().first == Flag::incomplete);
}

TEST_CASE("a pattern costs only the directories in which a match is possible") {
  FilesOfHost files;
  fill(files);
  for (int i = 10; i < 30; ++i) {
    files.write("/x/" + std::to_string(i) + "/file");
  }
  const auto cost = [&](const std::string& path) {
    Walk walk(files);
    walk.add({path, "", {}, true});
    return walk.run().directories;
  };
  CHECK(cost("~^/a/b/2$") == 1);      // /a/b
  CHECK(cost("~^/a/[bz]/2$") == 2);   // /a, /a/b
  CHECK(cost("~^/(a|q)/b/2$") == 3);  // /, /a, /a/b
  CHECK(cost("~/a/[bz]/2$") == 2);    // a slash is the root, also without ^
  CHECK(cost("~^/a/2$|^/q$") == 2);   // /, /a
  CHECK(cost("~.*2$") >= 24);         // may be anywhere
}

TEST_CASE("queries share traversals: each directory is listed once") {
  FilesOfHost files;
  fill(files);
  Walk one(files);
  one.add({"/a", "~.*", {kDown}});
  const auto alone = one.run();
  CHECK(alone.directories == 3);
  CHECK(alone.files == 3);

  Walk many(files);
  const Visitor& first = many.add({"/a", "~.*", {kDown}});
  const Visitor& second = many.add({"/a", "~^[23]$", {kDown}});
  const Visitor& third = many.add({"/a/b", "~.*"});
  const Visitor& fourth = many.add({"~^/a/.*", "", {}, true});
  const Visitor& fifth = many.add({"/a/b", "-", {kDown}});
  const auto together = many.run();
  CHECK(first.paths() == Paths{"/a/1", "/a/b/2", "/a/b/c/3"});
  CHECK(second.paths() == Paths{"/a/b/2", "/a/b/c/3"});
  CHECK(third.paths() == Paths{"/a/b/2"});
  CHECK(fourth.paths() == first.paths());
  CHECK(fifth.paths() == Paths{"/a/b/", "/a/b/c/"});
  CHECK(together.directories == alone.directories);
}

TEST_CASE("a walk together finds what walks alone find") {
  FilesOfHost files;
  fill(files);
  files.link("/a/way", "../x");
  files.link("/x/back", "../a/b");
  const std::vector<Asked> all = {{"/a", "~.*", {kDown}},
                                  {"/", "~^\\d$", {kDown}},
                                  {"/x", "~.*", {kDown, {"recurse", "directories"}}},
                                  {"/a/b", "~.*", {kUp}},
                                  {"~^/[ax]$", "~.*"},
                                  {"~^/a/.*\\d$", "", {}, true},
                                  {"/a/b/c/3", "", {}, true},
                                  {"/a", "-", {kDown, {"max_depth", "1"}}}};
  Walk together(files);
  std::vector<const Visitor*> visitors;
  for (const Asked& asked : all) {
    visitors.push_back(&together.add(asked));
  }
  together.run();
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    CHECK(visitors[i]->paths() == found(files, all[i]));
    CHECK_FALSE(visitors[i]->paths().empty());
  }
}

TEST_CASE("words that behaviors do not have make the object an error") {
  FilesOfHost files;
  fill(files);
  for (const auto& behavior : std::vector<std::pair<Text, Text>>{{"recurse_direction", "left"},
                                                                 {"recurse", "everything"},
                                                                 {"recurse_file_system", "mine"},
                                                                 {"max_depth", "x"},
                                                                 {"max_depth", "1x"}}) {
    Walk walk(files);
    const Visitor& visitor = walk.add({"/a", "~.*", {behavior}});
    walk.run();
    CHECK(visitor.paths().empty());
    REQUIRE(visitor.missed().size() == 1);
    CHECK(visitor.missed().front().first == Flag::error);
  }
}

TEST_CASE("a pattern that is none makes the object an error") {
  FilesOfHost files;
  fill(files);
  for (const Asked& asked : {Asked{"~(", "~.*"}, Asked{"/a", "~("}, Asked{"~(", "", {}, true}}) {
    Walk walk(files);
    const Visitor& visitor = walk.add(asked);
    walk.run();
    CHECK(visitor.paths().empty());
    REQUIRE_FALSE(visitor.missed().empty());
    CHECK(visitor.missed().front().first == Flag::error);
  }
}

TEST_CASE(
    "a directory that may not be listed leaves the answer incomplete, for those who want it") {
  if (::geteuid() == 0 && ::seteuid(65534) != 0) {
    return;
  }
  {
    FilesOfHost files;  // of nobody
    fill(files);
    files.set_mode("/a/b", 0);
    Walk walk(files);
    const Visitor& wants = walk.add({"/a", "~.*", {kDown}});
    const Visitor& does_not = walk.add({"/x", "~.*", {kDown}});
    const Visitor& shallow = walk.add({"/a", "~.*"});
    walk.run();
    CHECK(wants.paths() == Paths{"/a/1"});
    REQUIRE_FALSE(wants.missed().empty());
    CHECK(wants.missed().front().first == Flag::incomplete);
    CHECK(wants.missed().front().second.find("/a/b") != std::string::npos);
    CHECK(does_not.missed().empty());
    CHECK(shallow.missed().empty());
    files.set_mode("/a/b", 0700);
  }
  CHECK((::getuid() != 0 || ::seteuid(0) == 0));
}

TEST_CASE("on the way up too, what may not be listed is told") {
  if (::geteuid() == 0 && ::seteuid(65534) != 0) {
    return;
  }
  {
    FilesOfHost files;
    fill(files);
    files.set_mode("/a", 0300);
    Walk walk(files);
    const Visitor& visitor = walk.add({"/a/b", "~.*", {kUp}});
    walk.run();
    CHECK_FALSE(visitor.missed().empty());
    files.set_mode("/a", 0700);
  }
  CHECK((::getuid() != 0 || ::seteuid(0) == 0));
}

TEST_CASE("directories nested deeper than the limit leave the answer incomplete") {
  FilesOfHost files;
  std::string path;
  for (int i = 0; i < 405; ++i) {
    path += "/d";
  }
  files.write(path + "/deep");
  files.write("/d/shallow");
  Walk walk(files);
  const Visitor& visitor = walk.add({"/d", "~.*", {kDown}});
  walk.run();
  CHECK(visitor.paths() == Paths{"/d/shallow"});
  REQUIRE_FALSE(visitor.missed().empty());
  CHECK(visitor.missed().front().first == Flag::incomplete);
}

TEST_CASE("file systems of this machine are local, and one walk stays on the one where it began") {
  FilesOfHost files;
  fill(files);
  for (const Text word : {"all", "local", "defined"}) {
    CHECK(found(files, {"/a", "~.*", {kDown, {"recurse_file_system", word}}}).size() == 3);
  }
  const auto root = LinuxFileTree::open_root("/").value();
  if (root->file_system_type("/proc/sys") != kProcFileSystem) {
    return;  // no procfs here
  }
  const auto below_proc = [&](Text word) {
    Object object;
    object.behaviors = {{"recurse_file_system", word}};
    Entity path;
    path.name = EntityName::path;
    path.value = "/proc/sys/kernel";
    Entity name;
    name.name = EntityName::filename;
    name.value = "ostype";
    object.entities = {path, name};
    RegexCache regexes;
    std::vector<Matcher> matchers;
    for (const Entity& entity : object.entities) {
      matchers.emplace_back(entity, nullptr, regexes);
    }
    const ObjectQuery query(object, std::move(matchers));
    Visitor visitor;
    FileWalk walk(*root);
    walk.add(query, visitor);
    walk.run();
    return visitor.paths();
  };
  CHECK(below_proc("all") == Paths{"/proc/sys/kernel/ostype"});
  CHECK(below_proc("local").empty());
}

TEST_CASE("a slash behind a path changes nothing") {
  FilesOfHost files;
  fill(files);
  CHECK(found(files, {"/a/", "~.*"}) == Paths{"/a/1"});
  CHECK(found(files, {"/", "-"}) == Paths{"//"});
}
