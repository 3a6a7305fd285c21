// What touch() says afterwards must be what a fresh look says.
#include <doctest/doctest.h>

#include "compliance/oval/evaluation.h"
#include "tests/support/oval_story.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using namespace twoseal::test;  // NOLINT(google-build-using-namespace)

namespace {

namespace fs = std::filesystem;

// A document that was judged once, on files that then change.
class Live {
 public:
  Live(const FilesOfHost& files, OvalSections sections, EvaluationLimits limits = {})
      : files_(files), sections_(std::move(sections)) {
    limits.live = true;
    limits_ = limits;
    run_ = std::make_unique<OvalRun>(files_, sections_, Bindings(), limits_);
    before_ = run_->definition("d");
  }

  [[nodiscard]] Verdict before() const { return before_; }

  // What it says after the paths were touched; a fresh look must say the same.
  [[nodiscard]] Verdict after(const std::vector<std::string>& paths) {
    forgotten_ = run_->evaluation().touch(paths).size();
    return compared();
  }

  [[nodiscard]] Verdict after_facts(std::int64_t now = kNow) {
    forgotten_ = run_->evaluation().touch_facts(now).size();
    return compared(now);
  }

  // Definitions that the last touch made anew.
  [[nodiscard]] std::size_t forgotten() const { return forgotten_; }

  [[nodiscard]] OvalRun& run() { return *run_; }

  static constexpr std::int64_t kNow = 1'700'000'000;

 private:
  Verdict compared(std::int64_t now = kNow) {
    const Verdict verdict = run_->definition("d");
    OvalRun fresh(files_, sections_, {}, limits_, now);
    CHECK(fresh.definition("d") == verdict);
    CHECK(fresh.test("t").statuses.total() == run_->test("t").statuses.total());
    CHECK(fresh.test("t").items.size() == run_->test("t").items.size());
    CHECK(fresh.test("t").more == run_->test("t").more);
    CHECK(fresh.test("t").why == run_->test("t").why);
    return verdict;
  }

  const FilesOfHost& files_;
  OvalSections sections_;
  EvaluationLimits limits_;
  std::unique_ptr<OvalRun> run_;
  Verdict before_ = Verdict::not_evaluated;
  std::size_t forgotten_ = 0;
};

// Lines of the files whose path the pattern finds.
std::string lines_below(const std::string& id, const std::string& path, const std::string& line) {
  return "<ind:textfilecontent54_object id='" + id + "'><ind:filepath operation='pattern match'>" +
         path + "</ind:filepath><ind:pattern operation='pattern match'>" + line +
         "</ind:pattern><ind:instance datatype='int' operation='greater than or equal'>1"
         "</ind:instance></ind:textfilecontent54_object>";
}

const std::string kAnyLine = lines_below("o", "^/etc/foo\\.d/.*$", "^good$");

// The same items, kept because a variable is made of them.
OvalSections kept(OvalSections sections) {
  sections.variables +=
      "<local_variable id='all'><object_component object_ref='o' item_field='text'/>"
      "</local_variable>";
  sections.definitions += definition_of("other", criteria("", criterion("w")));
  sections.tests += "<ind:variable_test id='w'><object object_ref='vo'/></ind:variable_test>";
  sections.objects +=
      "<ind:variable_object id='vo'><ind:var_ref>all</ind:var_ref></ind:variable_object>";
  return sections;
}

// Runs the story with items that are judged as they come, and with items that are kept.
template <class Tell>
void both_ways(const OvalSections& sections, Tell tell) {
  SUBCASE("items are judged as they come") {
    tell(sections);
  }
  SUBCASE("items are kept") {
    tell(kept(sections));
  }
}

}  // namespace

