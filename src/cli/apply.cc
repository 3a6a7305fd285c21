// twoseal apply
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/os_file.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "resources/operate.h"
#include "resources/plan_state.h"
#include "system/linux/linux_system.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kStateMax = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kBlobMax = std::size_t{64} * 1024 * 1024;
constexpr mode_t kOthers = 077;

// What nobody signed may only touch what belongs to who runs it, and to nobody else.
Result<void> check_private(const std::string& directory) {
  struct stat info = {};
  if (!directory.starts_with('/') || ::lstat(directory.c_str(), &info) != 0 ||
      !S_ISDIR(info.st_mode)) {
    return fail(Errc::usage, "--unsigned-dir takes an existing directory by its whole path");
  }
  if (info.st_uid != ::geteuid() || (info.st_mode & kOthers) != 0) {
    return fail(Errc::unsafe_path,
                "what is not signed goes into a directory of yours alone",
                directory,
                "make one that nobody else may enter: mkdir -m 0700 DIR");
  }
  return {};
}

bool is_below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/' && !path.ends_with("/..") &&
         path.find("/../") == std::string::npos;
}

Result<void> check_resources(const State& state, const std::string& directory) {
  for (const Resource& resource : state.resources) {
    const std::string& kind = resource.kind.text();
    const bool is_file = kind == "file" || kind == "directory" || kind == "setting";
    if (!is_file || !resource.then.empty() || !is_below(resource.key, directory)) {
      return fail(Errc::bad_resource,
                  resource.identity() +
                      ": without signatures only files below --unsigned-dir are "
                      "written, and nothing is run");
    }
  }
  return {};
}

// A link on the way would lead out of the directory. Each directory is looked at once.
Result<void> check_no_links(const State& state, const std::string& directory) {
  std::set<std::string> known = {directory};
  for (const Resource& resource : state.resources) {
    std::string above = resource.key.substr(0, resource.key.rfind('/'));
    while (above.size() > directory.size() && known.insert(above).second) {
      struct stat info = {};
      if (::lstat(above.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
        return fail(Errc::unsafe_path, "is a link, which would lead elsewhere", above);
      }
      above.resize(above.rfind('/'));
    }
  }
  return {};
}

// Blobs lie beside the state, as canon --compile --into writes them.
PlanInputs inputs_beside(const std::string& state_file) {
  PlanInputs inputs;
  const std::size_t slash = state_file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : state_file.substr(0, slash);
  inputs.find_blob = [directory](const Digest& digest) -> Result<std::shared_ptr<const Bytes>> {
    TWOSEAL_TRY(Bytes bytes, read_file(directory + "/" + digest.hex(), kBlobMax));
    return sha256(bytes) == digest
               ? Result<std::shared_ptr<const Bytes>>(std::make_shared<const Bytes>(bytes))
               : fail(Errc::refuse_c1,
                      "its bytes have another digest",
                      directory + "/" + digest.hex());
  };
  return inputs;
}

Result<void> perform(const HostPlan& plan, System& system, const std::string& directory) {
  Operator worker(system, directory + "/.packages");
  std::vector<Operation> all;
  for (const PlannedStep& step : plan.steps) {
    all.insert(all.end(), step.operations.begin(), step.operations.end());
  }
  return all.empty() ? Result<void>() : worker.perform(all);
}

Result<Report> run(const Arguments& arguments, const Session& /*session*/) {
  const std::string file = arguments.text("--local-state");
  const std::string directory = arguments.text("--unsigned-dir");
  TWOSEAL_TRY_VOID(check_private(directory));
  TWOSEAL_TRY(const Bytes bytes, read_file(file, kStateMax));
  TWOSEAL_TRY(const State state, codec::decode<State>(bytes));
  TWOSEAL_TRY_VOID(check_resources(state, directory));
  TWOSEAL_TRY_VOID(check_no_links(state, directory));
  LinuxSystem system;
  const PlanInputs inputs = inputs_beside(file);
  TWOSEAL_TRY(const HostPlan plan, plan_state(state, system, inputs));
  TWOSEAL_TRY_VOID(perform(plan, system, directory));
  Report report;
  report.text = std::to_string(state.resources.size()) + " resources, " +
                std::to_string(plan.steps.size()) + " changed\n";
  report.fields = {{"resources", state.resources.size()}, {"changed", plan.steps.size()}};
  return report;
}

constexpr Flag kFlags[] = {
    {"--local-state", "FILE", "a state as canon --compile --kind state writes it", true},
    {"--unsigned-dir", "DIR", "the directory of yours alone that everything lies in", true},
};
constexpr std::string_view kExamples[] = {
    "twoseal apply --local-state try/blobs/57b5… --unsigned-dir /root/try"};
constexpr Exit kExits[] = {
    Exit::error, Exit::denied, Exit::bad_data, Exit::no_input, Exit::permission};

}  // namespace

const Verb kApply = {
    "apply",
    Group::objects,
    "bring files of a private directory to a state, without any signature",
    "For trying a state, and for measuring: it plans and writes as an agent does, but only files, "
    "directories and settings below a directory that nobody else may enter, follows no link there, "
    "and runs nothing. What hosts look after goes through twoseal propose.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
