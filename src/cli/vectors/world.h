// A whole organisation with software keys, and one change in it: what vectors, tests, benches and
// the tour are made from.
//
// A World holds plain values. A case changes some of them, then seal() signs everything in order,
// builds the log, and gives the files of a decision directory; after that single files can still be
// edited. Keys come from seeds, so the same world gives the same statements each time (ECDSA
// signatures differ, which nothing depends on).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/private_key.h"
#include "crypto/software_authenticator.h"
#include "model/agent_state.h"
#include "model/assignment.h"
#include "model/change.h"
#include "model/fresh.h"
#include "model/ledger_entry.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/roster.h"
#include "policy/bundle.h"

namespace twoseal::vectors {

/// The moment around which everything in a World happens: 2026-11-23T08:00:00Z.
inline constexpr UnixSeconds kNow = 1'795'420'800;

inline constexpr std::string_view kLogOrigin = "example.org/twoseal/log1";
inline constexpr std::string_view kRpId = "localhost";
inline constexpr std::string_view kOrigin = "http://localhost:8720";

/// The nonce that `name` gives.
[[nodiscard]] Bytes nonce_of(std::string_view name);

/// A software key with the kind of signature it makes.
struct SoftwareKey {
  std::shared_ptr<const PrivateKey> key;
  KeyKind kind = KeyKind::ssh;
  PublicKey pub;  ///< as it stands in the roster: wire blob, sk wire blob, or SPKI
};

/// The key that the seed `name` gives. `p256`: else Ed25519. `application`: for sk keys.
[[nodiscard]] SoftwareKey software_key(std::string_view name,
                                       KeyKind kind,
                                       bool p256 = false,
                                       std::string_view application = "ssh:twoseal");

/// A statement that a World will sign. What is not given is filled in: `obj` from `about`, `by`
/// from the owner of `key`, `roster` from the newest roster, `seen` from the log at genesis.
struct Signing {
  Act act = Act::approve;
  ObjType type = ObjType::change;
  /// `change`, `policy`, `restrictions`, `roster:N`, `batch:ENV`, `fresh`, `release:PHASE`,
  /// `blob:NAME`, `stop:N`, `result:N`, `statement:LABEL`.
  std::string about = "change";
  std::string key;
  std::string role = {};
  UnixSeconds at = kNow;
  std::string label = {};  ///< a name for `statement:LABEL` and for edits
  std::optional<std::string> by = {};
  std::optional<std::string> key_id = {};
  std::optional<UnixSeconds> entry_at = {};
  std::optional<std::int64_t> roster = {};
  std::optional<LogPoint> seen = {};
  std::optional<std::int64_t> seen_size = {};  ///< instead: the log when it had so many entries
  std::optional<Digest> obj = {};
  std::optional<Digest> org = {};
  std::optional<Event> event = {};
  std::optional<std::string> name_space = {};  ///< instead of the act's
  std::optional<std::string> signer = {};      ///< another key makes the signature
  AuthenticatorState authenticator = {};
  std::optional<std::string> origin = {};  ///< passkeys: instead of the roster's
  std::optional<std::string> rp_id = {};
  bool in_log = true;
  bool in_files = true;
  bool named = true;  ///< by the releases that follow
  bool late = false;  ///< recorded behind all others, whenever it was signed
};

/// A host of the World.
struct WorldHost {
  SoftwareKey key;
  std::vector<Assignment> versions;  ///< the last one is current
};

class World {
 public:
  /// Amara (security officer, security lead), Bo (engineering lead), Chen (IT manager), Dana
  /// (devops lead), Eve (executor), Leo (author), Mia (security lead with a passkey), Noor
  /// (engineering lead), Omar (auditor), a CI service; hosts web-01, web-02 (prod) and stg-01
  /// (test); one change of a file on both web hosts in two phases, approved by Amara with a local
  /// key and by Bo, first phase released by Eve. Sealed as it is, it is permitted on web-01.
  World();

