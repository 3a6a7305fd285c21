#include "authoring/state_yaml.h"

#include <map>

#include "authoring/resource_table.h"
#include "codec/objects.h"

namespace twoseal::authoring {
namespace {

constexpr std::size_t kResourcesMax = 20'000;

// What a resource claims of the path it is about.
enum class Claim { none, whole, part };

Claim claim_of(const Resource& resource) {
  const std::string& kind = resource.kind.text();
  if (kind == "setting") {
    return Claim::part;
  }
  if (kind == "file") {
    return resource.sub ? Claim::part : Claim::whole;
  }
  return kind == "symlink" || kind == "directory" ? Claim::whole : Claim::none;
}

class Conflicts {
 public:
  void check(const Value& item, const Resource& resource) {
    const auto [same, is_new] = identities_.emplace(resource.identity(), item.place());
    if (!is_new) {
      item.refuse("'" + resource.identity() + "' stands twice; first in line " +
                  std::to_string(same->second.line));
      return;
    }
    const Claim claim = claim_of(resource);
    if (claim == Claim::none) {
      return;
    }
    const auto [other, is_first] = claims_.emplace(resource.key, std::pair(claim, item.place()));
    if (!is_first && (claim == Claim::whole || other->second.first == Claim::whole)) {
      item.refuse("'" + resource.key + "' is wanted as a whole and in another way; see line " +
                  std::to_string(other->second.second.line));
    }
  }

 private:
  std::map<std::string, Place> identities_;
  std::map<std::string, std::pair<Claim, Place>> claims_;
};

}  // namespace

std::vector<Resource> read_resources(const Value& set, Files& files, std::vector<Bytes>& blobs) {
  std::vector<Resource> resources;
  Conflicts conflicts;
  for (const Value& item : set.list({1, kResourcesMax})) {
    Resource resource = read_resource(item, files, blobs);
    if (!resource.key.empty()) {
      conflicts.check(item, resource);
    }
    resources.push_back(std::move(resource));
  }
  return resources;
}

std::optional<ScopeId> scope_of_file(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::string_view base = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const auto scope = ScopeId::parse(base.substr(0, base.rfind('.')));
  return scope ? std::optional(*scope) : std::nullopt;
}

ScopeId read_scope(Table& table, const Source& source) {
  const Value scope = table.optional("scope");
  if (scope.present()) {
    return scope.id<ScopeId>();
  }
  const auto from_name = scope_of_file(source.name);
  if (!from_name) {
    table.map().refuse(
        "scope: missing, and the name of the file is no id; name the part of the "
        "hosts that this file describes, for example 'scope: web-ssh'");
  }
  return from_name.value_or(ScopeId());
}

Result<CompiledState> compile_state(const Source& source, const Digest& org, const Reader& reader) {
  TWOSEAL_TRY(const Node root, parse_yaml(source.text, source.name));
  Problems problems(source.name);
  Files files(reader);
  Table table(Value(root, problems, ""));
  CompiledState out;
  out.state.org = org;
  out.state.scope = read_scope(table, source);
  out.state.enforce = table.optional("enforce").enumeration(Enforce::report);
  out.state.resources = read_resources(table.required("set"), files, out.blobs);
  table.finish();
  if (problems.any()) {
    return std::unexpected(problems.error());
  }
  out.bytes = codec::encode(out.state);
  // What was written is read back, so that nothing is signed that no verifier would take.
  if (const auto read = codec::decode<State>(out.bytes); !read) {
    return fail(read.error().code, read.error().what, place_text(source.name, {}));
  }
  return out;
}

}  // namespace twoseal::authoring
