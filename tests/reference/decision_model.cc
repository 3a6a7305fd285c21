#include "tests/reference/decision_model.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

#include "codec/client_data.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/sshsig.h"
#include "crypto/webauthn.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "model/names.h"
#include "policy/effects.h"
#include "tests/reference/directory_model.h"
#include "tests/reference/quorum_model.h"

namespace twoseal::reference {
namespace {

/// An entry that is proven to be in the log.
struct Place {
  std::int64_t index = 0;
  LedgerEntry entry;
};

/// A statement that is valid, with what its signature shows.
struct Valid {
  const Signed* from = nullptr;
  Place place;
  Display display = Display::soft;
  KeyKind kind = KeyKind::ssh;
  bool user_verified = false;
  bool backup_eligible = false;
};

/// The labels that rules look at.
struct Target {
  Name env;
  Name data_class;
  std::set<ComponentId> components;
};

/// What all matching rules ask for together.
struct Asked {
  bool matched = false;
  std::map<RoleId, std::int64_t> need;
  std::int64_t min_local = 0;
  std::int64_t max_age = limits::kIntegerMax;
  bool need_uv = false;
  bool no_sync = false;
  bool no_file = false;
  bool owner_ack = false;
  std::set<Name> evidence;
};

template <class Id>
Id id_of(std::string_view text) {
  return Id::parse(text).value();
}

const Name& name_trust() {
  static const Name kName = id_of<Name>("trust");
  return kName;
}

// --- signatures -------------------------------------------------------------------------------

Result<PublicKey> parse_key(const RosterKey& key) {
  return key.kind == KeyKind::passkey ? PublicKey::parse_spki(key.pub)
                                      : PublicKey::parse_ssh(key.pub);
}

Result<SignatureFacts> verify_now(const PublicKey& key,
                                  const std::string& rp_id,
                                  const std::string& origin,
                                  const Signed& one) {
  if (key.is_passkey()) {
    if (one.record.kind != RecordKind::webauthn) {
      return fail(Errc::bad_signature, "a passkey signs assertions");
    }
    TWOSEAL_TRY(const ClientData data, codec::parse_client_data(one.record.client_data));
    return verify_webauthn(key,
                           rp_id,
                           origin,
                           one.record.statement,
                           one.record.auth_data,
                           one.record.client_data,
                           data,
                           one.record.signature);
  }
  if (one.record.kind != RecordKind::sshsig) {
    return fail(Errc::bad_signature, "an SSH key signs SSHSIG");
  }
  return verify_sshsig(
      key, signature_namespace(one.statement.act), one.record.statement, one.record.armor);
}

// Remembers answers: the tests ask about the same signatures many thousand times.
std::optional<SignatureFacts> verify(const PublicKey& key,
                                     const std::string& rp_id,
                                     const std::string& origin,
                                     const Signed& one) {
  using Question = std::tuple<Bytes, std::string, std::string, Bytes>;
  static std::map<Question, std::optional<SignatureFacts>> answers;
  const Question question{key.encoded(), rp_id, origin, codec::encode(one.record)};
  const auto known = answers.find(question);
  if (known != answers.end()) {
    return known->second;
  }
  if (answers.size() > 100'000) {
    answers.clear();
  }
  const auto facts = verify_now(key, rp_id, origin, one);
  return answers[question] = facts ? std::optional(*facts) : std::nullopt;
}

Display display_of(KeyKind kind, const PublicKey& key) {
  switch (kind) {
    case KeyKind::local_file:
      return Display::local;
    case KeyKind::sk:
      return key.application() == "ssh:twoseal" ? Display::local : Display::soft;
    case KeyKind::passkey:
      return Display::portal;
    case KeyKind::ssh:
      return Display::soft;
  }
  return Display::soft;
}

// --- the decision -----------------------------------------------------------------------------

/// Thrown at the end of the first step that failed: nothing after it matters.
struct Refused {};

class Model {
 public:
  Model(const Files& files, const DecisionInputs& inputs)
      : inputs_(inputs), in_(load_directory(files, inputs.org)), floor_(inputs.floor) {}

  Outcome decide() {
    Outcome outcome;
    try {
      authorize();
      outcome.answer = Answer::permit;
      if (inputs_.own_plan) {
        outcome.answer = admit();
      }
    } catch (const Refused&) {
      outcome.answer = Answer::refuse;
      outcome.causes = causes_;
    }
    outcome.floor = floor_;
    return outcome;
  }

 private:
  void refuse(int step, Errc code) { refuse(step, code, error_info(code).exit); }

  void refuse(int step, Errc code, Exit exit) { causes_.insert({step, code, exit}); }

  void demand(bool holds, int step, Errc code) {
    if (!holds) {
      refuse(step, code);
    }
  }

  // Ends the decision when anything was found up to here.
  void stop_if_refused() const {
    if (!causes_.empty()) {
      throw Refused();
    }
  }

  void authorize() {
    check_roster_and_fresh();
    if (roster_ != nullptr) {
      early_ = open_checkpoint_early();
      check_remembered(in_.policies, in_.state ? in_.state->policy : std::nullopt);
      check_remembered(in_.restrictions, in_.state ? in_.state->restrictions : std::nullopt);
      check_newer_rosters();
    }
    check_files();
    stop_if_refused();
    check_documents();
    leave_lowest_step();
    stop_if_refused();
    check_assignment();
    stop_if_refused();
    check_checkpoint();
    stop_if_refused();
    find_change();
    check_entries();
    stop_if_refused();
    check_content();
    stop_if_refused();
    check_target();
    stop_if_refused();
    check_rules();
    stop_if_refused();
    check_author();
    stop_if_refused();
    check_quorum();
    check_release();
    leave_lowest_step();
    stop_if_refused();
    check_use();
    stop_if_refused();
    check_gates();
    stop_if_refused();
    check_halts();
    stop_if_refused();
    check_secrets();
    stop_if_refused();
    check_resources();
    stop_if_refused();
  }

  // Several steps were judged together: only the first that failed gives the code.
  void leave_lowest_step() {
    if (!causes_.empty()) {
      const int lowest = causes_.begin()->step;
      std::erase_if(causes_, [&](const Cause& cause) { return cause.step != lowest; });
    }
  }

  template <class T>
  void check_org_of_blob(const std::optional<Digest>& digest) {
    const auto blob = digest ? in_.blobs.find(*digest) : in_.blobs.end();
    if (blob != in_.blobs.end()) {
      const auto value = codec::decode<T>(blob->second);
      demand(!value || value->org == inputs_.org, 2, Errc::refuse_b2);
    }
  }

  // Objects that are blobs belong to the organisation like all others.
  void check_org_of_blobs() {
    if (roster_ == nullptr || !in_.change) {
      return;
    }
    const Change& change = in_.change->value;
    check_org_of_blob<State>(change.apply);
    check_org_of_blob<State>(change.rollback.state);
    check_org_of_blob<Plan>(change.plan);
    if (const auto plan = blob_as<Plan>(change.plan); plan && change.auto_rule) {
      for (const PlannedClass& one : plan->classes) {
        check_org_of_blob<PlanClass>(one.class_digest);
      }
    }
  }

  // Step 2.
  void check_files() {
    check_org_of_blobs();
    for (const Errc code : in_.faults) {
      refuse(code == Errc::refuse_c1 ? 9 : 2, code);
    }
    const bool bytes = std::any_of(
        causes_.begin(), causes_.end(), [](const Cause& cause) { return cause.step == 2; });
    if (bytes) {
      leave_lowest_step();
      throw Refused();
    }
    // A wrong blob is step 9, unless something before it fails.
    blob_fault_ = std::erase_if(causes_, [](const Cause& cause) { return cause.step == 9; }) > 0;
    leave_lowest_step();
    stop_if_refused();
  }

  // Steps 3 and 4 and the time, which need each other.
  void check_roster_and_fresh() {
    check_roster();
    if (forgets_time_) {
      floor_ = roster_->issued;
    }
    hi_ = std::max(inputs_.clock, floor_);
    lo_ = inputs_.clock;
    const bool roster_stands = causes_.empty();
    if (!roster_stands) {
      return;
    }
    const bool signed_well = in_.fresh && is_fresh_signed();
    const bool future = signed_well && in_.fresh->value.at > inputs_.clock + limits::kDay;
    if (signed_well && !future) {
      floor_ = std::max(floor_, in_.fresh->value.at);
      hi_ = std::max(inputs_.clock, floor_);
      lo_ = std::min(inputs_.clock, in_.fresh->value.at);
    }
    if (hi_ >= roster_->expires) {
      refuse(3, Errc::refuse_r3);
      return;
    }
    if (!signed_well || future) {
      refuse(4, Errc::refuse_f1);
      return;
    }
    check_fresh(in_.fresh->value);
    leave_lowest_step();
  }

