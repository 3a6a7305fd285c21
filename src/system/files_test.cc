// One suite over every implementation: what the interface promises.
#include "system/files.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE_TEMPLATE("what was written is read back with its digest", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/etc").has_value());
  REQUIRE(made.write("/etc/motd", "welcome\n", 0640).has_value());
  const FileBytes file = made.files().read("/etc/motd", 100).value();
  CHECK(file.bytes == "welcome\n");
  CHECK(file.info.kind == FileKind::regular);
  CHECK(file.info.mode == 0640);
  CHECK(file.info.size == 8);
  CHECK(file.info.links == 1);
  CHECK(file.info == made.files().look("/etc/motd").value());
  const FileDigest digest = made.files().digest("/etc/motd", 100).value();
  CHECK(digest.digest == sha256("welcome\n"));
  CHECK(digest.info == file.info);
  CHECK(made.files().look("/etc").value()->kind == FileKind::directory);
  CHECK(made.files().look("/").value()->kind == FileKind::directory);
}

TEST_CASE_TEMPLATE("what is absent is nothing to look at and an error to read",
                   Made,
                   TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.write("/file", "text").has_value());
  for (const char* path : {"/none", "/none/below", "/file/below"}) {
    CAPTURE(path);
    CHECK_FALSE(made.files().look(path).value().has_value());
    CHECK_FALSE(made.files().readable_by_all(path).value());
    CHECK(code_of(made.files().read(path, 10)) == Errc::no_input);
    CHECK(code_of(made.files().digest(path, 10)) == Errc::no_input);
    CHECK(code_of(made.files().read_link(path)) == Errc::no_input);
    CHECK(code_of(made.files().list(path, 10)) == Errc::no_input);
  }
}

TEST_CASE_TEMPLATE("a path that is not plain is refused by every verb", Made, TWOSEAL_HOSTS) {
  Made made;
  for (const std::string path :
       {"", "etc", "./etc", "/etc/", "/etc//motd", "/etc/./motd", "/etc/../motd", "/..", "//"}) {
    CAPTURE(path);
    CHECK(code_of(made.files().look(path)) == Errc::unsafe_path);
    CHECK(code_of(made.files().read(path, 10)) == Errc::unsafe_path);
    CHECK(code_of(made.files().list(path, 10)) == Errc::unsafe_path);
    CHECK(code_of(made.write(path, "text")) == Errc::unsafe_path);
    CHECK(code_of(made.files().append_to(path)) == Errc::unsafe_path);
    CHECK(code_of(made.files().free_space(path)) == Errc::unsafe_path);
  }
  CHECK(code_of(made.files().look(std::string("/a\0b", 4))) == Errc::unsafe_path);
}

TEST_CASE_TEMPLATE("a file above the limit is not read", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.write("/file", "12345").has_value());
  CHECK(code_of(made.files().read("/file", 4)) == Errc::too_large);
  CHECK(code_of(made.files().digest("/file", 4)) == Errc::too_large);
  CHECK(made.files().read("/file", 5).value().bytes == "12345");
  CHECK(made.files().digest("/file", 5).value().digest == sha256("12345"));
}

TEST_CASE_TEMPLATE("an empty file is whole", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.write("/file", "").has_value());
  CHECK(made.files().read("/file", 0).value().bytes.empty());
  CHECK(made.files().digest("/file", 0).value().digest == sha256(""));
}

TEST_CASE_TEMPLATE("a directory, a pipe and a link are not read", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/directory").has_value());
  REQUIRE(made.make_symlink("/link", "/directory/file").has_value());
  made.put_pipe("/pipe");
  for (const char* path : {"/directory", "/link", "/pipe"}) {
    CAPTURE(path);
    CHECK(code_of(made.files().read(path, 10)) == Errc::not_regular);
    CHECK(code_of(made.files().digest(path, 10)) == Errc::not_regular);
    CHECK(code_of(made.files().append_to(path)) == Errc::not_regular);
  }
  CHECK(made.files().look("/pipe").value()->kind == FileKind::other);
  CHECK(made.files().look("/link").value()->kind == FileKind::symlink);
  CHECK(made.files().read_link("/link").value() == "/directory/file");
  CHECK(code_of(made.files().read_link("/directory")) == Errc::not_regular);
  CHECK(code_of(made.files().list("/link", 10)) == Errc::not_regular);
}

TEST_CASE_TEMPLATE("a directory is listed in order, up to a limit", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/d").has_value());
  CHECK(made.files().list("/d", 0).value().empty());
  for (const char* name : {"/d/b", "/d/a", "/d/.c"}) {
    REQUIRE(made.write(name, name).has_value());
  }
  CHECK(made.files().list("/d", 3).value() == std::vector<std::string>{".c", "a", "b"});
  CHECK(code_of(made.files().list("/d", 2)) == Errc::too_large);
}