  // What a case may change before seal().
  std::vector<Roster> rosters;  ///< by version; org and prev are filled in by seal()
  Policy policy;
  std::vector<Policy> later_policies;  ///< versions 2 and up
  Restrictions restrictions;
  std::map<std::string, WorldHost> hosts;  ///< by name
  Change change;
  State state;
  std::map<std::string, PlanClass> classes;            ///< by host name; equal ones share a class
  std::map<std::string, std::optional<Digest>> bases;  ///< by host name
  std::map<std::string, Release> releases;             ///< by phase; change, stmts filled in
  std::vector<Stop> stops;
  std::vector<bool> stop_listed;  ///< whether fresh lists the stop; true when not given
  std::vector<HostResult> results;
  std::map<std::string, Bytes> blobs;  ///< by name; also `blob:NAME`
  std::map<std::string, Evidence>
      evidence;                     ///< by name; subject and org filled in; also `blob:NAME`
  std::vector<Signing> genesis;     ///< on documents; recorded before anything else
  std::vector<Signing> statements;  ///< on the change, in the order of the log
  std::vector<Signing> fresh_signatures;
  Fresh fresh;       ///< versions, roots and stops filled in
  AgentState agent;  ///< org, and remembered versions when `remembers`, filled in
  /// Whether the host remembers policy, restrictions, assignment and checkpoint. It remembers no
  /// roster unless a case says so, so that the root signatures are judged.
  bool remembers = true;
  bool with_own_plan = true;
  DecisionInputs inputs;        ///< org, and own_plan when `with_own_plan`, filled in
  std::string host = "web-01";  ///< the host that decides; empty for none
  std::string log_key = "log";
  std::string log_origin{kLogOrigin};  ///< as the checkpoint names it
  /// Called with each object just before its bytes are taken: `change`, `plan`, `fresh`, `entry` ….
  std::function<void(std::string_view name, Bytes& bytes)> on_bytes;

  /// The files of the decision directory. Throws std::out_of_range when a statement is about an
  /// object, another statement or a size of the log that this world does not have.
  [[nodiscard]] Files seal();

  // Valid after seal(). What the world does not have is std::out_of_range.
  [[nodiscard]] const Digest& org() const { return org_; }

  [[nodiscard]] const Digest& digest_of(const std::string& about) const;
  [[nodiscard]] const Digest& statement(const std::string& label) const;
  [[nodiscard]] LogPoint point(std::int64_t size) const;

  [[nodiscard]] const std::vector<Bytes>& log() const { return entries_; }

  /// The keys by name; a case may add some.
  std::map<std::string, SoftwareKey> keys;

  /// The identity of `name`: `p:amara`.
  [[nodiscard]] Person& person(std::string_view id);
  [[nodiscard]] RosterKey& roster_key(std::string_view name);
  [[nodiscard]] HostId host_id(const std::string& name) const;
  [[nodiscard]] Signing& signing(std::string_view label);

  /// Adds `key` to the newest roster's person `id`.
  void give_key(std::string_view id, const std::string& key);

 private:
  void make_people();
  void make_policy();
  void make_hosts();
  void make_change();
  void make_statements();

  void seal_rosters();
  void seal_documents();
  void seal_change();
  void seal_batches();
  void sign(const Signing& signing);
  void put(const std::string& about, const std::string& path, Bytes bytes);
  [[nodiscard]] Digest resolve(const std::string& about);
  [[nodiscard]] std::string owner_of(const std::string& key) const;
  [[nodiscard]] SignatureRecord make_record(const Signing& signing, const Statement& statement);
  void record(const Signing& signing, const Statement& statement, const Digest& digest);
  void seal_release(const std::string& phase);
  void seal_fresh();
  void seal_proofs();
  void seal_memory();

  Files files_;
  Digest org_;
  std::map<std::string, Digest> digests_;
  std::map<std::string, Digest> labels_;
  std::vector<Bytes> entries_;
  std::vector<Digest> leaves_;
  std::map<Digest, std::int64_t> index_of_;
  std::vector<Digest> named_;
  std::vector<std::function<void()>> late_;
  std::vector<LogPoint> seen_;
  std::int64_t genesis_size_ = 0;
};

/// `p:`-prefixed and other ids, for tables in tests.
[[nodiscard]] inline ActorId actor(std::string_view text) {
  return ActorId::parse(text).value();
}

[[nodiscard]] inline RoleId role(std::string_view text) {
  return RoleId::parse(text).value();
}

[[nodiscard]] inline Name name(std::string_view text) {
  return Name::parse(text).value();
}

}  // namespace twoseal::vectors
