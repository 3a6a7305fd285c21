#include "cli/client/issuing.h"

#include <thread>

#include "base/limits.h"
#include "base/os_file.h"
#include "cli/next_documents.h"
#include "cli/yaml_files.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace twoseal::cli {
namespace {

using authoring::Profile;

constexpr int kPauses = 40;
constexpr std::chrono::milliseconds kPause{250};

template <class T>
DocumentVersion version_of(ObjType type, const T& value) {
  DocumentVersion made;
  made.type = type;
  made.version = value.version;
  made.issued = value.issued;
  made.expires = value.expires;
  made.bytes = codec::encode(value);
  made.digest = sha256(made.bytes);
  return made;
}

template <class T>
const Named<T>& newest(const Versions<T>& versions) {
  return versions.rbegin()->second;
}

// The profile that an organisation was made with is not written down; where one person is enough
// for a policy, it can only be the one for one person.
Profile profile_of(const Roster& roster, const IssueOrder& order) {
  if (roster.demo) {
    return Profile::demo;
  }
  return order.profile.value_or(roster.policy_threshold > 1 ? Profile::team : Profile::solo);
}

// What both a renewed and a rewritten document are told at last.
template <class T>
DocumentVersion finish(
    ObjType type, const Named<T>& held, T next, const IssueOrder& order, UnixSeconds now) {
  if (!order.file) {
    next.nonce = random_bytes(limits::kNonceSize);
    next.prev = held.digest;
    next.version = held.value.version + 1;
    next.issued = now;
    next.expires = now + (held.value.expires - held.value.issued);
  }
  if (order.span) {
    next.expires = now + *order.span;
  }
  return version_of(type, next);
}

Result<authoring::CompiledPolicy> compile_policy_file(Trust& trust, const IssueOrder& order) {
  const Inspection& in = trust.facts();
  TWOSEAL_TRY(const Bytes text, read_file(*order.file, authoring::kYamlMax));
  const Roster& roster = in.roster->value;
  return authoring::compile_policy({text, *order.file},
                                   next_policy_context(newest(in.bundle.policies),
                                                       newest(in.bundle.restrictions),
                                                       roster,
                                                       in.inputs.org,
                                                       profile_of(roster, order),
                                                       trust.now()));
}

Result<Roster> compile_roster_file(Trust& trust, const IssueOrder& order) {
  const Inspection& in = trust.facts();
  TWOSEAL_TRY(const Bytes text, read_file(*order.file, authoring::kYamlMax));
  TWOSEAL_TRY(
      auto compiled,
      authoring::compile_people(
          {text, *order.file},
          reader_beside(*order.file),
          next_roster_context(
              *in.roster, in.inputs.org, profile_of(in.roster->value, order), trust.now())));
  return std::move(compiled.roster);
}

// Whether people can still do what the profile promises.
Result<void> check_people(Trust& trust,
                          const Roster& roster,
                          const Policy& policy,
                          const IssueOrder& order,
                          std::vector<std::string>& advice) {
  std::vector<std::string> unproven;
  auto check = authoring::check_profile(
      profile_of(roster, order), roster, policy, trust.assignments(unproven));
  if (check.faults.empty()) {
    advice = std::move(check.advice);
    return {};
  }
  std::string what;
  for (const std::string& fault : check.faults) {
    what += (what.empty() ? "" : "\n  ") + fault;
  }
  return fail(
      Errc::bad_field, what, order.file.value_or(""), "correct the file and issue it again");
}

Result<DocumentVersion> next_roster(Trust& trust,
                                    const IssueOrder& order,
                                    std::vector<std::string>& advice) {
  const Inspection& in = trust.facts();
  Roster next = in.roster->value;
  if (order.file) {
    TWOSEAL_TRY(next, compile_roster_file(trust, order));
  }
  next.org = in.inputs.org;
  TWOSEAL_TRY_VOID(check_people(trust, next, *in.policy, order, advice));
  return finish(ObjType::roster, *in.roster, std::move(next), order, trust.now());
}

Result<DocumentVersion> next_policy(Trust& trust,
                                    const IssueOrder& order,
                                    std::vector<std::string>& advice) {
  const Named<Policy>& held = newest(trust.facts().bundle.policies);
  Policy next = held.value;
  if (order.file) {
    TWOSEAL_TRY(auto compiled, compile_policy_file(trust, order));
    next = std::move(compiled.policy);
  }
  TWOSEAL_TRY_VOID(check_people(trust, trust.facts().roster->value, next, order, advice));
  return finish(ObjType::policy, held, std::move(next), order, trust.now());
}

Result<DocumentVersion> next_restrictions(Trust& trust, const IssueOrder& order) {
  const Named<Restrictions>& held = newest(trust.facts().bundle.restrictions);
  Restrictions next = held.value;
  if (order.file) {
    TWOSEAL_TRY(auto compiled, compile_policy_file(trust, order));
    next = std::move(compiled.restrictions);
  }
  return finish(ObjType::restrictions, held, std::move(next), order, trust.now());
}

// That `document` may follow `held`.
template <class T>
Result<DocumentVersion> follow(ObjType type, const Named<T>& held, const T& next, UnixSeconds now) {
  const DocumentVersion made = version_of(type, next);
  const std::string name = title_of(made);
  if (next.version != held.value.version + 1) {
    return fail(Errc::not_the_next,
                name + " cannot follow version " + std::to_string(held.value.version) +
                    ", which is in force");
  }
  if (next.prev != held.digest) {
    return fail(Errc::not_the_next, name + " follows another version than the one in force");
  }
  return next.expires > now ? Result<DocumentVersion>(made)
                            : fail(Errc::not_the_next, name + " is over already");
}

Result<DocumentVersion> follow_roster(const Inspection& in, const Bytes& bytes, UnixSeconds now) {
  TWOSEAL_TRY(const Roster next, codec::decode<Roster>(bytes));
  if (next.org != in.inputs.org) {
    return fail(Errc::refuse_b2, "the roster belongs to another organisation");
  }
  if (const auto ring = Keyring::build(next); !ring) {
    return fail(Errc::refuse_r4, ring.error().what);
  }
  return follow(ObjType::roster, *in.roster, next, now);
}

template <class T>
Result<DocumentVersion> follow_own(ObjType type,
                                   const Inspection& in,
                                   const Versions<T>& held,
                                   const Bytes& bytes,
                                   UnixSeconds now) {
  TWOSEAL_TRY(const T next, codec::decode<T>(bytes));
  return next.org == in.inputs.org
             ? follow(type, newest(held), next, now)
             : fail(Errc::refuse_b2, "the document belongs to another organisation");
}

}  // namespace

