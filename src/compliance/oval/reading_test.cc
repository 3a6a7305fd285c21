#include "compliance/oval/reading.h"

#include <doctest/doctest.h>

#include "compliance/oval/evaluation.h"
#include "tests/support/oval_story.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using namespace twoseal::test;  // NOLINT(google-build-using-namespace)

namespace {

using Readings = std::vector<Reading>;

// What a file_object with these entities looks at.
Readings of_files(const std::string& entities, const std::string& behaviors = {}) {
  const FilesOfHost files;
  OvalRun run(files,
              {definition_of("d", criteria("", criterion("t"))),
               "<unix:file_test id='t'><object object_ref='o'/></unix:file_test>",
               "<unix:file_object id='o'>" + behaviors + entities + "</unix:file_object>",
               {},
               {}},
              {},
              {.live = true});
  (void)run.definition("d");
  return run.evaluation().readings();
}

// What an object of the family looks at, of which a variable is made.
Readings of_family(const std::string& object) {
  const FilesOfHost files;
  OvalRun run(files,
              {definition_of("d", criteria("", criterion("t"))),
               text_test("t", "o", "check='all'", state_ref("s")),
               lines("o", "^x$") + object,
               text_state("s", "<ind:text var_ref='v'/>"),
               "<local_variable id='v'><object_component object_ref='p' item_field='value'/>"
               "</local_variable>"},
              {},
              {.live = true});
  (void)run.definition("d");
  Readings readings = run.evaluation().readings();
  std::erase(readings, Reading{ReadingKind::file, "/f"});
  return readings;
}

const std::string kDown = "<unix:behaviors recurse_direction='down'/>";

}  // namespace

TEST_CASE("an object that names its file reads that file") {
  CHECK(of_files("<unix:filepath>/etc/passwd</unix:filepath>") ==
        Readings{{ReadingKind::file, "/etc/passwd"}});
  CHECK(of_files("<unix:path>/etc/ssh/</unix:path><unix:filename xsi:nil='true'/>") ==
        Readings{{ReadingKind::file, "/etc/ssh"}});
}

TEST_CASE(
    "accounts are read with the log of who logged in, and contexts of processes from the kernel") {
  CHECK(of_family("<unix:password_object id='p'><unix:username>root</unix:username>"
                  "</unix:password_object>") ==
        Readings{{ReadingKind::file, "/etc/passwd"},
                 {ReadingKind::file, "/var/lib/lastlog/lastlog2.db"},
                 {ReadingKind::file, "/var/log/lastlog"}});
  const auto contexts = [](const std::string& entity) {
    return of_family("<linux:selinuxsecuritycontext_object id='p'>" + entity +
                     "</linux:selinuxsecuritycontext_object>");
  };
  CHECK(contexts("<linux:pid datatype='int'>1</linux:pid>") == Readings{{ReadingKind::facts, ""}});
  CHECK(contexts("<linux:filepath>/g</linux:filepath>") == Readings{{ReadingKind::file, "/g"}});
}

TEST_CASE("an object that names a directory reads the names in it, and all below when it goes on") {
  const std::string named =
      "<unix:path>/etc/ssh</unix:path><unix:filename operation='pattern match'>x</unix:filename>";
  CHECK(of_files(named) == Readings{{ReadingKind::directory, "/etc/ssh"}});
  CHECK(of_files(named, kDown) == Readings{{ReadingKind::subtree, "/etc/ssh"}});
  CHECK(of_files(named, "<unix:behaviors recurse_direction='up'/>") ==
        Readings{{ReadingKind::subtree, "/"}});
}

TEST_CASE("an object by pattern reads everything below what the pattern begins with") {
  CHECK(of_files("<unix:filepath operation='pattern match'>^/etc/a/.*\\.conf$</unix:filepath>") ==
        Readings{{ReadingKind::subtree, "/etc/a"}});
  CHECK(of_files("<unix:filepath operation='not equal'>/etc/a</unix:filepath>") ==
        Readings{{ReadingKind::subtree, "/"}});
}

TEST_CASE("what no file tells of is a fact, what nobody collects is nothing") {
  CHECK(of_family("<unix:sysctl_object id='p'><unix:name>a.b</unix:name></unix:sysctl_object>") ==
        Readings{{ReadingKind::facts, {}}});
  CHECK(of_family("<ind:environmentvariable_object id='p'><ind:name>PATH</ind:name>"
                  "</ind:environmentvariable_object>")
            .empty());
}

TEST_CASE("a file is touched by itself and by what is above it") {
  const Reading reading{ReadingKind::file, "/etc/ssh/sshd_config"};
  CHECK(touches(reading, "/etc/ssh/sshd_config"));
  CHECK(touches(reading, "/etc/ssh"));
  CHECK(touches(reading, "/"));
  CHECK_FALSE(touches(reading, "/etc/ssh/sshd_config.d"));
  CHECK_FALSE(touches(reading, "/etc/ssh/sshd_config/x"));
  CHECK_FALSE(touches(reading, "/etc/s"));
}

TEST_CASE("a directory is touched by the names in it and not by what lies deeper") {
  const Reading reading{ReadingKind::directory, "/etc"};
  CHECK(touches(reading, "/etc/passwd"));
  CHECK(touches(reading, "/etc"));
  CHECK_FALSE(touches(reading, "/etc/ssh/sshd_config"));
  CHECK_FALSE(touches(reading, "/etcetera"));
  CHECK(touches({ReadingKind::directory, "/"}, "/etc"));
  CHECK_FALSE(touches({ReadingKind::directory, "/"}, "/etc/passwd"));
}

TEST_CASE("a subtree is touched by everything below it; facts and links by no path") {
  CHECK(touches({ReadingKind::subtree, "/etc"}, "/etc/ssh/sshd_config"));
  CHECK(touches({ReadingKind::subtree, "/etc"}, "/"));
  CHECK_FALSE(touches({ReadingKind::subtree, "/etc"}, "/var/log"));
  CHECK(touches({ReadingKind::subtree, "/"}, "/var/log"));
  CHECK_FALSE(touches({ReadingKind::facts, {}}, "/etc"));
  CHECK_FALSE(touches({ReadingKind::link, "/etc/x"}, "/etc/x"));
}