TEST_CASE_TEMPLATE("readable by all means the file and each directory before it",
                   Made,
                   TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/open", 0755).has_value());
  REQUIRE(made.make_directory("/closed", 0750).has_value());
  REQUIRE(made.write("/open/all", "", 0644).has_value());
  REQUIRE(made.write("/open/some", "", 0640).has_value());
  REQUIRE(made.write("/closed/all", "", 0644).has_value());
  CHECK(made.files().readable_by_all("/open/all").value() == made.is_root_searchable());
  CHECK_FALSE(made.files().readable_by_all("/open/some").value());
  CHECK_FALSE(made.files().readable_by_all("/closed/all").value());
}

TEST_CASE_TEMPLATE("a write replaces a file or a link, never what a link leads to",
                   Made,
                   TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.write("/file", "old", 0600).has_value());
  REQUIRE(made.make_symlink("/link", "/file").has_value());
  REQUIRE(made.write("/link", "new", 0644).has_value());
  CHECK(made.files().read("/file", 10).value().bytes == "old");
  CHECK(made.files().read("/link", 10).value().bytes == "new");
  const std::uint64_t inode = made.files().look("/file").value()->inode;
  REQUIRE(made.write("/file", "newer", 0644).has_value());
  CHECK(made.files().look("/file").value()->inode != inode);
  CHECK(made.files().look("/file").value()->mode == 0644);
}

TEST_CASE_TEMPLATE("a link replaces a file or another link", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.write("/place", "text").has_value());
  REQUIRE(made.make_symlink("/place", "/one").has_value());
  CHECK(made.files().read_link("/place").value() == "/one");
  REQUIRE(made.make_symlink("/place", "two").has_value());
  CHECK(made.files().read_link("/place").value() == "two");
}

TEST_CASE_TEMPLATE("where a directory or pipe stands, no file and no link is made",
                   Made,
                   TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/d").has_value());
  made.put_pipe("/p");
  for (const char* path : {"/d", "/p"}) {
    CAPTURE(path);
    CHECK(code_of(made.write(path, "text")) == Errc::not_regular);
    CHECK(code_of(made.make_symlink(path, "/x")) == Errc::not_regular);
  }
  CHECK(code_of(made.make_directory("/d")) == Errc::changed_meanwhile);
  CHECK(made.files().list("/", 10).value() == std::vector<std::string>{"d", "p"});
}

TEST_CASE_TEMPLATE("without its directory nothing is made", Made, TWOSEAL_HOSTS) {
  Made made;
  CHECK(code_of(made.write("/none/file", "text")) == Errc::bad_output);
  CHECK(code_of(made.make_directory("/none/d")) == Errc::bad_output);
  CHECK(code_of(made.make_symlink("/none/l", "/x")) == Errc::bad_output);
  CHECK(code_of(made.files().append_to("/none/log")) == Errc::bad_output);
}

TEST_CASE_TEMPLATE("a change happens only to what was planned on", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.write("/file", "planned").has_value());
  const auto planned = made.files().look("/file").value();
  REQUIRE(made.write("/file", "changed").has_value());
  for (const FileAct act :
       {FileAct::write, FileAct::make_symlink, FileAct::set_attributes, FileAct::remove}) {
    CHECK(code_of(made.apply(act, "/file", planned)) == Errc::changed_meanwhile);
    CHECK(code_of(made.apply(act, "/file", std::nullopt)) == Errc::changed_meanwhile);
    CHECK(code_of(made.apply(act, "/none", planned)) == Errc::changed_meanwhile);
  }
  CHECK(code_of(made.apply(FileAct::remove, "/none", std::nullopt)) == Errc::changed_meanwhile);
  CHECK(made.files().read("/file", 10).value().bytes == "changed");
  CHECK(made.files().list("/", 10).value() == std::vector<std::string>{"file"});
}

TEST_CASE_TEMPLATE("attributes of a file and a directory are set", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.write("/file", "text", 0644).has_value());
  REQUIRE(made.make_directory("/d", 0755).has_value());
  const auto before = made.files().look("/file").value();
  for (const char* path : {"/file", "/d"}) {
    REQUIRE(made.set_mode(path, 0710).has_value());
    CHECK(made.files().look(path).value()->mode == 0710);
  }
  CHECK(made.files().look("/file").value()->inode == before->inode);
  REQUIRE(made.make_symlink("/link", "/file").has_value());
  CHECK(code_of(made.set_mode("/link", 0600)) == Errc::not_regular);
}

