#include "authoring/people_yaml.h"

#include <algorithm>
#include <map>
#include <set>

#include "authoring/key_yaml.h"
#include "codec/objects.h"
#include "model/statement.h"
#include "policy/keyring.h"

namespace twoseal::authoring {
namespace {

constexpr std::int64_t kThresholdMax = 64;
constexpr std::string_view kOwner = "owner:";

class PeopleReader {
 public:
  PeopleReader(const Source& source, const Reader& reader, const RosterContext& context)
      : problems_(source.name), files_(reader), context_(context) {}

  Result<CompiledRoster> read(const Node& root) {
    Table top(Value(root, problems_, ""));
    begin();
    read_components(top.optional("components"));
    for (const Value& item : top.required("people").list({1, limits::kPeopleMax})) {
      roster_.people.push_back(read_person(item));
    }
    for (const Value& item : top.optional("services").list({0, 1024})) {
      roster_.services.push_back(read_service(item));
    }
    for (const Value& item : top.optional("origins").list({0, 16})) {
      roster_.origins.push_back(read_origin(item));
    }
    read_root(top.required("root", "the keys that sign rosters: {threshold, keys}"));
    roster_.policy_threshold = top.optional("policy_threshold")
                                   .integer(1, kThresholdMax, default_threshold(context_.profile));
    top.finish();
    check_names();
    if (problems_.any()) {
      return std::unexpected(problems_.error());
    }
    return finish();
  }

 private:
  void begin() {
    roster_.demo = context_.profile == Profile::demo;
    roster_.issued = context_.now;
    roster_.expires = context_.now + default_expiry(context_.profile);
    roster_.log = context_.log;
    roster_.nonce = context_.nonce;
    roster_.org = context_.org;
    roster_.prev = context_.prev;
    roster_.server_spki = context_.server_spki;
    std::sort(roster_.server_spki.begin(), roster_.server_spki.end());
    roster_.timekeepers = context_.timekeepers;
    roster_.version = context_.version;
  }

  // `amara` and `p:amara` are the same person.
  ActorId read_actor(const Value& value, std::string_view prefix) {
    const std::string text = value.text(kLine);
    if (text.empty()) {
      return {};
    }
    auto actor = ActorId::parse(text.starts_with(prefix) ? text : std::string(prefix) + text);
    if (!actor) {
      value.refuse(actor.error().what);
      return {};
    }
    return *std::move(actor);
  }

  std::vector<ActorId> read_people_set(const Value& list) {
    std::vector<ActorId> people;
    for (const Value& item : list.list(kFew)) {
      people.push_back(read_actor(item, "p:"));
      mentions_.emplace_back(people.back(), item.place());
    }
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    return people;
  }

  // Any id may be a role, but one that looks like a shipped one is a misspelling.
  RoleId read_role(const Value& value) {
    const auto id = value.familiar_id<RoleId>(shipped_roles());
    if (id.text().starts_with(kOwner) && !components_.contains(id.text().substr(kOwner.size()))) {
      value.refuse("there is no component '" + id.text().substr(kOwner.size()) + "'");
    }
    return id;
  }

  std::optional<std::int64_t> read_until(Table& table) {
    const Value until = table.optional("until");
    return until.present() ? std::optional(until.integer(0, limits::kIntegerMax)) : std::nullopt;
  }

  std::vector<RoleGrant> read_roles(const Value& list) {
    std::vector<RoleGrant> grants;
    for (const Value& item : list.list(kFew)) {
      RoleGrant grant;
      if (item.is_map()) {
        Table table(item);
        const Value role = table.required("role");
        grant.role = role.present() ? read_role(role) : RoleId();
        grant.until = read_until(table);
        table.finish();
      } else {
        grant.role = read_role(item);
      }
      if (std::any_of(grants.begin(), grants.end(), [&](const RoleGrant& one) {
            return one.role == grant.role && !grant.role.empty();
          })) {
        item.refuse("'" + grant.role.text() + "' stands twice");
      }
      grants.push_back(std::move(grant));
    }
    std::sort(grants.begin(), grants.end(), [](const RoleGrant& a, const RoleGrant& b) {
      return a.role < b.role;
    });
    return grants;
  }