std::string title_of(const DocumentVersion& document) {
  return std::string(name_of(document.type)) + " " + std::to_string(document.version);
}

Result<ObjType> document_type(const std::string& word) {
  const auto type = enum_value<ObjType>(word);
  if (type == ObjType::roster || type == ObjType::policy || type == ObjType::restrictions) {
    return *type;
  }
  return fail(Errc::usage,
              "there is no document '" + word + "'",
              "",
              "use one of: roster, policy, restrictions");
}

DocumentVersion document_in_force(Trust& trust, ObjType type) {
  const Inspection& in = trust.facts();
  if (type == ObjType::roster) {
    return version_of(type, in.roster->value);
  }
  return type == ObjType::policy ? version_of(type, newest(in.bundle.policies).value)
                                 : version_of(type, newest(in.bundle.restrictions).value);
}

Result<DocumentVersion> next_document(Trust& trust,
                                      const IssueOrder& order,
                                      std::vector<std::string>& advice) {
  switch (order.type) {
    case ObjType::roster:
      return next_roster(trust, order, advice);
    case ObjType::policy:
      return next_policy(trust, order, advice);
    default:
      return next_restrictions(trust, order);
  }
}

Result<DocumentVersion> read_next_document(Trust& trust, const Bytes& bytes) {
  const Inspection& in = trust.facts();
  const std::string word = codec::peek_text(bytes, "type");
  const auto type = document_type(word);
  if (!type) {
    return fail(Errc::bad_field, word.empty() ? "it has no type" : "nobody issues a " + word);
  }
  switch (*type) {
    case ObjType::roster:
      return follow_roster(in, bytes, trust.now());
    case ObjType::policy:
      return follow_own(*type, in, in.bundle.policies, bytes, trust.now());
    default:
      return follow_own(*type, in, in.bundle.restrictions, bytes, trust.now());
  }
}

Result<std::string> document_changes(Trust& trust, const DocumentVersion& next) {
  TWOSEAL_TRY(const Fields before, document_fields(document_in_force(trust, next.type).bytes));
  TWOSEAL_TRY(const Fields after, document_fields(next.bytes));
  return differences_text(title_of(next), differences(before, after), "nothing");
}

Result<std::vector<WaitingDocument>> waiting_documents(ServerApi& api) {
  TWOSEAL_TRY(const codec::PlainJson page, api.get("/v1/waiting-documents"));
  std::vector<WaitingDocument> list;
  for (const codec::PlainJson& row : page.at("waiting").list()) {
    WaitingDocument one{row.at("type").text(),
                        row.at("digest").text(),
                        row.at("version").integer(),
                        row.at("env").text(),
                        {}};
    for (const codec::PlainJson& by : row.at("signers").list()) {
      one.signers.push_back(by.text());
    }
    list.push_back(std::move(one));
  }
  return list;
}

Result<Standing> standing_of(Client& client, const DocumentVersion& document) {
  Standing standing;
  TWOSEAL_TRY(auto all, waiting_documents(client.api));
  for (WaitingDocument& one : all) {
    if (one.digest == document.digest.text()) {
      standing.waiting = std::move(one);
      return standing;
    }
  }
  // A checkpoint and a fresh have to cover it first.
  for (int i = 0; i < kPauses && !standing.in_force; ++i) {
    if (i > 0) {
      std::this_thread::sleep_for(kPause);
    }
    TWOSEAL_TRY_VOID(client.trust.refresh(client.api, Expired::tolerated));
    standing.in_force = document_in_force(client.trust, document.type).digest == document.digest;
  }
  return standing;
}

std::string signatures_needed(Trust& trust, const DocumentVersion& document) {
  const Roster& roster = trust.facts().roster->value;
  if (document.type != ObjType::roster) {
    return std::to_string(roster.policy_threshold) +
           " people with keys of their own machines sign the " +
           std::string(name_of(document.type)) + ", one of them a security officer";
  }
  return std::to_string(roster.root.threshold) +
         " root keys sign a roster, those of the version before and its own";
}

}  // namespace twoseal::cli
