#include "authoring/hosts_yaml.h"

#include <algorithm>
#include <map>
#include <set>

#include "authoring/key_yaml.h"
#include "authoring/label.h"
#include "base/encoding.h"
#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal::authoring {
namespace {

constexpr std::int64_t kRenewal = 30 * limits::kDay;
constexpr std::size_t kHostsMax = 20'000;

class HostsReader {
 public:
  HostsReader(const Source& source, const Reader& reader, const HostsContext& context)
      : problems_(source.name), files_(reader), context_(context) {
    if (context.roster != nullptr) {
      for (const Component& component : context.roster->components) {
        components_.insert(component.id);
      }
    }
  }

  Result<std::vector<CompiledAssignment>> read(const Node& root) {
    Table top(Value(root, problems_, ""));
    if (const Value value = top.optional("defaults"); value.present()) {
      Table table(value);
      read_labels(table, defaults_);
      table.finish();
    }
    std::vector<Assignment> hosts;
    for (const Value& item : top.required("hosts").list({1, kHostsMax})) {
      hosts.push_back(read_host(item));
    }
    top.finish();
    if (problems_.any()) {
      return std::unexpected(problems_.error());
    }
    return finish(std::move(hosts));
  }

 private:
  // What a host may also take from `defaults`.
  void read_labels(Table& table, Assignment& host) {
    if (const Value env = table.optional("env"); env.present()) {
      host.env = env.familiar_id<Name>(shipped_envs());
    }
    if (const Value data_class = table.optional("data_class"); data_class.present()) {
      host.data_class = data_class.familiar_id<Name>(shipped_data_classes());
    }
    if (const Value components = table.optional("components"); components.present()) {
      host.components = read_components(components);
    }
    if (const Value groups = table.optional("groups"); groups.present()) {
      host.groups = groups.ids<Name>(kFew);
    }
    if (const Value labels = table.optional("labels"); labels.present()) {
      Table members(labels);
      for (const auto& [key, value] : members.members()) {
        if (!is_label_key(key)) {
          value.refuse(kLabelKeyRule);
        }
        host.labels[key] = value.text({0, 256});
      }
      if (host.labels.size() > limits::kSmallListMax) {
        labels.refuse("has more than 256 labels");
      }
    }
  }

  std::vector<ComponentId> read_components(const Value& list) {
    for (const Value& item : list.list(kFew)) {
      const auto component = ComponentId::parse(item.raw());
      if (component && context_.roster != nullptr && !components_.contains(*component)) {
        item.refuse("there is no component '" + component->text() + "' in the roster");
      }
    }
    return list.ids<ComponentId>(kFew);
  }

  Assignment read_host(const Value& item) {
    Assignment host = defaults_;
    Table table(item);
    const Value name = table.required("name");
    host.name = name.text({1, 63});
    if (!host.name.empty() && !is_host_name(host.name)) {
      name.refuse("is made of DNS labels: a-z 0-9 - and dots");
    }
    check_once(name, "name " + host.name);
    read_labels(table, host);
    if (item.is_map() && host.env.empty() && !table.has("env")) {
      item.refuse("env: missing here and in defaults");
    }
    if (item.is_map() && host.data_class.empty() && !table.has("data_class")) {
      item.refuse("data_class: missing here and in defaults");
    }
    if (const Value workspaces = table.optional("workspaces"); workspaces.present()) {
      host.workspaces = read_workspaces(workspaces);
    }
    host.expires =
        context_.now + table.optional("expires").duration(
                           limits::kDay, 3660 * limits::kDay, default_expiry(context_.profile));
    read_keys(item, table.optional("keys"), host);
    table.finish();
    return host;
  }

