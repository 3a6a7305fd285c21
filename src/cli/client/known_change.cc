#include "cli/client/known_change.h"

#include <algorithm>
#include <set>

#include "codec/objects.h"

namespace twoseal::cli {
namespace {

// Bytes that do not verify are not shown as if they did.
Result<void> check_verified(const Authorization& judged) {
  if (!judged.facts->bundle.change) {
    return fail(Errc::refuse_c1, "the server did not show the change");
  }
  for (const Reason& reason : judged.decision.reasons) {
    if (reason.step <= Step::content) {
      return fail(reason.code, "what the server shows cannot be verified: " + reason.text);
    }
  }
  return {};
}

Result<std::map<Digest, PlanClass>> fetch_classes(ServerApi& api, const Inspection& facts) {
  std::map<Digest, PlanClass> classes;
  for (const PlannedClass& one : facts.plan ? facts.plan->classes : std::vector<PlannedClass>()) {
    const auto blob = facts.bundle.blobs.find(one.class_digest);
    Bytes bytes;
    if (blob != facts.bundle.blobs.end()) {
      bytes = blob->second;
    } else {
      TWOSEAL_TRY(bytes, fetch_object(api, one.class_digest));
    }
    TWOSEAL_TRY(classes[one.class_digest], codec::decode<PlanClass>(bytes));
  }
  return classes;
}

std::vector<Result<Rehearsal>> read_rehearsals(Trust& trust, const Inspection& facts) {
  const Change& change = facts.bundle.change->value;
  std::vector<Result<Rehearsal>> rehearsals;
  std::vector<std::string> unproven;
  std::vector<Assignment> assignments;
  for (const EvidenceRef& one : change.evidence) {
    if (one.kind.text() != kRehearsalKind || !change.apply) {
      continue;
    }
    if (assignments.empty()) {
      assignments = trust.assignments(unproven);
    }
    auto proven =
        verify_rehearsal(facts.bundle.blobs.at(one.blob),
                         {change.org, *change.apply, change.rollback, *facts.keyring, assignments});
    if (proven && proven->host.id.text() != one.by.text()) {
      proven = fail(Errc::not_rehearsed,
                    "the change names " + one.by.text() + ", and it was " + proven->host.name);
    }
    rehearsals.push_back(std::move(proven));
  }
  return rehearsals;
}

// The digests of the releases of `change` among the blobs.
std::set<Digest> releases_of(const Bundle& bundle, const Digest& change) {
  std::set<Digest> releases;
  for (const auto& [digest, bytes] : bundle.blobs) {
    const auto release = codec::decode<Release>(bytes);
    if (release && release->change == change) {
      releases.insert(digest);
    }
  }
  return releases;
}

// The digests of the evidence about this change among the blobs.
std::set<Digest> evidence_for(const Bundle& bundle, const Digest& core) {
  std::set<Digest> all;
  for (const auto& [digest, bytes] : bundle.blobs) {
    const auto evidence = codec::decode<Evidence>(bytes);
    if (evidence && evidence->subject == core) {
      all.insert(digest);
    }
  }
  return all;
}

// Whether the path of a request may hold it.
bool may_name_a_change(std::string_view name) {
  constexpr std::string_view kLettersAndDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return !name.empty() && name.find_first_of(kLettersAndDigits) == 0 &&
         name.find_first_not_of(std::string(kLettersAndDigits) + ".-:") == std::string_view::npos;
}

// The first target that is assigned still: one that was retired judges nothing any more. None when
// there is no such target.
Result<std::optional<HostId>> judging_host(Trust& trust, const codec::PlainJson& page) {
  std::vector<std::string> unproven;
  const std::vector<Assignment> assigned = trust.assignments(unproven);
  for (const codec::PlainJson& target : page.at("targets").list()) {
    TWOSEAL_TRY(HostId host, HostId::parse(target.at("host").text()));
    const bool is_assigned = std::any_of(
        assigned.begin(), assigned.end(), [&](const auto& one) { return one.host == host; });
    if (is_assigned) {
      return std::optional(std::move(host));
    }
  }
  return std::optional<HostId>();
}

std::vector<std::string> retired_among(Trust& trust, const Change& change) {
  const std::vector<Assignment> over = trust.ended();
  std::vector<std::string> names;
  for (const TargetHost& target : change.targets.hosts.value_or(std::vector<TargetHost>())) {
    if (std::any_of(over.begin(), over.end(), [&](const Assignment& one) {
          return one.host == target.id;
        })) {
      names.push_back(target.name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<KnownChange> fetch_change(Client& client, const std::string& name) {
  KnownChange known;
  TWOSEAL_TRY(known.page, fetch_page(client.api, name));
  known.number = known.page.at("number").text();
  TWOSEAL_TRY(known.digest, Digest::parse(known.page.at("digest").text()));
  TWOSEAL_TRY(const std::optional<HostId> host, judging_host(client.trust, known.page));
  Query query = client.trust.held();
  if (host) {
    query["host"] = host->text();
  }
  TWOSEAL_TRY(known.files,
              client.api.get_files("/v1/changes/" + known.digest.hex() + "/files", query));
  known.judged = client.trust.judge(known.files, host);
  TWOSEAL_TRY_VOID(check_verified(known.judged));
  if (known.facts().change_digest() != known.digest) {
    return fail(Errc::refuse_c1, "the server shows another change than it names");
  }
  TWOSEAL_TRY(known.classes, fetch_classes(client.api, known.facts()));
  known.rehearsals = read_rehearsals(client.trust, known.facts());
  known.retired = retired_among(client.trust, known.change());
  return known;
}

Result<codec::PlainJson> fetch_page(ServerApi& api,
                                    const std::string& name,
                                    std::int64_t seen,
                                    std::int64_t wait) {
  if (!may_name_a_change(name)) {
    return fail(Errc::usage, "'" + name + "' is no change: it is called CHG-42, or sha256:…");
  }
  Query query;
  if (wait > 0) {
    query = {{"seen", std::to_string(seen)}, {"wait", std::to_string(wait)}};
  }
  const auto digest = Digest::parse(name);
  TWOSEAL_TRY(codec::PlainJson page,
              api.get("/v1/changes/" + (digest ? digest->hex() : name), query));
  // A number is the server's word; a digest is not.
  return digest && page.at("digest").text() != digest->text()
             ? Result<codec::PlainJson>(
                   fail(Errc::refuse_c1, "the server shows another change than " + name))
             : std::move(page);
}

std::vector<Digest> statements_about(const Bundle& bundle, BytesView change_bytes) {
  const Digest& change = bundle.change->digest;
  const std::set<Digest> releases = releases_of(bundle, change);
  const std::set<Digest> evidence = evidence_for(bundle, codec::change_core(change_bytes));
  std::set<Digest> named;
  for (const auto& [digest, one] : bundle.statements) {
    const Statement& statement = one.statement;
    const bool about =
        (statement.obj_type == ObjType::change && statement.obj == change &&
         (statement.act == Act::author || statement.act == Act::approve ||
          statement.act == Act::reject)) ||
        (statement.obj_type == ObjType::release && releases.contains(statement.obj)) ||
        (statement.obj_type == ObjType::evidence && evidence.contains(statement.obj));
    if (about) {
      named.insert(digest);
    }
  }
  // Releases are named although they were taken back: whoever released stays barred from approving.
  for (const auto& [digest, one] : bundle.statements) {
    const auto about = bundle.statements.find(one.statement.obj);
    if (one.statement.act == Act::withdraw && named.contains(one.statement.obj) &&
        about->second.statement.act != Act::release &&
        about->second.statement.act != Act::withdraw) {
      named.insert(digest);
    }
  }
  return {named.begin(), named.end()};
}

}  // namespace twoseal::cli