TEST_CASE_TEMPLATE("a file with several names is replaced, never changed through one",
                   Made,
                   TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.write("/one", "text", 0644).has_value());
  made.put_link("/two", "/one");
  CHECK(made.files().look("/one").value()->links == 2);
  REQUIRE(made.set_mode("/one", 0600).has_value());
  CHECK(made.files().look("/one").value()->mode == 0600);
  CHECK(made.files().look("/two").value()->mode == 0644);
  CHECK(made.files().look("/two").value()->links == 1);
  CHECK(made.files().read("/one", 10).value().bytes == "text");
}

TEST_CASE_TEMPLATE("files, links and empty directories are removed", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/d").has_value());
  REQUIRE(made.write("/d/file", "text").has_value());
  REQUIRE(made.make_symlink("/d/link", "/d").has_value());
  CHECK(code_of(made.remove("/d")) == Errc::io_failed);
  for (const char* path : {"/d/file", "/d/link", "/d"}) {
    CAPTURE(path);
    REQUIRE(made.remove(path).has_value());
    CHECK_FALSE(made.files().look(path).value().has_value());
  }
}

TEST_CASE_TEMPLATE("after an error no temporary file is left, and what came before may be done",
                   Made,
                   TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/d").has_value());
  const std::vector<FileChange> changes = {made.change(FileAct::make_directory, "/e"),
                                           made.change(FileAct::write, "/a"),
                                           made.change(FileAct::write, "/none/b"),
                                           made.change(FileAct::write, "/c")};
  CHECK(code_of(made.files().apply(changes)) == Errc::bad_output);
  CHECK_FALSE(made.files().look("/c").value().has_value());
  const auto names = made.files().list("/", 10).value();
  for (const std::string& name : names) {
    CHECK_FALSE(is_temporary_name(name));
  }
}

TEST_CASE_TEMPLATE("many changes are made in their order", Made, TWOSEAL_HOSTS) {
  Made made;
  std::vector<FileChange> changes = {made.change(FileAct::make_directory, "/d")};
  for (int i = 0; i < 100; ++i) {
    changes.push_back(made.change(FileAct::write, "/d/" + std::to_string(i)));
  }
  changes.push_back(made.change(FileAct::make_directory, "/d/e"));
  changes.push_back(made.change(FileAct::make_symlink, "/d/e/link"));
  REQUIRE(made.files().apply(changes).has_value());
  CHECK(made.files().list("/d", 200).value().size() == 101);
  CHECK(made.files().read("/d/42", 10).value().bytes == "changed");
  CHECK(made.files().list("/", 10).value() == std::vector<std::string>{"d"});
}

TEST_CASE_TEMPLATE("what a crash left is swept, and nothing else", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/d").has_value());
  REQUIRE(made.write("/d/file", "text").has_value());
  REQUIRE(made.write("/d/" + temporary_name(7), "left").has_value());
  REQUIRE(made.make_symlink("/d/" + temporary_name(8), "/left").has_value());
  REQUIRE(made.make_directory("/d/" + temporary_name(9)).has_value());
  REQUIRE(made.write("/d/.twoseal-mine", "kept").has_value());
  const std::vector<std::string> paths = {"/d/file", "/d/other", "/none/file", "/d/file/x"};
  CHECK(sweep_temporaries(made.files(), paths).value() == 3);
  CHECK(made.files().list("/d", 10).value() == std::vector<std::string>{".twoseal-mine", "file"});
}

TEST_CASE_TEMPLATE("a growing file keeps what was appended", Made, TWOSEAL_HOSTS) {
  Made made;
  {
    const auto file = made.files().append_to("/log").value();
    CHECK(file->size() == 0);
    REQUIRE(file->append("one\n").has_value());
    REQUIRE(file->append("two\n").has_value());
    REQUIRE(file->sync().has_value());
    CHECK(file->size() == 8);
  }
  CHECK(made.files().look("/log").value()->mode == 0600);
  const auto file = made.files().append_to("/log").value();
  CHECK(file->size() == 8);
  REQUIRE(file->truncate(4).has_value());
  CHECK(file->size() == 4);
  REQUIRE(file->append("three\n").has_value());
  CHECK(made.files().read("/log", 100).value().bytes == "one\nthree\n");
}

