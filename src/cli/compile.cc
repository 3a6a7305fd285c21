#include "cli/compile.h"

#include <algorithm>
#include <charconv>

#include "authoring/change_yaml.h"
#include "authoring/hosts_yaml.h"
#include "authoring/people_yaml.h"
#include "authoring/policy_yaml.h"
#include "authoring/state_yaml.h"
#include "base/limits.h"
#include "base/os_clock.h"
#include "base/os_file.h"
#include "base/words.h"
#include "cli/decision_directory.h"
#include "cli/next_documents.h"
#include "cli/simulated_plan.h"
#include "cli/yaml_files.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "workflow/organisation.h"

namespace twoseal::cli {
namespace {

using authoring::Profile;

enum class Kind { change, state, people, hosts, policy };

struct KindName {
  std::string_view name;
  Kind kind;
};

constexpr KindName kKinds[] = {{"change", Kind::change},
                               {"state", Kind::state},
                               {"people", Kind::people},
                               {"hosts", Kind::hosts},
                               {"policy", Kind::policy}};

// What became of a file. `files`: under their names in a decision directory; `main`: the one that
// is meant when only one is asked for, empty when there are several.
struct Compiled {
  Files files;
  std::string main;
};

// What is compiled, from where and for whom.
struct Task {
  Bytes text;
  std::string path;
  UnixSeconds now = 0;
  std::optional<Organisation> organisation;