TEST_CASE("a file that is written is judged anew, and only what it contributed") {
  both_ways(told({"check='all'",
                  state_ref("s"),
                  lines_below("o", "^/etc/foo\\.d/.*$", "^(.*)$"),
                  text_is("s", "good"),
                  {}}),
            [](const OvalSections& sections) {
              FilesOfHost files;
              files.write("/etc/foo.d/a", "good\n");
              files.write("/etc/foo.d/b", "good\n");
              Live live(files, sections);
              CHECK(live.before() == Verdict::yes);
              files.write("/etc/foo.d/a", "bad\nbad\n");
              CHECK(live.after({"/etc/foo.d/a"}) == Verdict::no);
              files.write("/etc/foo.d/c", "good\n");
              CHECK(live.after({"/etc/foo.d/c"}) == Verdict::no);
              files.write("/etc/foo.d/a", "good\n");
              CHECK(live.after({"/etc/foo.d/a"}) == Verdict::yes);
              fs::remove(files.real("/etc/foo.d/c"));
              CHECK(live.after({"/etc/foo.d/c"}) == Verdict::yes);
            });
}

TEST_CASE("a directory that goes away takes all with it that was found below") {
  both_ways(told({"", {}, kAnyLine, {}, {}}), [](const OvalSections& sections) {
    FilesOfHost files;
    files.write("/etc/foo.d/deep/a", "good\n");
    files.write("/etc/foo.d.old", "good\n");
    Live live(files, sections);
    CHECK(live.before() == Verdict::yes);
    SUBCASE("it is moved away") {
      fs::rename(files.real("/etc/foo.d"), files.real("/elsewhere"));
      CHECK(live.after({"/etc/foo.d"}) == Verdict::no);
      fs::rename(files.real("/elsewhere"), files.real("/etc/foo.d"));
      CHECK(live.after({"/etc/foo.d"}) == Verdict::yes);
    }
    SUBCASE("what is above the start goes") {
      fs::remove_all(files.real("/etc"));
      CHECK(live.after({"/etc"}) == Verdict::no);
    }
    SUBCASE("a file comes in its place") {
      fs::remove_all(files.real("/etc/foo.d/deep"));
      files.write("/etc/foo.d/deep", "bad\n");
      CHECK(live.after({"/etc/foo.d/deep"}) == Verdict::no);
    }
    SUBCASE("a file becomes a directory") {
      fs::remove_all(files.real("/etc/foo.d/deep"));
      files.write("/etc/foo.d/deep", "good\n");
      CHECK(live.after({"/etc/foo.d/deep"}) == Verdict::yes);
      fs::remove(files.real("/etc/foo.d/deep"));
      files.write("/etc/foo.d/deep/b", "bad\n");
      CHECK(live.after({"/etc/foo.d/deep"}) == Verdict::no);
    }
  });
}

TEST_CASE("of a walk only what was touched is walked again") {
  FilesOfHost files;
  for (const std::string name : {"a", "b", "c"}) {
    files.write("/etc/foo.d/" + name + "/1", "bad\n");
    files.write("/etc/foo.d/" + name + "/2", "bad\n");
  }
  Live live(files, told({"", {}, kAnyLine, {}, {}}));
  const auto before = live.run().evaluation().walk_cost();
  files.write("/etc/foo.d/b/1", "good\n");
  CHECK(live.after({"/etc/foo.d/b"}) == Verdict::yes);
  const auto after = live.run().evaluation().walk_cost();
  CHECK(after.files - before.files == 2);
}

TEST_CASE("an object whose own items make the state that judges it is judged anew") {
  FilesOfHost files;
  files.write("/etc/foo.d/a", "umask 077\n");
  files.write("/etc/foo.d/b", "umask 077\n");
  const std::string state =
      text_state("s", "<ind:subexpression operation='equals' var_ref='own' var_check='all'/>");
  Live live(files,
            told({"check_existence='any_exist' check='all'",
                  state_ref("s"),
                  lines_below("o", "^/etc/foo\\.d/.*$", "^umask (\\d+)$"),
                  state,
                  "<local_variable id='own'><object_component object_ref='o' "
                  "item_field='subexpression'/></local_variable>"}));
  CHECK(live.before() == Verdict::yes);
  files.write("/etc/foo.d/a", "umask 022\n");
  CHECK(live.after({"/etc/foo.d/a"}) == Verdict::no);
}

TEST_CASE("facts of which a variable is made may be of a family that nobody collects") {
  FilesOfHost files;
  files.write("/f", "good\n");
  Live live(files,
            told({"check='all'",
                  state_ref("s"),
                  lines("o", "^good$") + "<ind:environmentvariable_object id='p'><ind:name>PATH"
                                         "</ind:name></ind:environmentvariable_object>",
                  text_state("s", "<ind:text var_ref='v'/>"),
                  "<local_variable id='v'><object_component object_ref='p' item_field='value'/>"
                  "</local_variable>"}));
  CHECK(live.before() != Verdict::yes);
  CHECK(live.after_facts() == live.before());
}

