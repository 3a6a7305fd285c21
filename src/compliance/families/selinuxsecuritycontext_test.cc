#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/fake_host.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::HostWithKernelFiles;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

// The names of the levels, in the order in which rows() below has their values.
constexpr EntityName kLevels[] = {EntityName::low_sensitivity,
                                  EntityName::low_category,
                                  EntityName::high_sensitivity,
                                  EntityName::high_category};
constexpr EntityName kRawLevels[] = {EntityName::rawlow_sensitivity,
                                     EntityName::rawlow_category,
                                     EntityName::rawhigh_sensitivity,
                                     EntityName::rawhigh_category};

OneTest contexts(const FilesOfHost& files,
                 const std::string& entities,
                 const std::string& state = {}) {
  const std::string family = "linux:selinuxsecuritycontext";
  return OneTest(
      files,
      family,
      "check='all'",
      "<" + family + "_object id='o'>" + entities + "</" + family + "_object>",
      state.empty() ? "" : "<" + family + "_state id='s'>" + state + "</" + family + "_state>");
}

const std::string kFile = "<linux:filepath>/f</linux:filepath>";
const std::string kAllProcesses =
    "<linux:pid datatype='int' operation='greater than'>0</linux:pid>";
const std::string kThisProcess = "<linux:pid datatype='int' xsi:nil='true'/>";

// A host with SELinux.
struct Host : HostWithKernelFiles {
  Host() {
    make_directory("/sys/fs/selinux");
    make_directory("/proc");
  }

  void label(const std::string& path, const std::string& context) {
    write(path);
    kernel_files.attributes.insert_or_assign({path, "security.selinux"}, Bytes(context));
  }

  Texts levels_of(const std::string& context, const EntityName (&names)[4]) {
    label("/f", context);
    OneTest all = contexts(*this, kFile);
    Texts texts;
    for (const EntityName name : names) {
      const Texts found = all.all(name);
      texts.insert(texts.end(), found.begin(), found.end());
    }
    return texts;
  }
};

}  // namespace

TEST_CASE("the context of a file has a user, a role and a type") {
  Host files;
  files.label("/f", std::string("system_u:object_r:etc_t:s0\0", 27));
  OneTest all = contexts(files, kFile);
  CHECK(all.all(EntityName::filepath) == Texts{"/f"});
  CHECK(all.all(EntityName::user) == Texts{"system_u"});
  CHECK(all.all(EntityName::role) == Texts{"object_r"});
  CHECK(all.all(EntityName::type) == Texts{"etc_t"});
  CHECK(contexts(files, kFile, "<linux:type>etc_t</linux:type>").verdict() == Verdict::yes);
  CHECK(contexts(files, kFile, "<linux:type>bin_t</linux:type>").verdict() == Verdict::no);
}

TEST_CASE("a context has one level, two, or none, each with categories or without") {
  const std::string none = "does not exist";
  const std::pair<std::string, Texts> rows[] = {
      {"u:r:t", {none, none, none, none}},
      {"u:r:t:s0", {"s0", none, none, none}},
      {"u:r:t:s0:c1,c5", {"s0", "c1,c5", none, none}},
      {"u:r:t:s0-s15", {"s0", none, "s15", none}},
      {"u:r:t:s0-s0:c0.c1023", {"s0", none, "s0", "c0.c1023"}},
      {"u:r:t:s0:c1-s15:c0.c1023", {"s0", "c1", "s15", "c0.c1023"}},
  };
  for (const auto& [context, levels] : rows) {
    CAPTURE(context);
    Host files;
    CHECK(files.levels_of(context, kLevels) == levels);
    CHECK(files.levels_of(context, kRawLevels) == levels);
  }
}

TEST_CASE("where levels have other names, only the raw ones are known") {
  Host files;
  files.write("/var/run/setrans/.setrans-unix");
  const std::string hidden = "not collected";
  CHECK(files.levels_of("u:r:t:s0:c1-s15:c2", kLevels) == Texts{hidden, hidden, hidden, hidden});
  CHECK(files.levels_of("u:r:t:s0:c1-s15:c2", kRawLevels) == Texts{"s0", "c1", "s15", "c2"});
}