  void check_roster() {
    const auto& rosters = in_.rosters;
    if (rosters.empty()) {
      refuse(3, Errc::refuse_r1);
      return;
    }
    const auto remembered = in_.state ? in_.state->roster : std::nullopt;
    const auto newest = std::prev(rosters.end());
    const std::int64_t first = remembered ? remembered->version : 1;
    const auto start = rosters.find(first);
    if (newest->first < first || start == rosters.end() || !is_linked(rosters) ||
        !is_short(rosters, remembered)) {
      // Without the version before, nobody can say whose signatures the next one needs.
      refuse(3, Errc::refuse_r2);
    }
    if (remembered && start != rosters.end() && start->second.digest != remembered->digest) {
      refuse(3, Errc::refuse_r5);
    }
    if (!causes_.empty()) {
      return;
    }
    for (auto at = rosters.begin(); at != rosters.end(); ++at) {
      const Held<Roster>* before = at == rosters.begin() ? nullptr : &std::prev(at)->second;
      demand(is_content_right(at->second.value, before), 3, Errc::refuse_r4);
      if (remembered && at->first <= first) {
        continue;
      }
      demand(
          before == nullptr || is_root_signed(at->second, before->value.root), 3, Errc::refuse_r1);
      demand(is_root_signed(at->second, at->second.value.root), 3, Errc::refuse_r1);
    }
    if (!causes_.empty()) {
      return;
    }
    roster_ = &newest->second.value;
    const Roster& from = start->second.value;
    forgets_policies_ = lost_all_keys(from, *roster_, "security-officer");
    forgets_assignment_ =
        lost_all_keys(from, *roster_, "devops-lead") || lost_all_keys(from, *roster_, "it-manager");
    forgets_time_ = lost_all_timekeepers(from, *roster_);
  }

  // Versions without a gap, each naming the one before.
  template <class T>
  static bool is_linked(const Chain<T>& chain) {
    for (auto at = chain.begin(); at != chain.end(); ++at) {
      if (at != chain.begin() && (at->first != std::prev(at)->first + 1 ||
                                  at->second.value.prev != std::prev(at)->second.digest)) {
        return false;
      }
    }
    return true;
  }

  template <class T>
  static bool is_short(const Chain<T>& chain, const std::optional<VersionRef>& remembered) {
    const auto count = static_cast<std::int64_t>(limits::kChainMax);
    return remembered ? chain.rbegin()->first - remembered->version <= count
                      : static_cast<std::int64_t>(chain.size()) <= count;
  }

  bool is_root_signed(const Held<Roster>& roster, const KeyGroup& root) const {
    std::set<KeyId> signers;
    for (const BareKey& key : root.keys) {
      const auto pub = PublicKey::parse_ssh(key.pub);
      for (const auto& [digest, one] : in_.statements) {
        const Statement& statement = one.statement;
        if (statement.obj_type == ObjType::roster && statement.act == Act::sign &&
            statement.obj == roster.digest && statement.roster == roster.value.version &&
            statement.by.text() == "root:" + key.id.text() && statement.key == key.id &&
            statement.role.empty() && pub && pub->id() == key.id && verify(*pub, "", "", one)) {
          signers.insert(key.id);
        }
      }
    }
    return static_cast<std::int64_t>(signers.size()) >= root.threshold;
  }

  static bool fits_kind(const RosterKey& key, const PublicKey& pub) {
    switch (key.kind) {
      case KeyKind::sk:
        return pub.is_sk();
      case KeyKind::passkey:
        return pub.is_passkey();
      case KeyKind::local_file:
        return pub.type() == KeyType::ssh_ed25519;
      case KeyKind::ssh:
        return pub.type() == KeyType::ssh_ed25519 || pub.type() == KeyType::ssh_ecdsa_p256;
    }
    return false;
  }

  static bool is_content_right(const Roster& roster, const Held<Roster>* before) {
    std::set<Bytes> points;
    std::set<KeyId> key_ids;
    std::set<std::string> ids;
    std::set<std::string> components;
    std::set<ActorId> people;
    bool right = true;
    const auto add = [&](const Result<PublicKey>& pub, const KeyId* id) {
      right = right && pub && points.insert(pub->point()).second &&
              key_ids.insert(pub->id()).second && (id == nullptr || pub->id() == *id);
    };
    std::set<std::string> rp_ids;
    for (const WebOrigin& origin : roster.origins) {
      right = right && rp_ids.insert(origin.rp_id).second;
    }
    for (const Person& person : roster.people) {
      right = right && actor_kind(person.id) == ActorKind::person &&
              ids.insert(person.id.text()).second;
      people.insert(person.id);
      std::set<RoleId> roles;
      for (const RoleGrant& grant : person.roles) {
        right = right && roles.insert(grant.role).second;
      }
      for (const RosterKey& key : person.keys) {
        const auto pub = parse_key(key);
        add(pub, &key.id);
        right = right && fits_kind(key, *pub) &&
                key.rp_id.has_value() == (key.kind == KeyKind::passkey) &&
                (!key.rp_id || rp_ids.contains(*key.rp_id));
      }
    }
    for (const Service& service : roster.services) {
      const auto pub = PublicKey::parse_ssh(service.pub);
      right = right && actor_kind(service.id) == ActorKind::service &&
              ids.insert(service.id.text()).second;
      add(pub, nullptr);
      right = right && !pub->is_sk();
    }
    for (const KeyGroup* group : {&roster.root, &roster.timekeepers}) {
      for (const BareKey& key : group->keys) {
        add(PublicKey::parse_ssh(key.pub), &key.id);
      }
      right = right && group->threshold <= static_cast<std::int64_t>(group->keys.size());
    }
    for (const Component& component : roster.components) {
      right = right && components.insert(component.id.text()).second &&
              RoleId::parse("owner:" + component.id.text());
      for (const ActorId& owner : component.owners) {
        right = right && people.contains(owner);
      }
    }
    for (const Person& person : roster.people) {
      right = right && (!person.deputy ||
                        (people.contains(person.deputy->of) && person.deputy->of != person.id));
    }
    for (const std::string& vkey : roster.log.vkeys) {
      const auto key = NoteKey::parse(vkey);
      right = right && key && key->name() == roster.log.origin &&
              points.insert(key->key().point()).second;
    }
    return right && roster.prev.has_value() == (roster.version > 1) &&
           (before == nullptr || before->value.demo == roster.demo);
  }

  static std::set<Bytes> keys_of(const Roster& roster, std::string_view role) {
    std::set<Bytes> keys;
    for (const Person& person : roster.people) {
      const bool holds =
          std::any_of(person.roles.begin(), person.roles.end(), [&](const RoleGrant& grant) {
            return grant.role.text() == role && !grant.until;
          });
      for (const RosterKey& key : person.keys) {
        if (holds && !key.until && !key.compromised && !key.login_only) {
          keys.insert(key.pub);
        }
      }
    }
    return keys;
  }

  static bool lost_all(const std::set<Bytes>& then, const std::set<Bytes>& now) {
    return !then.empty() && std::none_of(then.begin(), then.end(), [&](const Bytes& key) {
      return now.contains(key);
    });
  }

  static bool lost_all_keys(const Roster& from, const Roster& to, std::string_view role) {
    std::set<Bytes> still_counting;
    for (const Person& person : to.people) {
      for (const RosterKey& key : person.keys) {
        if (!key.compromised) {
          still_counting.insert(key.pub);
        }
      }
    }
    return lost_all(keys_of(from, role), still_counting);
  }

  static bool lost_all_timekeepers(const Roster& from, const Roster& to) {
    std::set<Bytes> then;
    std::set<Bytes> now;
    for (const BareKey& key : from.timekeepers.keys) {
      then.insert(key.pub);
    }
    for (const BareKey& key : to.timekeepers.keys) {
      now.insert(key.pub);
    }
    return lost_all(then, now);
  }

  // Step 4.
  bool is_fresh_signed() const {
    std::set<KeyId> signers;
    for (const BareKey& key : roster_->timekeepers.keys) {
      const auto pub = PublicKey::parse_ssh(key.pub);
      for (const auto& [digest, one] : in_.statements) {
        const Statement& statement = one.statement;
        if (statement.obj_type == ObjType::fresh && statement.act == Act::sign &&
            statement.obj == in_.fresh->digest && statement.at == in_.fresh->value.at &&
            statement.by.text() == "t:" + key.id.text() && statement.key == key.id &&
            statement.role.empty() && statement.roster <= roster_->version &&
            verify(*pub, "", "", one)) {
          signers.insert(key.id);
        }
      }
    }
    return static_cast<std::int64_t>(signers.size()) >= roster_->timekeepers.threshold;
  }

  template <class T>
  void compare_version(const VersionRef& named, const Chain<T>& chain) {
    if (chain.empty()) {
      return;
    }
    const auto newest = std::prev(chain.end());
    if (named.version != newest->first) {
      refuse(4, Errc::refuse_f3);
    } else if (named.digest != newest->second.digest) {
      refuse(3, Errc::refuse_r5);
    }
  }

  void check_fresh(const Fresh& fresh) {
    if (fresh.at + fresh.ttl < hi_) {
      refuse(4, Errc::refuse_f2);
    }
    if (!forgets_time_ && in_.state && in_.state->fresh_at && fresh.at < *in_.state->fresh_at) {
      refuse(4, Errc::refuse_f3);
    }
    compare_version(fresh.roster, in_.rosters);
    compare_version(fresh.policy, in_.policies);
    compare_version(fresh.restrictions, in_.restrictions);
  }

  // A statement that is valid but for its roster proves that a newer one exists.
  void check_newer_rosters() {
    if (roster_ == nullptr) {
      return;
    }
    for (const auto& [digest, one] : in_.statements) {
      demand(one.statement.roster <= roster_->version ||
                 one.statement.obj_type == ObjType::roster ||
                 !judge(one, checkpoint_.has_value(), true),
             4,
             Errc::refuse_f3);
    }
    leave_lowest_step();
  }