TEST_CASE("an item that is found twice is one, and gone with its file") {
  FilesOfHost files;
  files.write("/etc/foo.d/a", "good\n");
  const std::string twice =
      "<ind:textfilecontent54_object id='o'><ind:behaviors recurse_direction='down'/>"
      "<ind:path operation='pattern match'>^/etc(/foo\\.d)?$</ind:path>"
      "<ind:filename>a</ind:filename><ind:pattern operation='pattern match'>^good$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  Live live(files, kept(told({"check_existence='none_exist'", {}, twice, {}, {}})));
  CHECK(live.before() == Verdict::no);
  fs::remove(files.real("/etc/foo.d/a"));
  CHECK(live.after({"/etc/foo.d/a"}) == Verdict::yes);
}

TEST_CASE("a file that says the same as before makes nobody judge again") {
  FilesOfHost files;
  files.write("/etc/foo.d/a", "good\n");
  Live live(files, kept(told({"", {}, kAnyLine, {}, {}})));
  files.write("/etc/foo.d/a", "good\n# remark\n");
  CHECK(live.after({"/etc/foo.d/a"}) == Verdict::yes);
  CHECK(live.forgotten() == 0);
}

TEST_CASE("items that change without the values made of them make nobody judge again") {
  FilesOfHost files;
  files.write("/list", "path=/f\n");
  files.write("/f", "good\n");
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:filepath var_ref='v'/>"
      "<ind:pattern operation='pattern match'>^good$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  Live live(files,
            told({"",
                  {},
                  object + lines_below("p", "^/list$", "^path=(\\S*)"),
                  {},
                  "<local_variable id='v'><object_component object_ref='p' "
                  "item_field='subexpression'/></local_variable>"}));
  CHECK(live.before() == Verdict::yes);
  files.write("/list", "path=/f 1\n");
  CHECK(live.after({"/list"}) == Verdict::yes);
  CHECK(live.forgotten() == 0);
  files.write("/list", "path=/g 1\n");
  CHECK(live.after({"/list"}) == Verdict::no);
}

TEST_CASE("how many items are not shown stays right when files change") {
  FilesOfHost files;
  for (const std::string name : {"a", "b", "c"}) {
    files.write("/etc/foo.d/" + name, "bad\nbad\ngood\n");
  }
  Live live(files,
            told({"check='all'",
                  state_ref("s"),
                  lines_below("o", "^/etc/foo\\.d/.*$", "^(.*)$"),
                  text_is("s", "good"),
                  {}}),
            {.items_max = 3});
  CHECK(live.run().test("t").more == 3);
  for (const std::string name : {"a", "b", "c"}) {
    files.write("/etc/foo.d/" + name, "good\ngood\n");
    (void)live.run().evaluation().touch(std::vector<std::string>{"/etc/foo.d/" + name});
    (void)live.run().definition("d");
    const TestOutcome& test = live.run().test("t");
    CHECK(test.verdicts.count(Verdict::no) == test.items.size() + test.more);
    CHECK((test.more == 0 || !test.items.empty()));
  }
  CHECK(live.run().definition("d") == Verdict::yes);
}

TEST_CASE("what could not be judged for a reason that is gone says that reason no longer") {
  FilesOfHost files;
  files.write("/etc/foo.d/a", "good\n");
  files.link("/etc/foo.d/x", "a");
  Live live(files,
            told({"check='all'",
                  state_ref("s"),
                  lines_below("o", "^/etc/foo\\.d/.*$", "^(.*)$"),
                  text_is("s", "good"),
                  {}}));
  fs::remove(files.real("/etc/foo.d/x"));
  CHECK(live.after({"/etc/foo.d/x"}) == Verdict::yes);
}