  std::vector<Workspace> read_workspaces(const Value& list) {
    std::vector<Workspace> all;
    for (const Value& item : list.list(kOneToFew)) {
      Workspace workspace;
      Table table(item);
      workspace.id = table.required("id").id<Name>();
      workspace.env = table.required("env").familiar_id<Name>(shipped_envs());
      workspace.data_class = table.required("data_class").familiar_id<Name>(shipped_data_classes());
      workspace.components = read_components(table.optional("components"));
      table.finish();
      all.push_back(std::move(workspace));
    }
    return all;
  }

  void read_keys(const Value& item, const Value& keys, Assignment& host) {
    if (keys.present()) {
      Table table(keys);
      const Value id = table.required("id", "the public identity key of the agent");
      const PublicKey key = id.present() ? read_ssh_key(id, files_) : PublicKey();
      if (!key.empty() && key.type() != KeyType::ssh_ed25519) {
        id.refuse("the identity of a host is an ssh-ed25519 key");
      }
      host.keys.id = key.empty() ? Bytes() : key.encoded();
      host.keys.tls = table.required("tls", "sha256: of the TLS public key").digest();
      host.keys.age = table.required("age", "the age public key, 32 octets in base64")
                          .parsed<Bytes>([](std::string_view text) { return base64_decode(text); });
      table.finish();
    } else if (!context_.keys) {
      item.refuse("keys: missing");
    } else if (auto given = context_.keys(host.name)) {
      host.keys = *std::move(given);
    } else {
      item.refuse("keys: " + given.error().what);
    }
    if (!host.keys.id.empty()) {
      host.host = HostId::parse("h:" + sha256(host.keys.id).hex().substr(0, 32)).value();
      check_once(item, "host key " + host.host.text());
    }
  }

  void check_once(const Value& value, const std::string& what) {
    const auto [first, is_new] = seen_.emplace(what, value.place());
    if (!is_new) {
      value.refuse("'" + what + "' stands twice; first in line " +
                   std::to_string(first->second.line));
    }
  }

  static bool is_same(const Assignment& a, const Assignment& b) {
    const auto stripped = [](Assignment host) {
      host.nonce.clear();
      host.expires = 0;
      host.version = 1;
      host.prev.reset();
      return codec::encode(host);
    };
    return stripped(a) == stripped(b);
  }

  // The next version, or the one before when nothing asks for another.
  CompiledAssignment advance(Assignment host) const {
    const auto before = std::find_if(context_.previous.begin(),
                                     context_.previous.end(),
                                     [&](const auto& one) { return one.host == host.host; });
    host.org = context_.org;
    host.version = 1;
    if (before != context_.previous.end()) {
      if (is_same(*before, host) && before->expires - context_.now > kRenewal) {
        return {*before, codec::encode(*before), false};
      }
      host.version = before->version + 1;
      host.prev = sha256(codec::encode(*before));
    }
    host.nonce = context_.nonce ? context_.nonce() : Bytes();
    Bytes bytes = codec::encode(host);
    return {std::move(host), std::move(bytes), true};
  }

  Result<std::vector<CompiledAssignment>> finish(std::vector<Assignment> hosts) {
    std::sort(hosts.begin(), hosts.end(), [](const Assignment& a, const Assignment& b) {
      return a.host < b.host;
    });
    std::vector<CompiledAssignment> out;
    for (Assignment& host : hosts) {
      out.push_back(advance(std::move(host)));
      if (const auto read = codec::decode<Assignment>(out.back().bytes); !read) {
        return fail(Errc::bad_yaml,
                    out.back().assignment.name + ": " + read.error().what,
                    place_text(problems_.file(), {}));
      }
    }
    return out;
  }

  Problems problems_;
  Files files_;
  const HostsContext& context_;
  std::set<ComponentId> components_;
  Assignment defaults_;
  std::map<std::string, Place> seen_;
};

}  // namespace

Result<std::vector<CompiledAssignment>> compile_hosts(const Source& source,
                                                      const Reader& reader,
                                                      const HostsContext& context) {
  TWOSEAL_TRY(const Node root, parse_yaml(source.text, source.name));
  return HostsReader(source, reader, context).read(root);
}

}  // namespace twoseal::authoring