  // --- statements -----------------------------------------------------------------------------

  static bool event_fits(const Statement& statement, Event event) {
    switch (statement.act) {
      case Act::author:
        return event == Event::authored;
      case Act::approve:
        return event == Event::approved;
      case Act::reject:
        return event == Event::rejected;
      case Act::signoff:
        return event == Event::signed_off && statement.obj_type == ObjType::change;
      case Act::release:
        return event == Event::released;
      case Act::rollback:
        return event == Event::rolled_back;
      case Act::withdraw:
        return event == Event::withdrawn;
      case Act::attest:
        return event == Event::attested;
      case Act::lift:
        return event == Event::lifted;
      case Act::login:
      case Act::plan:
        return false;
      case Act::sign:
        break;
    }
    switch (statement.obj_type) {
      case ObjType::policy:
        return event == Event::policy;
      case ObjType::restrictions:
        return event == Event::restrictions;
      case ObjType::assignments:
        return event == Event::assignments;
      case ObjType::stop:
        return event == Event::stopped;
      case ObjType::result:
        return event == Event::applied || event == Event::rolled_back || event == Event::refused ||
               event == Event::stale || event == Event::interrupted;
      default:
        return false;
    }
  }

  static bool needs_entry(const Statement& statement) {
    switch (statement.obj_type) {
      case ObjType::roster:
      case ObjType::fresh:
      case ObjType::plan_request:
      case ObjType::plan_answer:
      case ObjType::report:
      case ObjType::session:
        return false;
      default:
        return true;
    }
  }

  static bool needs_local_key(const Statement& statement) {
    return statement.obj_type == ObjType::policy || statement.obj_type == ObjType::restrictions ||
           statement.obj_type == ObjType::assignments || statement.act == Act::lift;
  }

  // The entry of the statement with this digest, when it is proven.
  [[nodiscard]] std::optional<Place> place_of(const Digest& statement) const {
    const auto proof = in_.inclusions.find(statement);
    if (proof == in_.inclusions.end() || !checkpoint_) {
      return std::nullopt;
    }
    const InclusionProof& one = proof->second;
    auto entry = codec::decode<LedgerEntry>(one.entry, limits::kEntryMax);
    const bool proven = entry && one.index >= 0 &&
                        one.size == static_cast<std::int64_t>(checkpoint_->size) &&
                        verify_inclusion(leaf_hash(one.entry),
                                         static_cast<std::uint64_t>(one.index),
                                         checkpoint_->size,
                                         one.path,
                                         checkpoint_->root);
    if (!proven || entry->org != inputs_.org || entry->seq != one.index ||
        entry->stmt != statement) {
      return std::nullopt;
    }
    return Place{one.index, *std::move(entry)};
  }

  [[nodiscard]] const Person* find_person(const ActorId& id) const {
    for (const Person& person : roster_->people) {
      if (person.id == id) {
        return &person;
      }
    }
    return nullptr;
  }