  RosterKey read_key(const Value& item) {
    RosterKey key;
    Table table(item);
    const Value kind = table.required("kind", "ssh, sk, local-file or passkey");
    key.kind = kind.enumeration(KeyKind::ssh);
    const Value pub = table.required("pub", "the line of a .pub file, or the name of the file");
    const Value rp_id = table.optional("rp_id");
    if (rp_id.present()) {
      key.rp_id = rp_id.text(kLine);
    }
    if (rp_id.present() != (key.kind == KeyKind::passkey)) {
      item.refuse("rp_id: a passkey has one, and nothing else");
    }
    key.until = read_until(table);
    key.compromised = table.optional("compromised").boolean();
    key.login_only = table.optional("use").word({"login"}) == "login";
    table.finish();
    if (pub.present()) {
      take_key(pub, key);
    }
    return key;
  }

  void take_key(const Value& pub, RosterKey& key) {
    const PublicKey read =
        key.kind == KeyKind::passkey ? read_passkey(pub, files_) : read_ssh_key(pub, files_);
    if (read.empty()) {
      return;
    }
    const bool fits = key.kind == KeyKind::passkey || (key.kind == KeyKind::sk) == read.is_sk();
    if (!fits) {
      pub.refuse(read.is_sk() ? "a key on a security key has 'kind: sk'"
                              : "'kind: sk' is for keys on a security key (sk-ssh-ed25519@…)");
    }
    if (key.kind == KeyKind::local_file && read.type() != KeyType::ssh_ed25519) {
      pub.refuse("a local-file key is an ssh-ed25519 key");
    }
    check_new(pub, read);
    key.id = read.id();
    key.pub = read.encoded();
  }

  void check_new(const Value& where, const PublicKey& key) {
    const auto [first, is_new] = keys_.emplace(key.id(), where.place());
    if (!is_new) {
      where.refuse("this key stands twice; first in line " + std::to_string(first->second.line));
    }
  }

  Person read_person(const Value& item) {
    Person person;
    Table table(item);
    const Value id = table.required("id");
    person.id = read_actor(id, "p:");
    check_new_actor(id, person.id);
    person.roles = read_roles(table.optional("roles"));
    for (const Value& key : table.optional("keys").list(kFew)) {
      person.keys.push_back(read_key(key));
    }
    person.git = table.optional("git").texts(kFew, kLine);
    std::sort(person.git.begin(), person.git.end());
    person.git.erase(std::unique(person.git.begin(), person.git.end()), person.git.end());
    if (const Value deputy = table.optional("deputy"); deputy.present()) {
      person.deputy = read_deputy(deputy);
    }
    table.finish();
    return person;
  }

  Deputy read_deputy(const Value& value) {
    Deputy deputy;
    Table table(value);
    const Value of = table.required("for", "the person stood in for");
    deputy.of = read_actor(of, "p:");
    mentions_.emplace_back(deputy.of, of.place());
    deputy.from = table.required("from").time();
    deputy.to = table.required("to").time();
    table.finish();
    if (deputy.to <= deputy.from && deputy.to != 0) {
      value.refuse("must end after it begins");
    }
    return deputy;
  }

  void check_new_actor(const Value& value, const ActorId& actor) {
    if (!actor.empty() && !actors_.insert(actor).second) {
      value.refuse("'" + actor.text() + "' stands twice");
    }
  }