TEST_CASE("a file without a context, or with one that cannot be read, is an error") {
  Host files;
  files.write("/f");
  CHECK(contexts(files, kFile).verdict() == Verdict::error);
  for (const std::string context : {"", "u", "u:r", "u:r:", ":r:t", "u::t"}) {
    files.label("/f", context);
    CHECK(contexts(files, kFile).verdict() == Verdict::error);
  }
  files.kernel_files.attributes.insert_or_assign({"/f", "security.selinux"},
                                                 fail(Errc::no_permission, "no", "/f"));
  CHECK(contexts(files, kFile).verdict() == Verdict::error);
  CHECK(contexts(files, "<linux:filepath>/none</linux:filepath>").flag() == Flag::does_not_exist);
}

TEST_CASE("directories have contexts too") {
  Host files;
  files.label("/d/f", "u:r:file_t");
  files.kernel_files.attributes.insert_or_assign({"/d", "security.selinux"}, Bytes("u:r:dir_t"));
  OneTest all = contexts(files, "<linux:path>/d</linux:path><linux:filename xsi:nil='true'/>");
  CHECK(all.all(EntityName::path) == Texts{"/d"});
  CHECK(all.all(EntityName::type) == Texts{"dir_t"});
}

TEST_CASE("contexts of processes are not known where /proc is not the kernel's") {
  Host files;
  files.write("/proc/10/attr/current", "system_u:system_r:init_t:s0\n");
  files.link("/proc/self", "10");
  files.kernel_files.has_proc = false;
  for (const std::string& object : {kAllProcesses, kThisProcess}) {
    OneTest all = contexts(files, object);
    CHECK(all.flag() == Flag::not_collected);
    CHECK(all.count() == 0);
  }
}

TEST_CASE("processes have contexts, chosen by their numbers") {
  Host files;
  files.write("/proc/10/attr/current", "system_u:system_r:init_t:s0\n");
  files.write("/proc/11/attr/current", std::string("u:r:sshd_t:s0-s0:c0.c1023\0", 26));
  files.make_directory("/proc/12");  // it has ended
  files.link("/proc/self", "11");
  OneTest all = contexts(files, kAllProcesses);
  CHECK(all.all(EntityName::pid) == Texts{"10", "11"});
  CHECK(all.all(EntityName::type) == Texts{"init_t", "sshd_t"});
  CHECK(all.all(EntityName::high_category) == Texts{"does not exist", "c0.c1023"});
  CHECK(all.flag() == Flag::complete);
  CHECK(contexts(files, "<linux:pid datatype='int'>10</linux:pid>").all(EntityName::type) ==
        Texts{"init_t"});
  CHECK(contexts(files, "<linux:pid datatype='int'>9</linux:pid>").flag() == Flag::does_not_exist);
  CHECK(contexts(files, kThisProcess).all(EntityName::type) == Texts{"sshd_t"});
}

TEST_CASE("a process whose context cannot be told is an error") {
  Host files;
  CHECK(contexts(files, kThisProcess).verdict() == Verdict::error);
  files.write("/proc/10/attr/current", "unconfined\n");  // of another security module
  CHECK(contexts(files, kAllProcesses).verdict() == Verdict::error);
  files.write("/proc/10/attr/current", "u:r:t");
  CHECK(
      contexts(files, "<linux:pid datatype='int' operation='less than'>x</linux:pid>").verdict() ==
      Verdict::error);
}

TEST_CASE("a host without SELinux has no contexts to judge") {
  FilesOfHost files;
  files.write("/f");
  files.write("/proc/10/attr/current", "u:r:t");
  CHECK(contexts(files, kFile).verdict() == Verdict::not_applicable);
  CHECK(contexts(files, kAllProcesses).verdict() == Verdict::not_applicable);
}