  // Whether the person holds the role by a grant or as an owner.
  [[nodiscard]] bool holds_itself(const ActorId& id, const RoleId& role, std::int64_t index) const {
    const Person* person = find_person(id);
    if (person == nullptr) {
      return false;
    }
    for (const RoleGrant& grant : person->roles) {
      if (grant.role == role && (!grant.until || index < *grant.until)) {
        return true;
      }
    }
    for (const Component& component : roster_->components) {
      if (role.text() == "owner:" + component.id.text() &&
          std::find(component.owners.begin(), component.owners.end(), id) !=
              component.owners.end()) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool holds(const ActorId& id,
                           const RoleId& role,
                           UnixSeconds at,
                           const Place& place) const {
    if (holds_itself(id, role, place.index)) {
      return true;
    }
    const Person* person = find_person(id);
    return person != nullptr && person->deputy && person->deputy->from <= at &&
           place.entry.at <= person->deputy->to + limits::kClockSkew &&
           holds_itself(person->deputy->of, role, place.index);
  }

  [[nodiscard]] bool holds(const Valid& one, const RoleId& role) const {
    return holds(one.from->statement.by, role, one.from->statement.at, one.place);
  }

  // Whether the signer acts in `role`: names it, or names none and holds it.
  [[nodiscard]] bool acts_as(const Valid& one, const RoleId& role) const {
    const Statement& statement = one.from->statement;
    return (statement.role.empty() || statement.role == role) && holds(one, role);
  }

  // The statement as valid, or nothing. `entries`: whether it must be in the log.
  [[nodiscard]] std::optional<Valid> judge(const Signed& one,
                                           bool entries = true,
                                           bool newer_roster = false) const {
    const Statement& statement = one.statement;
    Valid valid;
    valid.from = &one;
    if (!is_allowed(statement.obj_type, statement.act, actor_kind(statement.by)) ||
        (statement.roster > roster_->version && !newer_roster)) {
      return std::nullopt;
    }
    if (needs_entry(statement) && entries) {
      const auto place = place_of(one.digest);
      if (!place || place->entry.by != statement.by || place->entry.obj != statement.obj ||
          !event_fits(statement, place->entry.ev) || place->index < statement.seen.size ||
          statement.at < place->entry.at - limits::kDay ||
          statement.at > place->entry.at + limits::kClockSkew ||
          statement.at > hi_ + limits::kClockSkew) {
        return std::nullopt;
      }
      valid.place = *place;
    } else if (needs_entry(statement) && statement.at > hi_ + limits::kClockSkew) {
      return std::nullopt;
    } else {
      valid.place.index = 0;
      valid.place.entry.at = statement.at;
    }
    const bool signed_well = actor_kind(statement.by) == ActorKind::person    ? judge_person(valid)
                             : actor_kind(statement.by) == ActorKind::service ? judge_service(valid)
                                                                              : judge_bare(valid);
    if (!signed_well ||
        (needs_local_key(statement) && !roster_->demo && valid.display != Display::local)) {
      return std::nullopt;
    }
    return valid;
  }

  bool judge_person(Valid& valid) const {
    const Statement& statement = valid.from->statement;
    const Person* person = find_person(statement.by);
    if (person == nullptr) {
      return false;
    }
    for (const RosterKey& key : person->keys) {
      if (key.id != statement.key) {
        continue;
      }
      const auto pub = parse_key(key);
      std::string origin;
      for (const WebOrigin& one : roster_->origins) {
        origin = key.rp_id == one.rp_id ? one.origin : origin;
      }
      const auto facts = verify(*pub, key.rp_id.value_or(""), origin, *valid.from);
      if (!facts || key.compromised || key.login_only ||
          (key.until && valid.place.index >= *key.until) ||
          (!statement.role.empty() &&
           !holds(statement.by, statement.role, statement.at, valid.place))) {
        return false;
      }
      valid.kind = key.kind;
      valid.display = display_of(key.kind, *pub);
      valid.user_verified =
          key.kind == KeyKind::local_file || (key.kind != KeyKind::ssh && facts->user_verified);
      valid.backup_eligible = facts->backup_eligible;
      return true;
    }
    return false;
  }

  bool judge_service(Valid& valid) const {
    const Statement& statement = valid.from->statement;
    for (const Service& service : roster_->services) {
      if (service.id != statement.by) {
        continue;
      }
      const auto pub = PublicKey::parse_ssh(service.pub);
      return pub && pub->id() == statement.key && verify(*pub, "", "", *valid.from) &&
             (!service.until || valid.place.index < *service.until) &&
             (statement.role.empty() ||
              std::find(service.roles.begin(), service.roles.end(), statement.role) !=
                  service.roles.end());
    }
    return false;
  }

  // Hosts, root keys and timekeepers.
  bool judge_bare(Valid& valid) const {
    const Statement& statement = valid.from->statement;
    std::optional<Bytes> blob;
    std::string prefix;
    if (actor_kind(statement.by) == ActorKind::host) {
      prefix = "h:";
      const auto host = HostId::parse(statement.by.text());
      const auto folder = host ? in_.hosts.find(*host) : in_.hosts.end();
      if (folder != in_.hosts.end() && !folder->second.versions.empty()) {
        blob = folder->second.versions.rbegin()->second.value.keys.id;
      }
    } else {
      const bool root = actor_kind(statement.by) == ActorKind::root;
      prefix = root ? "root:" : "t:";
      for (const BareKey& key : root ? roster_->root.keys : roster_->timekeepers.keys) {
        if (key.id == statement.key) {
          blob = key.pub;
        }
      }
    }
    const auto pub = blob ? PublicKey::parse_ssh(*blob) : fail(Errc::bad_key, "no such key");
    return pub && pub->id() == statement.key &&
           statement.by.text() == prefix + statement.key.text() && statement.role.empty() &&
           verify(*pub, "", "", *valid.from);
  }

  // All valid statements that do `act` to the object `obj` of type `type`.
  [[nodiscard]] std::vector<Valid> valid_on(ObjType type,
                                            Act act,
                                            const Digest& obj,
                                            bool entries = true) const {
    std::vector<Valid> result;
    for (const auto& [digest, one] : in_.statements) {
      if (one.statement.obj_type == type && one.statement.act == act && one.statement.obj == obj) {
        if (const auto valid = judge(one, entries)) {
          result.push_back(*valid);
        }
      }
    }
    return result;
  }

  // --- steps 5, 6, 7 --------------------------------------------------------------------------

  // Opens the checkpoint and looks at what it must continue, without the statements.
  std::set<Cause> open_checkpoint_early() {
    std::set<Cause> found;
    const auto add = [&](Errc code) { found.insert({7, code, error_info(code).exit}); };
    std::vector<NoteKey> keys;
    for (const std::string& vkey : roster_->log.vkeys) {
      keys.push_back(NoteKey::parse(vkey).value());
    }
    if (in_.checkpoint) {
      auto opened = open_checkpoint(*in_.checkpoint, roster_->log.origin, keys);
      if (opened) {
        checkpoint_ = *opened;
      }
    }
    if (!checkpoint_) {
      add(Errc::refuse_l1);
      return found;
    }
    if (roster_->witness_min > 0) {
      add(Errc::refuse_l2);
    }
    if (in_.state && in_.state->checkpoint) {
      if (const auto code = continues(*in_.state->checkpoint, Errc::refuse_l3)) {
        add(*code);
      }
    }
    if (in_.fresh) {
      if (const auto code = continues(in_.fresh->value.log, Errc::refuse_l5)) {
        add(*code);
      }
    }
    return found;
  }

  [[nodiscard]] std::optional<Errc> continues(const LogPoint& older, Errc otherwise) const {
    const auto size = static_cast<std::int64_t>(checkpoint_->size);
    if (older.size > size) {
      return Errc::refuse_f2;
    }
    if (older.size == size || older.size == 0) {
      const bool same = older.root == (older.size == 0 ? empty_root() : checkpoint_->root);
      return same ? std::nullopt : std::optional(otherwise);
    }
    const auto proof = in_.consistencies.find({older.size, size});
    const bool proven = proof != in_.consistencies.end() &&
                        verify_consistency(static_cast<std::uint64_t>(older.size),
                                           checkpoint_->size,
                                           proof->second.path,
                                           older.root,
                                           checkpoint_->root);
    return proven ? std::nullopt : std::optional(otherwise);
  }

  // Two documents of one version belong to step 3, whatever else is wrong.
  template <class T>
  void check_remembered(const Chain<T>& chain, const std::optional<VersionRef>& remembered) {
    const auto held =
        remembered && !forgets_policies_ ? chain.find(remembered->version) : chain.end();
    demand(held == chain.end() || held->second.digest == remembered->digest, 3, Errc::refuse_r5);
  }

  template <class T>
  void check_chain(const Chain<T>& chain, ObjType type, std::optional<VersionRef> remembered) {
    if (chain.empty()) {
      refuse(5, Errc::refuse_p2);
      return;
    }
    if (forgets_policies_) {
      remembered.reset();
    }
    const auto newest = std::prev(chain.end());
    demand(is_linked(chain) && is_short(chain, remembered), 5, Errc::refuse_p2);
    for (const auto& [version, one] : chain) {
      demand(is_document_signed(one.digest, type), 5, Errc::refuse_p1);
    }
    demand(hi_ < newest->second.value.expires, 5, Errc::refuse_p2);
    if (!remembered) {
      return;
    }
    demand(newest->first >= remembered->version, 5, Errc::refuse_p2);
    if (!chain.contains(remembered->version)) {
      const auto next = chain.find(remembered->version + 1);
      demand(
          next != chain.end() && next->second.value.prev == remembered->digest, 5, Errc::refuse_p2);
    }
  }

  bool is_document_signed(const Digest& digest, ObjType type) const {
    std::set<ActorId> people;
    bool officer = false;
    for (const Valid& one : valid_on(type, Act::sign, digest, checkpoint_.has_value())) {
      people.insert(one.from->statement.by);
      officer = officer || acts_as(one, id_of<RoleId>("security-officer"));
    }
    return officer && static_cast<std::int64_t>(people.size()) >= roster_->policy_threshold;
  }

  void check_documents() {
    check_chain(in_.policies, ObjType::policy, in_.state ? in_.state->policy : std::nullopt);
    check_chain(in_.restrictions,
                ObjType::restrictions,
                in_.state ? in_.state->restrictions : std::nullopt);
    if (causes_.empty()) {
      policy_ = &in_.policies.rbegin()->second.value;
      restrictions_ = &in_.restrictions.rbegin()->second.value;
    }
  }

  [[nodiscard]] const HostFolder* own_folder() const {
    if (!inputs_.host) {
      return nullptr;
    }
    const auto found = in_.hosts.find(*inputs_.host);
    return found == in_.hosts.end() ? nullptr : &found->second;
  }

  // Step 6.
  void check_assignment() {
    if (!inputs_.host) {
      return;
    }
    const auto remembered =
        in_.state && !forgets_assignment_ ? in_.state->assignment : std::nullopt;
    if (!is_proven(*inputs_.host, remembered)) {
      refuse(6, Errc::refuse_h1);
      return;
    }
    assignment_ = &own_folder()->versions.rbegin()->second.value;
    if (in_.state && in_.state->keys) {
      demand(in_.state->keys->id == assignment_->keys.id &&
                 in_.state->keys->tls == assignment_->keys.tls,
             6,
             Errc::refuse_h2);
    }
  }

  // Whether the newest assignment of the host stands in a signed batch and in the current tree.
  [[nodiscard]] bool is_proven(const HostId& host,
                               const std::optional<VersionRef>& remembered) const {
    const auto found = in_.hosts.find(host);
    if (found == in_.hosts.end()) {
      return false;
    }
    const HostFolder& folder = found->second;
    if (folder.versions.empty() || !folder.batch || !folder.batch_proof || !folder.root_proof ||
        !is_linked(folder.versions) || !is_short(folder.versions, remembered)) {
      return false;
    }
    const auto& [version, newest] = *folder.versions.rbegin();
    const auto identity = PublicKey::parse_ssh(newest.value.keys.id);
    const std::string line =
        host.text() + " " + std::to_string(version) + " " + newest.digest.text() + "\n";
    if (hi_ >= newest.value.expires || !identity || identity->type() != KeyType::ssh_ed25519 ||
        host.text() != "h:" + identity->id().text() ||
        folder.batch->value.env != newest.value.env ||
        !is_member(*folder.batch_proof, newest.digest.text(), folder.batch->value.root) ||
        !is_member(*folder.root_proof, line, in_.fresh->value.assignments_root)) {
      return false;
    }
    std::int64_t first = std::max<std::int64_t>(version - 1, 1);
    if (remembered) {
      first = remembered->version;
      const auto held = folder.versions.find(first);
      if (held == folder.versions.end() || held->second.digest != remembered->digest) {
        return false;
      }
    }
    std::set<Name> envs;
    for (std::int64_t at = first; at <= version; ++at) {
      const auto held = folder.versions.find(at);
      if (held == folder.versions.end()) {
        return false;
      }
      envs.insert(held->second.value.env);
    }
    return is_batch_signed(folder.batch->digest, envs);
  }

  static bool is_member(const MemberProof& proof, const Bytes& leaf, const Digest& root) {
    return proof.index >= 0 && proof.size >= 0 &&
           verify_inclusion(leaf_hash(leaf),
                            static_cast<std::uint64_t>(proof.index),
                            static_cast<std::uint64_t>(proof.size),
                            proof.path,
                            root);
  }

  bool is_batch_signed(const Digest& batch, const std::set<Name>& envs) const {
    const auto signers = valid_on(ObjType::assignments, Act::sign, batch, checkpoint_.has_value());
    for (const Name& env : envs) {
      bool covered = false;
      for (const AssignRule& rule : policy_->assign) {
        if (std::find(rule.envs.begin(), rule.envs.end(), env) == rule.envs.end()) {
          continue;
        }
        covered = true;
        if (!satisfies(rule, signers)) {
          return false;
        }
      }
      if (!covered) {
        return false;
      }
    }
    return true;
  }

  // Tries every choice of different people for the places of the rule.
  bool satisfies(const AssignRule& rule, const std::vector<Valid>& signers) const {
    std::vector<const AnyNeed*> places;
    for (const AnyNeed& need : rule.need) {
      places.insert(places.end(), static_cast<std::size_t>(need.n), &need);
    }
    std::set<ActorId> used;
    const std::function<bool(std::size_t)> fill = [&](std::size_t place) -> bool {
      if (place == places.size()) {
        return true;
      }
      for (const Valid& one : signers) {
        const ActorId& by = one.from->statement.by;
        const bool fits = std::any_of(places[place]->roles.begin(),
                                      places[place]->roles.end(),
                                      [&](const RoleId& role) { return acts_as(one, role); });
        if (fits && used.insert(by).second) {
          if (fill(place + 1)) {
            return true;
          }
          used.erase(by);
        }
      }
      return false;
    };
    return fill(0);
  }

  // Step 7.
  void check_checkpoint() {
    causes_.insert(early_.begin(), early_.end());
    if (!checkpoint_) {
      return;
    }
    for (const auto& [digest, one] : in_.statements) {
      if (judge(one)) {
        if (const auto code = continues(one.statement.seen, Errc::refuse_l5)) {
          refuse(7, *code);
        }
      }
    }
  }

  // --- the change -----------------------------------------------------------------------------

  [[nodiscard]] bool is_by_person() const { return change_->executor.by == ExecutorBy::person; }

  void find_change() {
    if (!in_.change) {
      return;
    }
    change_ = &in_.change->value;
    digest_ = in_.change->digest;
    if (change_->phases) {
      for (std::size_t i = 0; i < change_->phases->size(); ++i) {
        const auto& hosts = (*change_->phases)[i].hosts;
        if (inputs_.host && std::find(hosts.begin(), hosts.end(), *inputs_.host) != hosts.end()) {
          phase_ = phase_ ? phase_ : std::optional(i);
        }
      }
    }
    find_releases();
  }

  /// A release statement whose release is here, with its place when it has one.
  struct Released {
    const Signed* from = nullptr;
    Release release;
    std::optional<Valid> valid;  ///< by an executor
    bool lacks_entry = false;    ///< nothing else is wrong with it
  };

  [[nodiscard]] std::optional<Release> release_of(const Signed& one) const {
    const auto blob = in_.blobs.find(one.statement.obj);
    if (one.statement.act != Act::release || one.statement.obj_type != ObjType::release ||
        blob == in_.blobs.end()) {
      return std::nullopt;
    }
    auto release = codec::decode<Release>(blob->second);
    return release && release->org == inputs_.org ? std::optional(*std::move(release))
                                                  : std::nullopt;
  }

  [[nodiscard]] Name phase_name(std::size_t i) const {
    return is_by_person() ? id_of<Name>("all") : (*change_->phases)[i].name;
  }

  void find_releases() {
    for (const auto& [digest, one] : in_.statements) {
      if (auto release = release_of(one)) {
        Released released{&one, *release, judge(one)};
        released.lacks_entry = !place_of(one.digest) &&
                               one.statement.at <= hi_ + limits::kClockSkew && judge(one, false);
        if (released.valid && !acts_as(*released.valid, id_of<RoleId>("executor"))) {
          released.valid.reset();
        }
        releases_.push_back(std::move(released));
      }
    }
    if (is_by_person()) {
      serving_ = serving_of(id_of<Name>("all"));
    } else if (phase_) {
      serving_ = serving_release(*phase_);
    }
  }

  // Of the valid releases of a phase the one with the highest index.
  [[nodiscard]] const Released* serving_of(const Name& phase) const {
    const Released* last = nullptr;
    for (const Released& one : releases_) {
      if (one.valid && one.release.change == digest_ && one.release.phase == phase &&
          (last == nullptr || one.valid->place.index > last->valid->place.index)) {
        last = &one;
      }
    }
    return last;
  }

  [[nodiscard]] bool may_lack_release(std::size_t phase) const {
    return change_->auto_rule.has_value() ||
           (phase > 0 && (*change_->phases)[phase - 1].gate.kind == GateKind::automatic);
  }

  [[nodiscard]] const Released* serving_release(std::size_t phase) const {
    // The nearest phase that has one, as long as every phase up to there may lack its own.
    for (std::size_t i = phase;; --i) {
      const Released* one = serving_of(phase_name(i));
      if (one != nullptr || i == 0 || !may_lack_release(i)) {
        return one;
      }
    }
  }

  // Whether the statement counts as far as the release is concerned.
  [[nodiscard]] bool is_named(const Digest& statement) const {
    return serving_ == nullptr ||
           std::find(serving_->release.stmts.begin(), serving_->release.stmts.end(), statement) !=
               serving_->release.stmts.end();
  }

  // Step 8.
  void check_entries() {
    if (change_ == nullptr) {
      return;
    }
    for (const Released& one : releases_) {
      demand(one.release.change != digest_ || !one.lacks_entry, 8, Errc::refuse_l4);
    }
    if (serving_ == nullptr) {
      return;
    }
    for (const Digest& named : serving_->release.stmts) {
      const auto place = place_of(named);
      demand(
          !in_.statements.contains(named) || (place && place->index < serving_->valid->place.index),
          8,
          Errc::refuse_l4);
    }
  }

  template <class T>
  [[nodiscard]] std::optional<T> blob_as(const std::optional<Digest>& digest) const {
    const auto blob = digest ? in_.blobs.find(*digest) : in_.blobs.end();
    if (blob == in_.blobs.end()) {
      return std::nullopt;
    }
    auto value = codec::decode<T>(blob->second);
    return value && value->org == inputs_.org ? std::optional(*std::move(value)) : std::nullopt;
  }

  // Step 9.
  void check_content() {
    const auto demand_c1 = [&](bool holds) { demand(holds, 9, Errc::refuse_c1); };
    demand_c1(!blob_fault_ && change_ != nullptr);
    if (change_ == nullptr) {
      return;
    }
    const bool ours = std::any_of(releases_.begin(), releases_.end(), [&](const Released& one) {
      return one.valid && one.release.change == digest_;
    });
    const bool of_others = std::any_of(releases_.begin(), releases_.end(), [&](const auto& one) {
      return one.release.change != digest_;
    });
    demand_c1(ours || !of_others);
    demand_c1(!change_->rollback.blob || in_.blobs.contains(*change_->rollback.blob));
    if (change_->rollback.state) {
      undo_state_ = blob_as<State>(*change_->rollback.state);
      demand_c1(undo_state_ && change_->scope && undo_state_->scope == *change_->scope);
    }
    for (const EvidenceRef& evidence : change_->evidence) {
      demand_c1(in_.blobs.contains(evidence.blob));
    }
    if (is_by_person()) {
      return;
    }
    state_ = blob_as<State>(change_->apply);
    plan_ = blob_as<Plan>(change_->plan);
    demand_c1(state_ && plan_);
    if (!state_ || !plan_) {
      return;
    }
    demand_c1(plan_->state == *change_->apply && state_->scope == *change_->scope);
    std::set<HostId> planned;
    for (const PlannedClass& one : plan_->classes) {
      const auto steps = blob_as<PlanClass>(one.class_digest);
      demand_c1(!change_->auto_rule || steps);
      for (const PlannedHost& host : one.hosts) {
        planned.insert(host.id);
        if (host.id == inputs_.host) {
          planned_host_ = host;
          planned_class_ = one.class_digest;
        }
      }
    }
    std::set<HostId> listed;
    if (change_->targets.hosts) {
      for (const TargetHost& host : *change_->targets.hosts) {
        listed.insert(host.id);
      }
      demand_c1(planned == listed);
    }
  }

  // Step 10.
  void check_target() {
    const auto demand_c2 = [&](bool holds) { demand(holds, 10, Errc::refuse_c2); };
    demand_c2(!change_->targets.where);
    if (is_by_person()) {
      demand_c2(!inputs_.host && change_->targets.assets);
      if (change_->targets.assets) {
        for (const TargetAsset& asset : *change_->targets.assets) {
          demand_c2(!asset.id.text().starts_with("h:"));
          targets_.push_back(
              {asset.env, asset.data_class, {asset.components.begin(), asset.components.end()}});
        }
      }
      return;
    }
    demand_c2(inputs_.host && assignment_ != nullptr && change_->targets.hosts);
    if (!causes_.empty()) {
      return;
    }
    const auto& hosts = *change_->targets.hosts;
    demand_c2(std::any_of(hosts.begin(), hosts.end(), [&](const TargetHost& host) {
      return host.id == *inputs_.host && host.name == assignment_->name;
    }));
    std::multiset<HostId> in_phases;
    for (const Phase& phase : *change_->phases) {
      in_phases.insert(phase.hosts.begin(), phase.hosts.end());
    }
    std::multiset<HostId> listed;
    for (const TargetHost& host : hosts) {
      listed.insert(host.id);
    }
    demand_c2(in_phases == listed && phase_);
    if (change_->executor.by == ExecutorBy::agent) {
      targets_.push_back({assignment_->env, assignment_->data_class, {}});
      return;
    }
    demand_c2(change_->executor.host == inputs_.host);
    const Workspace* workspace = nullptr;
    if (assignment_->workspaces) {
      for (const Workspace& one : *assignment_->workspaces) {
        workspace = one.id == *change_->executor.workspace ? &one : workspace;
      }
    }
    demand_c2(workspace != nullptr);
    if (workspace != nullptr) {
      targets_.push_back({workspace->env,
                          workspace->data_class,
                          {workspace->components.begin(), workspace->components.end()}});
    }
  }

  // Whether a component's `owns` covers what a resource touches: paths by whole parts.
  static bool owns(const std::string& prefix, const std::string& touched) {
    if (!touched.starts_with(prefix)) {
      return false;
    }
    return prefix[0] != '/' || prefix.ends_with('/') || touched.size() == prefix.size() ||
           touched[prefix.size()] == '/';
  }

  [[nodiscard]] std::set<ComponentId> touched_components() const {
    std::set<ComponentId> result(change_->components.begin(), change_->components.end());
    for (const Component& component : roster_->components) {
      for (const Resource& resource : resources()) {
        for (const std::string& prefix : component.owns) {
          for (const std::string& touched : touched_by(resource)) {
            if (owns(prefix, touched)) {
              result.insert(component.id);
            }
          }
          if (prefix.starts_with('/') && replaces_what_is_below(resource) &&
              owns(resource.key, prefix)) {
            result.insert(component.id);
          }
        }
      }
    }
    return result;
  }

  [[nodiscard]] std::set<ComponentId> components_of(const Target& target) const {
    auto result = touched_components();
    result.insert(target.components.begin(), target.components.end());
    return result;
  }

  // What the change may put on the host: its state, and the one that takes it back.
  [[nodiscard]] std::vector<Resource> resources() const {
    std::vector<Resource> all;
    if (state_) {
      all = state_->resources;
    }
    if (undo_state_) {
      all.insert(all.end(), undo_state_->resources.begin(), undo_state_->resources.end());
    }
    return all;
  }

  static bool replaces_what_is_below(const Resource& resource) {
    const bool stays =
        resource.kind.text() == "directory" && resource.want.find("absent") == resource.want.end();
    return has_path(resource.kind) && !stays;
  }

  // Effects of the resources of the change.
  [[nodiscard]] std::set<Name> derived_effects() const {
    std::set<Name> effects;
    for (const Resource& resource : resources()) {
      effects.merge(effects_of(resource));
    }
    return effects;
  }

  [[nodiscard]] bool matches(const Match& match,
                             const Target& target,
                             const std::set<Name>& effects) const {
    const auto shares = [](const auto& list, const auto& set) {
      return !list || std::any_of(list->begin(), list->end(), [&](const auto& item) {
        return set.contains(item);
      });
    };
    const auto components = components_of(target);
    std::set<Name> types;
    for (const Component& component : roster_->components) {
      if (components.contains(component.id)) {
        types.insert(id_of<Name>(enum_name(component.type)));
      }
    }
    return shares(match.kinds, std::set<Name>{id_of<Name>(enum_name(change_->kind))}) &&
           shares(match.envs, std::set<Name>{target.env}) && shares(match.components, components) &&
           shares(match.component_types, types) &&
           shares(match.data_classes, std::set<Name>{target.data_class}) &&
           shares(match.effects, effects);
  }

  // Step 11.
  [[nodiscard]] Asked asked_with(const std::set<Name>& derived) const {
    std::set<Name> effects(change_->effects.begin(), change_->effects.end());
    effects.insert(derived.begin(), derived.end());
    Asked asked;
    asked.matched = true;
    std::set<ComponentId> components;
    for (const Target& target : targets_) {
      components.merge(components_of(target));
      bool matched = false;
      for (const Rule& rule : policy_->rules) {
        if (!matches(rule.match, target, effects)) {
          continue;
        }
        matched = true;
        for (const Need& need : rule.need) {
          asked.need[need.role] = std::max(asked.need[need.role], need.n);
        }
        asked.min_local = std::max(asked.min_local, rule.min_local);
        asked.max_age = std::min(asked.max_age, rule.max_age);
        asked.need_uv = asked.need_uv || rule.need_uv;
        asked.no_sync = asked.no_sync || rule.no_sync;
        asked.no_file = asked.no_file || rule.no_file;
        asked.owner_ack = asked.owner_ack || rule.owner_ack;
        if (rule.evidence_required) {
          asked.evidence.insert(rule.evidence_required->begin(), rule.evidence_required->end());
        }
      }
      asked.matched = asked.matched && matched;
    }
    if (asked.owner_ack) {
      for (const ComponentId& component : components) {
        const RoleId role = id_of<RoleId>("owner:" + component.text());
        asked.need[role] = std::max<std::int64_t>(asked.need[role], 1);
      }
    }
    return asked;
  }

  [[nodiscard]] bool is_emergency() const { return change_->kind == ChangeKind::emergency; }

  void check_rules() {
    demand(change_->min_policy <= policy_->version, 11, Errc::refuse_c3);
    asked_ = asked_with(derived_effects());
    demand(asked_.matched || is_emergency(), 11, Errc::refuse_c3);
  }

  // --- steps 12 to 15 -------------------------------------------------------------------------

  [[nodiscard]] bool is_withdrawn(const Signed& one, bool need_named = true) const {
    const auto taken = valid_on(ObjType::statement, Act::withdraw, one.digest);
    return std::any_of(taken.begin(), taken.end(), [&](const Valid& withdrawal) {
      return withdrawal.from->statement.by == one.statement.by &&
             (!need_named || is_named(withdrawal.from->digest));
    });
  }

  void check_author() {
    const auto authors = valid_on(ObjType::change, Act::author, digest_);
    demand(std::any_of(authors.begin(),
                       authors.end(),
                       [&](const Valid& one) {
                         return one.from->statement.by == change_->author &&
                                is_named(one.from->digest) && !is_withdrawn(*one.from);
                       }),
           12,
           Errc::refuse_s1);
  }

  [[nodiscard]] bool is_contributor(const ActorId& actor) const {
    return change_->contributors &&
           std::find(change_->contributors->begin(), change_->contributors->end(), actor.text()) !=
               change_->contributors->end();
  }

  [[nodiscard]] std::set<ActorId> disqualified() const {
    std::set<ActorId> people = {change_->author};
    if (change_->executor.who) {
      people.insert(change_->executor.who->begin(), change_->executor.who->end());
    }
    for (const Person& person : roster_->people) {
      if (is_contributor(person.id)) {
        people.insert(person.id);
      }
    }
    for (const Released& one : releases_) {
      if (one.valid && one.release.change == digest_) {
        people.insert(one.from->statement.by);
      }
    }
    return people;
  }

  [[nodiscard]] std::size_t people_min() const {
    std::size_t count = 1;
    for (const Target& target : targets_) {
      if (target.env.text() == "prod") {
        count = 2;
      }
    }
    if (change_->contributors) {
      count += static_cast<std::size_t>(
          std::count(change_->contributors->begin(), change_->contributors->end(), "?"));
    }
    return count;
  }

  [[nodiscard]] std::vector<const Signed*> ballots() const {
    std::vector<const Signed*> result;
    for (const auto& [digest, one] : in_.statements) {
      const Statement& statement = one.statement;
      if (statement.obj_type == ObjType::change && statement.obj == digest_ &&
          (statement.act == Act::approve || statement.act == Act::reject) && is_named(digest)) {
        result.push_back(&one);
      }
    }
    return result;
  }

  [[nodiscard]] QuorumQuestion question_for(const Asked& asked) const {
    QuorumQuestion question;
    question.need = asked.need;
    question.min_local = asked.min_local;
    question.need_uv = asked.need_uv;
    question.no_sync = asked.no_sync;
    question.people_min = people_min();
    question.disqualified = disqualified();
    for (const Signed* one : ballots()) {
      const Statement& statement = one->statement;
      const auto valid = judge(*one);
      Vote vote;
      vote.by = statement.by;
      vote.approves = statement.act == Act::approve;
      vote.role = statement.role;
      vote.at = statement.at;
      vote.digest = one->digest;
      vote.valid = valid.has_value();
      vote.withdrawn = is_withdrawn(*one);
      vote.aged = hi_ - statement.at > asked.max_age;
      Place place;
      if (valid) {
        place = valid->place;
        vote.local = valid->display == Display::local &&
                     !(asked.no_file && valid->kind == KeyKind::local_file);
        vote.user_verified = valid->user_verified;
        vote.backup_eligible = valid->backup_eligible;
      } else {
        // A signature that holds is dated by its entry, any other by itself.
        const auto entry = place_of(one->digest);
        place.index = entry ? entry->index : 0;
        place.entry.at = entry ? entry->entry.at : statement.at;
      }
      for (const auto& [role, n] : asked.need) {
        if (holds(statement.by, role, statement.at, place)) {
          vote.held.insert(role);
        }
      }
      question.votes.push_back(std::move(vote));
    }
    return question;
  }

  // Valid attestations that something passed, about this change, by an outsider.
  [[nodiscard]] std::vector<std::pair<Valid, Evidence>> passes() const {
    std::vector<std::pair<Valid, Evidence>> result;
    for (const auto& [digest, one] : in_.statements) {
      if (one.statement.act != Act::attest || !is_named(digest) ||
          one.statement.by == change_->author || is_contributor(one.statement.by)) {
        continue;
      }
      const auto evidence = blob_as<Evidence>(one.statement.obj);
      const auto valid = judge(one);
      if (evidence && valid && evidence->verdict == Verdict::pass &&
          evidence->subject == codec::change_core(in_.change_bytes) && !is_withdrawn(one)) {
        result.emplace_back(*valid, *evidence);
      }
    }
    return result;
  }

  void check_quorum() {
    const auto derived = derived_effects();
    for (const Name& effect : derived) {
      demand(std::find(change_->effects.begin(), change_->effects.end(), effect) !=
                 change_->effects.end(),
             15,
             Errc::refuse_s6);
    }
    if (change_->auto_rule) {
      demand(meets_auto_criteria(), 15, Errc::refuse_s4);
    }
    if (is_emergency()) {
      demand(meets_emergency_criteria(), 15, Errc::refuse_s4);
    }
    const QuorumAnswer answer = quorum(question_for(asked_));
    demand(is_emergency() || answer.opponents.empty(), 15, Errc::refuse_s3);
    if (change_->auto_rule || is_emergency()) {
      return;
    }
    if (answer.outcome != QuorumOutcome::met) {
      refuse(15, Errc::refuse_s3);
      if (answer.opponents.empty() && answer.outcome == QuorumOutcome::short_by_age) {
        refuse(13, Errc::refuse_s2, Exit::denied);
      }
      if (answer.opponents.empty() && answer.outcome == QuorumOutcome::short_by_validity) {
        refuse(13, Errc::refuse_s2);
      }
    }
    for (const Name& kind : asked_.evidence) {
      const auto passed = passes();
      demand(std::any_of(passed.begin(),
                         passed.end(),
                         [&](const auto& one) { return one.second.kind == kind; }),
             15,
             Errc::refuse_s3);
    }
  }

  [[nodiscard]] std::int64_t passed_today(const Name& rule) const {
    std::int64_t count = 0;
    if (in_.state) {
      for (const DayCount& one : in_.state->counts) {
        if (one.day == hi_ / limits::kDay && one.rule == rule) {
          count += one.n;
        }
      }
    }
    return count;
  }

  [[nodiscard]] std::int64_t target_count() const {
    return static_cast<std::int64_t>(change_->targets.hosts    ? change_->targets.hosts->size()
                                     : change_->targets.assets ? change_->targets.assets->size()
                                                               : 0);
  }

  bool meets_auto_criteria() const {
    const auto rule = std::find_if(
        policy_->auto_rules.begin(), policy_->auto_rules.end(), [&](const AutoRule& one) {
          return one.id == *change_->auto_rule;
        });
    if (rule == policy_->auto_rules.end()) {
      return false;
    }
    auto effects = derived_effects();
    effects.insert(change_->effects.begin(), change_->effects.end());
    bool meets = hi_ < rule->expires && target_count() <= rule->max_hosts &&
                 passed_today(rule->id) < rule->per_day &&
                 (change_->phases ? static_cast<std::int64_t>(change_->phases->size()) : 0) >=
                     rule->phases_required &&
                 change_->window.not_after - change_->window.not_before <= rule->window &&
                 change_->rollback.kind == RollbackKind::restore && change_->secrets.empty() &&
                 !effects.contains(id_of<Name>("opaque"));
    for (const Target& target : targets_) {
      meets = meets && matches(rule->match, target, effects) &&
              std::find(rule->envs.begin(), rule->envs.end(), target.env) != rule->envs.end();
    }
    for (const HealthCheck& health : change_->health) {
      meets = meets && health.kind != HealthKind::command;
    }
    if (plan_) {
      for (const PlannedClass& one : plan_->classes) {
        const auto steps = blob_as<PlanClass>(one.class_digest);
        for (const PlanStep& step : steps->steps) {
          meets = meets && !step.opaque &&
                  std::find(rule->only_actions.begin(),
                            rule->only_actions.end(),
                            id_of<Name>(enum_name(step.action))) != rule->only_actions.end();
        }
      }
    }
    const auto passed = passes();
    for (const EvidenceNeed& need : rule->evidence_required) {
      meets = meets && std::any_of(passed.begin(), passed.end(), [&](const auto& one) {
                return one.second.kind == need.kind && is_among(one.first, need.by);
              });
    }
    return meets;
  }

  // Whether the signer is listed itself, or holds a listed role.
  bool is_among(const Valid& one, const std::vector<ActorId>& list) const {
    const Statement& statement = one.from->statement;
    return std::any_of(list.begin(), list.end(), [&](const ActorId& item) {
      if (item == statement.by) {
        return true;
      }
      const auto role = RoleId::parse(item.text());
      if (!role) {
        return false;
      }
      for (const Service& service : roster_->services) {
        if (service.id == statement.by) {
          return std::find(service.roles.begin(), service.roles.end(), *role) !=
                 service.roles.end();
        }
      }
      return holds(one, *role);
    });
  }

  bool meets_emergency_criteria() {
    const EmergencyRule& rule = policy_->emergency;
    auto effects = derived_effects();
    effects.insert(change_->effects.begin(), change_->effects.end());
    bool meets = target_count() <= rule.max_hosts &&
                 passed_today(id_of<Name>("emergency")) < rule.per_day &&
                 change_->window.not_after - change_->window.not_before <= rule.window &&
                 !effects.contains(name_trust()) && change_->rollback.kind != RollbackKind::state;
    // One local, user-verified approval that stands, by a lead of the policy.
    // What the rules ask of keys is replaced with them.
    Asked asked = asked_;
    asked.no_file = false;
    for (const RoleId& role : rule.roles) {
      asked.need.try_emplace(role, 1);
    }
    bool approved = false;
    QuorumQuestion question = question_for(asked);
    demand(quorum(question).opponents.empty(), 15, Errc::refuse_s3);
    question.min_local = 1;
    question.need_uv = true;
    question.no_sync = false;
    question.people_min = 1;
    for (Vote& vote : question.votes) {
      vote.aged = false;
    }
    for (const RoleId& role : rule.roles) {
      question.need = {{role, 1}};
      approved = approved || quorum(question).outcome == QuorumOutcome::met;
    }
    return meets && approved;
  }

  // Step 14.
  void check_release() {
    const auto demand_s5 = [&](bool holds) { demand(holds, 14, Errc::refuse_s5); };
    if (serving_ == nullptr) {
      demand_s5(change_->auto_rule.has_value());
      return;
    }
    const LedgerEntry& entry = serving_->valid->place.entry;
    std::vector<Digest> expected = serving_->release.stmts;
    expected.push_back(serving_->from->digest);
    std::sort(expected.begin(), expected.end());
    demand_s5(entry.stmts == expected && entry.phase == serving_->release.phase);
    for (const Digest& digest : serving_->release.stmts) {
      const auto found = in_.statements.find(digest);
      demand_s5(found != in_.statements.end() && may_be_named(found->second));
    }
  }

  [[nodiscard]] bool is_about_change(const Signed& one) const {
    const Statement& statement = one.statement;
    switch (statement.act) {
      case Act::author:
      case Act::approve:
      case Act::reject:
        return statement.obj_type == ObjType::change && statement.obj == digest_;
      case Act::attest: {
        const auto evidence = blob_as<Evidence>(statement.obj);
        return statement.obj_type == ObjType::evidence && evidence &&
               evidence->subject == codec::change_core(in_.change_bytes);
      }
      default:
        return false;
    }
  }

  [[nodiscard]] bool may_be_named(const Signed& one) const {
    if (one.statement.act == Act::withdraw && one.statement.obj_type == ObjType::statement) {
      const auto taken = in_.statements.find(one.statement.obj);
      return taken != in_.statements.end() && is_about_change(taken->second);
    }
    const auto release = release_of(one);
    return is_about_change(one) || (release && release->change == digest_);
  }

  // Step 16.
  void check_use() {
    if (lo_ < change_->window.not_before) {
      refuse(16, Errc::refuse_w1, Exit::pending);
    }
    if (hi_ > change_->window.not_after) {
      refuse(16, Errc::refuse_w1, Exit::denied);
    }
    demand(change_->use == Use::once, 16, Errc::refuse_w2);
    if (in_.state) {
      for (const UsedChange& used : in_.state->used) {
        const bool again =
            used.rolled_back && serving_ != nullptr && serving_->release.after == used.rolled_back;
        demand(used.change != digest_ || again, 16, Errc::refuse_w2);
      }
    }
    if (!is_by_person()) {
      std::optional<Digest> base;
      if (in_.state) {
        for (const ScopeState& scope : in_.state->scopes) {
          base = scope.scope == *change_->scope ? scope.base : base;
        }
      }
      demand(planned_host_ && planned_host_->base == base, 16, Errc::refuse_w3);
    }
    for (const Digest& required : change_->requires_changes) {
      bool applied = false;
      if (in_.state) {
        for (const AppliedChange& one : in_.state->applied) {
          // The last word counts.
          applied = one.change == required ? !one.rolled_back : applied;
        }
      }
      demand(applied, 16, Errc::refuse_w3);
    }
  }

  // Step 17.
  void check_gates() {
    for (std::size_t i = 0; phase_ && i < *phase_; ++i) {
      const Phase& phase = (*change_->phases)[i];
      switch (phase.gate.kind) {
        case GateKind::automatic:
          check_auto_gate(phase);
          break;
        case GateKind::owner:
          check_owner_gate(phase, i);
          break;
        case GateKind::person:
          if (serving_of(phase_name(i + 1)) == nullptr) {
            refuse(17, Errc::refuse_w4, Exit::pending);
          }
          break;
      }
    }
  }

  void check_auto_gate(const Phase& phase) {
    std::map<HostId, std::pair<std::int64_t, const HostResult*>> last;
    std::map<HostId, UnixSeconds> entry_at;
    for (const auto& [digest, result] : in_.results) {
      if (result.change != digest_ || result.phase != phase.name ||
          std::find(phase.hosts.begin(), phase.hosts.end(), result.host) == phase.hosts.end()) {
        continue;
      }
      if (!is_proven(result.host, std::nullopt)) {
        continue;
      }
      for (const Valid& one : valid_on(ObjType::result, Act::sign, digest)) {
        const auto known = last.find(result.host);
        if (one.from->statement.by.text() == result.host.text() &&
            (known == last.end() || one.place.index > known->second.first)) {
          last[result.host] = {one.place.index, &result};
          entry_at[result.host] = one.place.entry.at;
        }
      }
    }
    std::int64_t ok = 0;
    std::int64_t failed = 0;
    std::int64_t stale = 0;
    UnixSeconds latest = 0;
    for (const auto& [host, place] : last) {
      const HostResult& result = *place.second;
      if (result.outcome == "ok" || result.outcome == "nochange") {
        ++ok;
        latest = std::max({latest, result.at, entry_at[host]});
      } else if (result.outcome == "failed" || result.outcome == "rolled-back" ||
                 result.outcome == "interrupted") {
        ++failed;
      } else if (result.outcome == "stale" || result.outcome == "refused:C4") {
        ++stale;
      }
    }
    const std::int64_t failed_max = *phase.gate.failed_max;
    if (failed > failed_max) {
      refuse(17, Errc::refuse_w4, Exit::denied);
    } else if (ok < static_cast<std::int64_t>(phase.hosts.size()) - stale - failed_max || ok < 1 ||
               lo_ < latest + phase.soak) {
      refuse(17, Errc::refuse_w4, Exit::pending);
    }
  }

  void check_owner_gate(const Phase& phase, std::size_t i) {
    const Released* released = serving_release(i);
    std::set<ActorId> people;
    for (const Valid& one : valid_on(ObjType::change, Act::signoff, digest_)) {
      const bool owner =
          std::any_of(change_->components.begin(),
                      change_->components.end(),
                      [&](const ComponentId& component) {
                        return holds(one, id_of<RoleId>("owner:" + component.text()));
                      });
      if (owner && released != nullptr && one.place.index > released->valid->place.index &&
          !is_withdrawn(*one.from, false)) {
        people.insert(one.from->statement.by);
      }
    }
    if (static_cast<std::int64_t>(people.size()) < *phase.gate.n) {
      refuse(17, Errc::refuse_w4, Exit::pending);
    }
  }

  // Step 18.
  void check_halts() {
    demand(in_.stop_list && in_.stop_list->digest == in_.fresh->value.stops, 18, Errc::refuse_w5);
    if (in_.stop_list) {
      for (const Digest& listed : in_.stop_list->value.list) {
        demand(in_.stops.contains(listed), 18, Errc::refuse_w5);
      }
    }
    for (const auto& [digest, stop] : in_.stops) {
      demand(!is_active(digest, stop), 18, Errc::refuse_w5);
    }
    for (const Freeze& freeze : restrictions_->freezes) {
      const bool here = std::any_of(targets_.begin(), targets_.end(), [&](const Target& target) {
        return std::find(freeze.envs.begin(), freeze.envs.end(), target.env) != freeze.envs.end();
      });
      const bool active = freeze.from <= hi_ && lo_ < freeze.to && here &&
                          (!freeze.scope || freeze.scope == change_->scope);
      demand(!active || (is_emergency() && freeze.emergency), 18, Errc::refuse_w6);
    }
  }

  // Whether the signer may raise a stop, or lift one together with another.
  [[nodiscard]] bool may_stop(const Valid& one) const {
    std::set<RoleId> roles;
    for (const Person& person : roster_->people) {
      for (const RoleGrant& grant : person.roles) {
        roles.insert(grant.role);
      }
    }
    for (const Component& component : roster_->components) {
      if (const auto role = RoleId::parse("owner:" + component.id.text())) {
        roles.insert(*role);
      }
    }
    return std::any_of(roles.begin(), roles.end(), [&](const RoleId& role) {
      return role.text() != "auditor" && role.text() != "executive" && holds(one, role);
    });
  }

  [[nodiscard]] bool is_active(const Digest& digest, const Stop& stop) const {
    const bool here = (stop.target.change && stop.target.change == digest_) ||
                      (stop.target.scope && stop.target.scope == change_->scope) ||
                      (stop.target.org && stop.target.org == inputs_.org);
    if (stop.from > hi_ || lo_ > stop.to || !here) {
      return false;
    }
    const auto raised = valid_on(ObjType::stop, Act::sign, digest);
    const bool by_raiser = std::any_of(raised.begin(), raised.end(), [&](const Valid& one) {
      return one.from->statement.by == stop.by && may_stop(one);
    });
    const bool listed = in_.stop_list && std::find(in_.stop_list->value.list.begin(),
                                                   in_.stop_list->value.list.end(),
                                                   digest) != in_.stop_list->value.list.end();
    std::set<ActorId> others;
    bool lifted = false;
    for (const Valid& one : valid_on(ObjType::stop, Act::lift, digest)) {
      if (one.from->statement.by == stop.by) {
        lifted = true;
      } else if (may_stop(one)) {
        others.insert(one.from->statement.by);
      }
    }
    return (by_raiser || listed) && !lifted && others.size() < 2;
  }

  // Step 19.
  void check_secrets() {
    bool secret = !change_->secrets.empty();
    for (const Resource& resource : resources()) {
      secret = secret || resource.secret;
    }
    demand(!secret, 19, Errc::refuse_k1);
  }

  // Step 20.
  void check_resources() {
    for (const Resource& resource : resources()) {
      demand(is_known_kind(resource.kind), 20, Errc::refuse_c5);
      demand(!has_path(resource.kind) || is_plain_path(resource.key), 20, Errc::refuse_c5);
      demand(!is_agents_own(resource), 20, Errc::refuse_c5);
      if (!in_.state) {
        continue;
      }
      for (const ScopeState& scope : in_.state->scopes) {
        demand(scope.scope == *change_->scope ||
                   std::find(scope.resources.begin(), scope.resources.end(), resource.identity()) ==
                       scope.resources.end(),
               20,
               Errc::refuse_c5);
      }
    }
  }

  [[nodiscard]] bool is_agents_own(const Resource& resource) const {
    const std::string& kind = resource.kind.text();
    if (!has_path(resource.kind)) {
      return (kind == "service" || kind == "timer" || kind == "package") &&
             resource.key.starts_with("twoseal");
    }
    std::vector<std::string> own = {"/etc/twoseal",
                                    "/run/twoseal",
                                    "/usr/bin/twoseal",
                                    "/var/lib/twoseal",
                                    "/etc/systemd/system/twoseal-agent.service",
                                    "/etc/systemd/system/twoseal-agent.service.d",
                                    "/lib/systemd/system/twoseal-agent.service",
                                    "/usr/lib/systemd/system/twoseal-agent.service"};
    if (in_.state) {
      own.insert(own.end(), in_.state->own_paths.begin(), in_.state->own_paths.end());
    }
    return std::any_of(own.begin(), own.end(), [&](const std::string& path) {
      return owns(path, resource.key) ||
             (replaces_what_is_below(resource) && owns(resource.key, path));
    });
  }

  // --- admit ----------------------------------------------------------------------------------

  Answer admit() {
    const auto own = blob_as<PlanClass>(inputs_.own_plan->class_digest);
    if (!own || !plan_) {
      refuse(21, Errc::refuse_c4);
      throw Refused();
    }
    if (own->steps.empty()) {
      return Answer::nochange;
    }
    demand(planned_host_ && planned_class_ == inputs_.own_plan->class_digest &&
               planned_host_->token == inputs_.own_plan->token,
           21,
           Errc::refuse_c4);
    stop_if_refused();
    for (const PlanStep& step : own->steps) {
      for (const Name& risk : step.risks) {
        demand(
            std::find(change_->risks.begin(), change_->risks.end(), risk) != change_->risks.end(),
            22,
            Errc::refuse_s6);
      }
    }
    // Whatever the plan adds is declared, so the rules of step 11 ask for the same again.
    for (const PlanStep& step : own->steps) {
      for (const Name& effect : step.effects) {
        demand(std::find(change_->effects.begin(), change_->effects.end(), effect) !=
                   change_->effects.end(),
               22,
               Errc::refuse_s6);
      }
    }
    stop_if_refused();
    for (const PlanStep& step : own->steps) {
      demand(change_->rollback.kind != RollbackKind::restore || !step.opaque || step.opaque->undo,
             23,
             Errc::refuse_b3);
    }
    stop_if_refused();
    return Answer::permit;
  }

  DecisionInputs inputs_;
  Directory in_;
  UnixSeconds floor_ = 0;
  UnixSeconds hi_ = 0;
  UnixSeconds lo_ = 0;
  bool blob_fault_ = false;
  std::set<Cause> causes_;
  std::set<Cause> early_;  // what step 7 finds before it looks at statements
  const Roster* roster_ = nullptr;
  bool forgets_policies_ = false;
  bool forgets_assignment_ = false;
  bool forgets_time_ = false;
  const Policy* policy_ = nullptr;
  const Restrictions* restrictions_ = nullptr;
  const Assignment* assignment_ = nullptr;
  std::optional<Checkpoint> checkpoint_;
  const Change* change_ = nullptr;
  Digest digest_;
  std::optional<std::size_t> phase_;
  std::vector<Released> releases_;
  const Released* serving_ = nullptr;
  std::optional<State> state_;
  std::optional<State> undo_state_;
  std::optional<Plan> plan_;
  std::optional<PlannedHost> planned_host_;
  std::optional<Digest> planned_class_;
  std::vector<Target> targets_;
  Asked asked_;
};

}  // namespace

Outcome decide(const Files& files, const DecisionInputs& inputs) {
  return Model(files, inputs).decide();
}

std::string text_of(const Outcome& outcome) {
  std::string text = outcome.answer == Answer::permit     ? "permit"
                     : outcome.answer == Answer::nochange ? "nochange"
                                                          : "refuse";
  for (const Cause& cause : outcome.causes) {
    text += " " + std::to_string(cause.step) + " " + std::string(error_info(cause.code).refusal) +
            "(" + std::to_string(static_cast<int>(cause.exit)) + ")";
  }
  return text + " floor " + std::to_string(outcome.floor);
}

bool agrees(const Outcome& outcome, const Decision& decision) {
  if (outcome.answer != decision.answer || outcome.floor != decision.floor) {
    return false;
  }
  return outcome.answer != Answer::refuse ||
         outcome.causes.contains(
             {static_cast<int>(decision.reasons.front().step), decision.code, decision.exit});
}

}  // namespace twoseal::reference