  [[nodiscard]] authoring::Source source() const { return {text, path}; }
};

Bytes nonce() {
  return random_bytes(limits::kNonceSize);
}

Result<Kind> kind_named(const std::string& name) {
  for (const KindName& one : kKinds) {
    if (one.name == name) {
      return one.kind;
    }
  }
  return fail(Errc::usage,
              "there is no kind '" + name + "'",
              "",
              "use one of: change, state, people, hosts, policy");
}

// The kind that the keys of the outermost map tell; each key belongs to one kind of file only.
Result<Kind> kind_of(const Task& task) {
  TWOSEAL_TRY(const authoring::Node tree, authoring::parse_yaml(task.text, task.path));
  constexpr KindName kTelling[] = {{"change", Kind::change},
                                   {"people", Kind::people},
                                   {"hosts", Kind::hosts},
                                   {"rules", Kind::policy},
                                   {"auto", Kind::policy},
                                   {"assign", Kind::policy},
                                   {"freezes", Kind::policy},
                                   {"exceptions", Kind::policy},
                                   {"set", Kind::state}};
  for (const KindName& one : kTelling) {
    for (std::size_t i = 0; tree.kind == authoring::NodeKind::map && i < tree.items.size();
         i += 2) {
      if (tree.items[i].text == one.name) {
        return one.kind;
      }
    }
  }
  return fail(Errc::usage,
              "the file does not tell whether it is a change, a state, people, hosts or a policy",
              task.path,
              "say it with --kind");
}

Result<Task> task_of(const std::string& path, const Arguments& arguments) {
  Task task;
  task.path = path;
  TWOSEAL_TRY(task.text, read_file(path, authoring::kYamlMax));
  task.now = SystemClock().now();
  if (const auto at = arguments.find("--at")) {
    const auto [end, error] = std::from_chars(at->data(), at->data() + at->size(), task.now);
    if (error != std::errc() || end != at->data() + at->size() || task.now < 0 ||
        task.now > limits::kIntegerMax) {
      return fail(Errc::usage, "--at takes a number, not '" + *at + "'");
    }
  }
  return task;
}

Result<const Organisation*> organisation_of(const Task& task, std::string_view what) {
  if (!task.organisation) {
    return fail(Errc::usage,
                "--dir is required: " + std::string(what) + " is made for an organisation",
                "",
                "give --dir DIR; the first documents of a new organisation are made by twoseal "
                "org new");
  }
  return &*task.organisation;
}

Result<Digest> org_of(const Task& task, const Arguments& arguments) {
  if (const auto org = arguments.find("--org")) {
    return Digest::parse(*org);
  }
  if (task.organisation) {
    return task.organisation->org;
  }
  return fail(Errc::usage, "the organisation is not known; give --dir or --org");
}

Result<Profile> profile_of(const Organisation& organisation, const Arguments& arguments) {
  if (organisation.roster->value.demo) {
    return Profile::demo;
  }
  const auto profile = authoring::parse_profile(arguments.text("--profile", "team"));
  if (!profile || *profile == Profile::demo) {
    return fail(Errc::usage,
                "'" + arguments.text("--profile") + "' is no profile of this organisation",
                "",
                "use one of: solo, team");
  }
  return *profile;
}

std::vector<Assignment> newest_assignments(const Organisation& organisation) {
  std::vector<Assignment> newest;
  for (const auto& [host, documents] : organisation.bundle.assignments) {
    if (!documents.versions.empty()) {
      newest.push_back(documents.versions.rbegin()->second.value);
    }
  }
  return newest;
}

std::string add_blob(Compiled& compiled, Bytes bytes) {
  const std::string path = "blobs/" + sha256(bytes).hex();
  compiled.files[path] = std::move(bytes);
  return path;
}

// --- one function per kind ---------------------------------------------------------------------

Result<Compiled> compile_state_file(const Task& task, const Arguments& arguments) {
  TWOSEAL_TRY(const Digest org, org_of(task, arguments));
  TWOSEAL_TRY(auto state, authoring::compile_state(task.source(), org, reader_below(task.path)));
  Compiled compiled;
  compiled.main = add_blob(compiled, std::move(state.bytes));
  for (Bytes& blob : state.blobs) {
    add_blob(compiled, std::move(blob));
  }
  return compiled;
}

// What the plan of the hosts adds to the change: read from a file, or made for a demo.
Result<void> add_plan(const authoring::ChangeDraft& draft,
                      const Organisation& organisation,
                      const Arguments& arguments,
                      authoring::ChangeContext& context,
                      Compiled& compiled) {
  if (arguments.has("--simulate")) {
    if (!organisation.roster->value.demo) {
      return fail(Errc::usage,
                  "--simulate goes with a demo organisation only: hosts plan themselves");
    }
    const auto state = authoring::state_bytes(draft, organisation.org);
    if (!state) {
      return fail(Errc::usage, "--simulate goes with a change that hosts carry out");
    }
    TWOSEAL_TRY(const auto targets, authoring::resolve_targets(draft, context.assignments));
    SimulatedPlan plan = simulate_plan(*draft.state, targets, organisation.org, sha256(*state));
    context.effects = std::move(plan.effects);
    context.plan = sha256(plan.plan);
    add_blob(compiled, std::move(plan.plan));
    add_blob(compiled, std::move(plan.plan_class));
  } else if (const auto path = arguments.find("--plan")) {
    TWOSEAL_TRY(Bytes bytes, read_file(*path));
    if (auto plan = codec::decode<Plan>(bytes); !plan) {
      return std::unexpected(in_file(std::move(plan).error(), *path));
    }
    context.plan = sha256(bytes);
    add_blob(compiled, std::move(bytes));
  }
  return {};
}

Result<Compiled> compile_change_file(const Task& task, const Arguments& arguments) {
  TWOSEAL_TRY(const Organisation* organisation, organisation_of(task, "a change"));
  const auto author = arguments.find("--author");
  if (!author) {
    return fail(Errc::usage, "--author is required: who writes the change, p: and a name");
  }
  authoring::ChangeContext context;
  TWOSEAL_TRY(context.author, ActorId::parse(*author));
  context.org = organisation->org;
  context.now = task.now;
  context.nonce = nonce();
  context.defaults = organisation->policy->value.defaults;
  context.emergency_window = organisation->policy->value.emergency.window;
  context.min_policy = organisation->policy->value.version;
  for (const std::string& risk : arguments.all("--risk")) {
    TWOSEAL_TRY(Name name, Name::parse(risk));
    context.risks.push_back(std::move(name));
  }
  std::sort(context.risks.begin(), context.risks.end());
  const std::vector<Assignment> assignments = newest_assignments(*organisation);
  context.assignments = assignments;
  TWOSEAL_TRY(const auto draft, authoring::read_change(task.source(), reader_below(task.path)));
  Compiled compiled;
  TWOSEAL_TRY_VOID(add_plan(draft, *organisation, arguments, context, compiled));
  if (!context.plan && draft.state) {
    return fail(Errc::usage,
                "the plan of the hosts is missing",
                task.path,
                "give --plan FILE; in a demo organisation --simulate makes one");
  }
  TWOSEAL_TRY(auto change, authoring::complete_change(draft, context));
  compiled.main = "change.json";
  compiled.files[compiled.main] = std::move(change.bytes);
  for (auto* state : {&change.state, &change.rollback_state}) {
    if (*state) {
      add_blob(compiled, *std::move(*state));
    }
  }
  for (Bytes& blob : change.blobs) {
    add_blob(compiled, std::move(blob));
  }
  return compiled;
}

Result<Compiled> compile_people_file(const Task& task, const Arguments& arguments) {
  TWOSEAL_TRY(const Organisation* organisation, organisation_of(task, "a roster"));
  TWOSEAL_TRY(const Profile profile, profile_of(*organisation, arguments));
  const auto context =
      next_roster_context(*organisation->roster, organisation->org, profile, task.now);
  TWOSEAL_TRY(auto roster,
              authoring::compile_people(task.source(), reader_beside(task.path), context));
  Compiled compiled;
  compiled.main = "roster/" + std::to_string(context.version) + ".json";
  compiled.files[compiled.main] = std::move(roster.bytes);
  return compiled;
}

Result<Compiled> compile_hosts_file(const Task& task, const Arguments& arguments) {
  TWOSEAL_TRY(const Organisation* organisation, organisation_of(task, "an assignment"));
  const std::vector<Assignment> previous = newest_assignments(*organisation);
  authoring::HostsContext context;
  TWOSEAL_TRY(context.profile, profile_of(*organisation, arguments));
  context.org = organisation->org;
  context.now = task.now;
  context.nonce = nonce;
  context.roster = &organisation->roster->value;
  context.previous = previous;
  // A host that has an assignment keeps its keys unless hosts.yaml says others.
  context.keys = [&](const std::string& name) -> Result<HostKeys> {
    for (const Assignment& one : previous) {
      if (one.name == name) {
        return one.keys;
      }
    }
    return fail(Errc::bad_yaml, "keys of '" + name + "': missing");
  };
  TWOSEAL_TRY(const auto compiled_hosts,
              authoring::compile_hosts(task.source(), reader_beside(task.path), context));
  std::vector<Assignment> assignments;
  for (const auto& one : compiled_hosts) {
    assignments.push_back(one.assignment);
  }
  Compiled compiled;
  compiled.files = assignment_files(assignments, organisation->org);
  return compiled;
}

Result<Compiled> compile_policy_file(const Task& task, const Arguments& arguments) {
  TWOSEAL_TRY(const Organisation* organisation, organisation_of(task, "a policy"));
  TWOSEAL_TRY(const Profile profile, profile_of(*organisation, arguments));
  const auto context = next_policy_context(*organisation->policy,
                                           *organisation->restrictions,
                                           organisation->roster->value,
                                           organisation->org,
                                           profile,
                                           task.now);
  TWOSEAL_TRY(auto policy, authoring::compile_policy(task.source(), context));
  Compiled compiled;
  compiled.files["policy/" + std::to_string(context.policy.version) + ".json"] =
      std::move(policy.policy_bytes);
  compiled.files["restrictions/" + std::to_string(context.restrictions.version) + ".json"] =
      std::move(policy.restrictions_bytes);
  return compiled;
}

Result<Compiled> compile(Kind kind, const Task& task, const Arguments& arguments) {
  switch (kind) {
    case Kind::change:
      return compile_change_file(task, arguments);
    case Kind::state:
      return compile_state_file(task, arguments);
    case Kind::people:
      return compile_people_file(task, arguments);
    case Kind::hosts:
      return compile_hosts_file(task, arguments);
    case Kind::policy:
      return compile_policy_file(task, arguments);
  }
  return fail(Errc::usage, "no such kind");
}

// --- what is shown and written -----------------------------------------------------------------

// Files that nobody has signed themselves and that follow from others may be replaced.
bool may_be_replaced(std::string_view path) {
  return path.ends_with("/batch.json") || path.ends_with("/batch-proof.json");
}

// Writes what is new. What is there with other bytes was signed, or is about to be: it is kept, and
// nothing is written at all.
Result<void> write_into(const std::string& directory, Files files) {
  for (auto file = files.begin(); file != files.end();) {
    const std::string path = directory + "/" + file->first;
    if (!path_exists(path) || may_be_replaced(path)) {
      ++file;
      continue;
    }
    TWOSEAL_TRY(const Bytes there, read_file(path, limits::kBlobMax, Links::refuse));
    if (there != file->second) {
      return fail(Errc::exists_already, "is there already, with other bytes", path);
    }
    file = files.erase(file);
  }
  return write_into_directory(directory, files);
}

Report report_of(const Compiled& compiled, const std::optional<std::string>& directory) {
  Report report;
  Json::Array list;
  for (const auto& [path, bytes] : compiled.files) {
    const Digest digest = sha256(bytes);
    report.text += digest.text() + "  " + path + "\n";
    list.emplace_back(
        Json::Object{{"digest", digest.text()}, {"path", path}, {"size", bytes.size()}});
  }
  report.fields = {{"files", list}, {"directory", directory.value_or("")}};
  if (!compiled.main.empty()) {
    const Bytes& bytes = compiled.files.at(compiled.main);
    const Digest digest = sha256(bytes);
    report.fields.emplace_back("digest", digest.text());
    report.fields.emplace_back("words", digest_words_text(digest));
    report.fields.emplace_back("type", codec::peek_text(bytes, "type"));
    if (!directory) {
      report.bytes = bytes;
    }
  }
  return report;
}

}  // namespace

Result<Report> compile_file(const std::string& path,
                            const Arguments& arguments,
                            const Session& session) {
  TWOSEAL_TRY(Task task, task_of(path, arguments));
  Kind kind = Kind::change;
  if (const auto name = arguments.find("--kind")) {
    TWOSEAL_TRY(kind, kind_named(*name));
  } else {
    TWOSEAL_TRY(kind, kind_of(task));
  }
  Files held;
  if (const auto directory = arguments.find("--dir")) {
    TWOSEAL_TRY(held, read_decision_directory(*directory));
    TWOSEAL_TRY(task.organisation, read_organisation(held, *directory));
  }
  TWOSEAL_TRY(const Compiled compiled, compile(kind, task, arguments));
  const auto into = arguments.find("--into");
  if (into) {
    TWOSEAL_TRY_VOID(write_into(*into, compiled.files));
  } else if (compiled.main.empty()) {
    return fail(Errc::usage,
                path + " becomes " + std::to_string(compiled.files.size()) + " files",
                "",
                "give --into DIR, where they get their names");
  } else {
    for (const auto& [name, bytes] : compiled.files) {
      if (name != compiled.main) {
        session.talk("note  it names " + sha256(bytes).text() + ", which --into DIR writes too");
      }
    }
  }
  return report_of(compiled, into);
}

}  // namespace twoseal::cli