  Service read_service(const Value& item) {
    Service service;
    Table table(item);
    const Value id = table.required("id");
    service.id = read_actor(id, "s:");
    check_new_actor(id, service.id);
    service.roles = table.optional("roles").familiar_ids<RoleId>(kFew, shipped_roles());
    service.until = read_until(table);
    const Value pub = table.required("pub", "the line of a .pub file, or the name of the file");
    const PublicKey key = pub.present() ? read_ssh_key(pub, files_) : PublicKey();
    if (!key.empty()) {
      check_new(pub, key);
      service.pub = key.encoded();
    }
    table.finish();
    return service;
  }

  void read_components(const Value& list) {
    for (const Value& item : list.list({0, 4096})) {
      Component component;
      Table table(item);
      const Value id = table.required("id");
      component.id = id.id<ComponentId>();
      component.type = table.required("type", "app, network, it or infrastructure")
                           .enumeration(ComponentType::app);
      component.owners = read_people_set(table.optional("owners"));
      component.owns = read_owns(table.optional("owns"));
      table.finish();
      if (!component.id.empty() && !components_.insert(component.id.text()).second) {
        id.refuse("'" + component.id.text() + "' stands twice");
      }
      roster_.components.push_back(std::move(component));
    }
  }

  // Paths, or `unit:` and `package:` and other kinds with the beginning of a name.
  std::vector<std::string> read_owns(const Value& list) {
    std::vector<std::string> owns;
    for (const Value& item : list.list({0, 4096})) {
      owns.push_back(item.text({1, 1024}));
      if (!owns.back().empty() && owns.back()[0] != '/' &&
          owns.back().find(':') == std::string::npos) {
        item.refuse("is a path, or unit: or package: and the beginning of a name");
      }
    }
    std::sort(owns.begin(), owns.end());
    owns.erase(std::unique(owns.begin(), owns.end()), owns.end());
    return owns;
  }

  WebOrigin read_origin(const Value& item) {
    WebOrigin origin;
    Table table(item);
    origin.rp_id = table.required("rp_id").text(kLine);
    origin.origin = table.required("origin").text(kLine);
    table.finish();
    return origin;
  }

  void read_root(const Value& value) {
    if (!value.present()) {
      return;
    }
    Table table(value);
    roster_.root.threshold =
        table.optional("threshold").integer(1, kThresholdMax, default_threshold(context_.profile));
    const Value keys = table.required("keys");
    roster_.root.keys = read_bare_keys(keys, files_);
    table.finish();
    if (keys.is_list() && !problems_.any() &&
        static_cast<std::int64_t>(roster_.root.keys.size()) < roster_.root.threshold) {
      keys.refuse("has fewer keys than the threshold of " + std::to_string(roster_.root.threshold));
    }
  }

  // People may be named before they are listed, so names are judged at the end.
  void check_names() {
    for (const auto& [actor, place] : mentions_) {
      if (!actor.empty() && !actors_.contains(actor)) {
        problems_.add(place, "there is no person '" + actor.text() + "'");
      }
    }
  }

  // The rules of R4 have one home; what was not told at its place above is told by it.
  Result<CompiledRoster> finish() {
    const std::string where = place_text(problems_.file(), {});
    if (const auto ring = Keyring::build(roster_); !ring) {
      return fail(Errc::bad_yaml, ring.error().what, where);
    }
    CompiledRoster out{roster_, codec::encode(roster_)};
    if (const auto read = codec::decode<Roster>(out.bytes); !read) {
      return fail(Errc::bad_yaml, read.error().what, where);
    }
    return out;
  }

  Problems problems_;
  Files files_;
  const RosterContext& context_;
  Roster roster_;
  std::set<std::string> components_;
  std::set<ActorId> actors_;
  std::map<KeyId, Place> keys_;
  std::vector<std::pair<ActorId, Place>> mentions_;
};

}  // namespace

Result<CompiledRoster> compile_people(const Source& source,
                                      const Reader& reader,
                                      const RosterContext& context) {
  TWOSEAL_TRY(const Node root, parse_yaml(source.text, source.name));
  return PeopleReader(source, reader, context).read(root);
}

}  // namespace twoseal::authoring