TEST_CASE("a large walk that missed something stays so until all of it is walked again") {
  FilesOfHost files;
  for (int i = 0; i < 2'100; ++i) {
    files.write("/etc/foo.d/" + std::to_string(i));
  }
  // Deeper than a walk goes.
  std::string deep = "/etc/foo.d";
  for (int i = 0; i < 405; ++i) {
    deep += "/d";
  }
  files.write(deep + "/x", "good\n");
  Live live(files, told({"check_existence='none_exist'", {}, kAnyLine, {}, {}}));
  CHECK(live.before() == Verdict::unknown);
  const auto before = live.run().evaluation().walk_cost().files;
  files.write("/etc/foo.d/1", "good\n");
  CHECK(live.after({"/etc/foo.d/1"}) == Verdict::no);
  CHECK(live.run().evaluation().walk_cost().files - before < 10);
  files.write("/etc/foo.d/1", "bad\n");
  CHECK(live.after({"/etc/foo.d/1"}) == Verdict::unknown);
  fs::remove_all(files.real("/etc/foo.d/d"));
  CHECK(live.after_facts() == Verdict::yes);
}

TEST_CASE("links that a walk follows, visits, or finds leading nowhere are read") {
  FilesOfHost files;
  files.write("/data/t/a", "good\n");
  files.link("/etc/foo.d/t", "/data/t");
  files.link("/etc/foo.d/file", "/data/t/a");
  files.link("/etc/foo.d/later", "/data/later");
  files.link("/etc/other", "/data/t");
  Live live(files, told({"", {}, kAnyLine, {}, {}}));
  std::vector<std::string> links;
  for (const Reading& reading : live.run().evaluation().readings()) {
    if (reading.kind == ReadingKind::link) {
      links.push_back(reading.path);
    }
  }
  CHECK(links == std::vector<std::string>{"/etc/foo.d/file", "/etc/foo.d/later", "/etc/foo.d/t"});
  files.write("/data/t/a", "bad\n");
  CHECK(live.after({"/etc/foo.d/file", "/etc/foo.d/t/a"}) == Verdict::no);
  files.write("/data/later/b", "good\n");
  CHECK(live.after({"/etc/foo.d/later"}) == Verdict::yes);
}

TEST_CASE("who looks at other places than before says so") {
  FilesOfHost files;
  files.write("/f", "path=/home/a\n");
  files.write("/home/b", "here\n");
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:filepath var_ref='v'/>"
      "<ind:pattern operation='pattern match'>^here$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  Live live(files,
            told({"",
                  {},
                  object + lines("p", "^path=(.*)$"),
                  {},
                  "<local_variable id='v'><object_component object_ref='p' "
                  "item_field='subexpression'/></local_variable>"}));
  CHECK(live.before() == Verdict::no);
  const std::size_t count = live.run().evaluation().readings_since(0).size();
  CHECK(live.after({"/home/b"}) == Verdict::no);
  CHECK(live.run().evaluation().readings_since(count).empty());
  files.write("/f", "path=/home/b\n");
  CHECK(live.after({"/f"}) == Verdict::yes);
  const auto since = live.run().evaluation().readings_since(count);
  CHECK(std::vector<Reading>(since.begin(), since.end()) ==
        std::vector<Reading>{{ReadingKind::file, "/home/b"}});
  CHECK(live.run().evaluation().readings() ==
        std::vector<Reading>{{ReadingKind::file, "/f"}, {ReadingKind::file, "/home/b"}});
}

TEST_CASE("what is measured from now on is another at another moment") {
  FilesOfHost files;
  files.write("/f", "good\n");
  Live live(
      files,
      told({"check='all'",
            state_ref("s"),
            lines("o", "^good$"),
            text_state("s", "<ind:instance datatype='int' operation='less than' var_ref='age'/>"),
            "<local_variable id='age' datatype='int'><arithmetic "
            "arithmetic_operation='add'><literal_component datatype='int'>-1699999990"
            "</literal_component><time_difference format_2='seconds_since_epoch'>"
            "<literal_component>1</literal_component></time_difference></arithmetic>"
            "</local_variable>"}));
  CHECK(live.before() == Verdict::yes);
  CHECK(live.after_facts(Live::kNow) == Verdict::yes);
  CHECK(live.forgotten() == 0);
  CHECK(live.after_facts(Live::kNow - 100) == Verdict::no);
}