TEST_CASE_TEMPLATE("links of root lead on where only root can write", Made, TWOSEAL_HOSTS) {
  Made made;
  if (!made.is_root()) {
    MESSAGE("skipped: only root makes links of root");
    return;
  }
  REQUIRE(made.make_directory("/usr").has_value());
  REQUIRE(made.make_directory("/usr/lib").has_value());
  REQUIRE(made.write("/usr/lib/file", "text").has_value());
  REQUIRE(made.make_symlink("/lib", "usr/lib").has_value());
  REQUIRE(made.make_symlink("/absolute", "/usr/lib").has_value());
  REQUIRE(made.make_symlink("/usr/up", "../lib").has_value());
  REQUIRE(made.make_symlink("/escape", "../../../usr/./lib").has_value());
  for (const char* way : {"/lib", "/absolute", "/usr/up", "/escape"}) {
    const std::string path = std::string(way) + "/file";
    CAPTURE(path);
    CHECK(made.files().read(path, 10).value().bytes == "text");
    CHECK(made.files().look(path).value().has_value());
    CHECK(made.files().readable_by_all(path).value() == made.is_root_searchable());
  }
  REQUIRE(made.write("/lib/more", "more").has_value());
  CHECK(made.files().read("/usr/lib/more", 10).value().bytes == "more");
  REQUIRE(made.make_symlink("/loop", "/loop").has_value());
  CHECK(code_of(made.files().look("/loop/x")) == Errc::unsafe_path);
}

TEST_CASE_TEMPLATE("no link is followed that another user could have made or exchanged",
                   Made,
                   TWOSEAL_HOSTS) {
  Made made;
  if (!made.is_root()) {
    MESSAGE("skipped: only root makes links of others");
    return;
  }
  REQUIRE(made.make_directory("/target").has_value());
  REQUIRE(made.write("/target/file", "text").has_value());
  REQUIRE(made.make_symlink("/of-user", "/target", 1000).has_value());
  REQUIRE(made.make_directory("/shared", 01777).has_value());
  REQUIRE(made.make_symlink("/shared/of-root", "/target").has_value());
  REQUIRE(made.make_directory("/of-other", 0755, 1000).has_value());
  REQUIRE(made.make_symlink("/of-other/of-root", "/target").has_value());
  for (const char* way : {"/of-user", "/shared/of-root", "/of-other/of-root"}) {
    const std::string path = std::string(way) + "/file";
    CAPTURE(path);
    CHECK(code_of(made.files().look(path)) == Errc::unsafe_path);
    CHECK(code_of(made.files().read(path, 10)) == Errc::unsafe_path);
    CHECK(code_of(made.write(path, "mine")) == Errc::unsafe_path);
    CHECK(code_of(made.files().readable_by_all(path)) == Errc::unsafe_path);
  }
  // Real directories of others are walked through: there is nothing in them that leads elsewhere.
  REQUIRE(made.make_directory("/of-other/d", 0755, 1000).has_value());
  CHECK(made.write("/of-other/d/file", "text").has_value());
  CHECK(made.write("/shared/file", "text").has_value());
}

TEST_CASE_TEMPLATE("owners are those that were asked for", Made, TWOSEAL_HOSTS) {
  Made made;
  if (!made.is_root()) {
    MESSAGE("skipped: only root gives files away");
    return;
  }
  FileChange change = made.change(FileAct::write, "/file");
  change.uid = 1000;
  change.gid = 1001;
  change.mode = 04750;
  REQUIRE(made.files().apply({&change, 1}).has_value());
  const FileInfo info = *made.files().look("/file").value();
  CHECK(info.uid == 1000);
  CHECK(info.gid == 1001);
  CHECK(info.mode == 04750);
  FileChange back = made.change(FileAct::set_attributes, "/file");
  back.before = info;
  back.mode = 02711;
  REQUIRE(made.files().apply({&back, 1}).has_value());
  CHECK(made.files().look("/file").value()->uid == 0);
  CHECK(made.files().look("/file").value()->mode == 02711);
}

TEST_CASE_TEMPLATE("one at a time may change the accounts", Made, TWOSEAL_HOSTS) {
  Made made;
  REQUIRE(made.make_directory("/etc").has_value());
  REQUIRE(made.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n").has_value());
  {
    CHECK(made.files().lock_accounts().has_value());
  }
  CHECK(made.files().lock_accounts().has_value());
}

TEST_CASE_TEMPLATE("there is space for a small file", Made, TWOSEAL_HOSTS) {
  Made made;
  CHECK(made.files().free_space("/").value() > 0);
}

TEST_CASE("temporary names have one form") {
  CHECK(temporary_name(0xfeed) == ".twoseal-000000000000feed");
  CHECK(is_temporary_name(temporary_name(0)));
  CHECK_FALSE(is_temporary_name(".twoseal-"));
  CHECK_FALSE(is_temporary_name(".twoseal-000000000000feeD"));
  CHECK_FALSE(is_temporary_name("twoseal-000000000000feed"));
  CHECK_FALSE(is_temporary_name(".twoseal-000000000000feed0"));
}
