// twoseal testbed down: stops the hosts and gives back everything that the kernel holds for them.
#include "cli/testbed.h"
#include "cli/testbed/base_root.h"
#include "cli/testbed/disk.h"
#include "cli/testbed/network.h"
#include "cli/verb_list.h"

namespace twoseal::cli {
namespace {

using testbed::Host;
using testbed::Place;
using testbed::Tools;

constexpr std::string_view kContents[] = {
    "hosts", "disk", "disk.img", "disk.img.new", "ssh", "testbed", "lock"};

Result<void> release(const Place& place, const Tools& tools) {
  TWOSEAL_TRY(const std::vector<Host> hosts, place.hosts());
  tools.talk("stop  " + std::to_string(hosts.size()) + " hosts");
  TWOSEAL_TRY_VOID(testbed::stop(place, hosts, tools));
  TWOSEAL_TRY_VOID(testbed::release_disk(place, tools));
  return testbed::release_network(place, tools);
}

// Only what a test bed has made, and the directory when nothing else is in it.
Result<void> remove_contents(const Place& place) {
  for (const std::string_view name : kContents) {
    TWOSEAL_TRY_VOID(testbed::remove_tree(place.file(std::string(name))));
  }
  TWOSEAL_TRY(const auto left, list_directory(place.directory(), 1000));
  return left.empty() ? testbed::remove_tree(place.directory()) : Result<void>();
}

Result<void> take_down(const std::string& directory, bool keep, const Tools& tools) {
  TWOSEAL_TRY(const Place place, Place::open(directory));
  TWOSEAL_TRY(const FileDescriptor lock, place.lock());
  TWOSEAL_TRY_VOID(release(place, tools));
  return keep ? Result<void>() : remove_contents(place);
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  const bool keep = arguments.has("--keep");
  const bool all = arguments.has("--base");
  if (keep && all) {
    return fail(Errc::usage, "--keep and --base exclude each other");
  }
  TWOSEAL_TRY_VOID(check_root());
  const Tools tools = testbed_tools(session);
  const std::string directory = testbed_directory(arguments);
  const bool there = path_exists(directory);
  if (there) {
    TWOSEAL_TRY_VOID(take_down(directory, keep, tools));
  }
  if (all) {
    TWOSEAL_TRY_VOID(testbed::remove_base_roots(testbed_cache(arguments)));
  }
  Report report;
  report.text = there ? "down  " + directory + "\n" : "there is no test bed in " + directory + "\n";
  report.fields = {{"directory", directory}, {"was_there", there}, {"kept", there && keep}};
  return report;
}

constexpr Flag kFlags[] = {
    kTestbedDirectory,
    kTestbedCache,
    {"--keep", "", "keep the files of the hosts: the next up boots the same hosts again"},
    {"--base", "", "remove the base root too, which all test beds share"},
};
constexpr std::string_view kExamples[] = {"twoseal testbed down", "twoseal testbed down --keep"};
constexpr Exit kExits[] = {
    Exit::bad_data, Exit::no_input, Exit::unavailable, Exit::permission, Exit::configuration};

}  // namespace

const Verb kTestbedDown = {
    "testbed down",
    Group::testbed,
    "stop and remove the hosts of a test bed",
    "Hosts are shut down as a machine is, those that do not end are killed. Then their mounts, "
    "namespaces, bridge, loop device and control groups go, and their files unless --keep is "
    "given. "
    "Works after a crash too. Without a test bed there is nothing to do.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
