// Steps 8 and 14: which release serves the phase, what it names, and that all of it is in the log.
#include <algorithm>

#include "codec/objects.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

const RoleId& executor_role() {
  static const RoleId kRole = RoleId::parse("executor").value();
  return kRole;
}

std::optional<Release> release_of(const Inspection& in, const Statement& statement) {
  const auto blob = in.bundle.blobs.find(statement.obj);
  if (statement.act != Act::release || blob == in.bundle.blobs.end()) {
    return std::nullopt;
  }
  auto release = codec::decode<Release>(blob->second);
  return release && release->org == in.inputs.org ? std::optional(*std::move(release))
                                                  : std::nullopt;
}

bool is_executor(const Inspection& in, const Judged& judged) {
  const Statement& statement = judged.statement();
  return (statement.role.empty() || statement.role == executor_role()) &&
         in.keyring->holds(statement.by, executor_role(), judged.moment);
}

void collect(Inspection& in) {
  bool for_another = false;
  for (const auto& [digest, source] : in.bundle.statements) {
    auto release = release_of(in, source.statement);
    if (!release) {
      continue;
    }
    if (release->change != in.change_digest()) {
      for_another = true;
      continue;
    }
    const Judged& judged = in.judge->judge(source);
    if (judged.unproven) {
      in.refuse(Step::entries,
                Errc::refuse_l4,
                "the release by " + source.statement.by.text() + ": " + *judged.problem);
    } else if (judged.valid() && is_executor(in, judged)) {
      const bool withdrawn = in.judge->taken_back(source);
      in.releases.push_back({*std::move(release), &judged, judged.moment.index, withdrawn});
      if (withdrawn) {
        in.findings.note("not counted: release by " + source.statement.by.text() + ": withdrawn");
      }
    } else if (judged.valid()) {
      in.findings.note("not counted: release by " + source.statement.by.text() +
                       ": the signer does not hold the role executor");
    }
  }
  if (in.releases.empty() && for_another) {
    in.refuse(Step::content, Errc::refuse_c1, "the release is for another change");
  }
  std::sort(in.releases.begin(), in.releases.end(), [](const auto& a, const auto& b) {
    return a.index < b.index;
  });
}

const ServingRelease* last_of_phase(const Inspection& in, const Name& phase) {
  const ServingRelease* last = nullptr;
  for (const ServingRelease& one : in.releases) {
    last = one.release.phase == phase && !one.withdrawn ? &one : last;
  }
  return last;
}

bool is_about(const Inspection& in, const Statement& statement) {
  if (statement.act != Act::attest) {
    return statement.obj == in.change_digest() &&
           (statement.act == Act::author || statement.act == Act::approve ||
            statement.act == Act::reject);
  }
  const auto blob = in.bundle.blobs.find(statement.obj);
  const auto evidence = blob != in.bundle.blobs.end()
                            ? codec::decode<Evidence>(blob->second)
                            : Result<Evidence>(fail(Errc::refuse_c1, "it is not here"));
  return evidence && evidence->subject == in.core;
}

// Whether a release may name `statement`: one about this change, the withdrawal of such a one, or
// an earlier release of the change.
bool may_be_named(const Inspection& in, const Statement& statement) {
  if (statement.act == Act::release) {
    const auto release = release_of(in, statement);
    return release && release->change == in.change_digest();
  }
  if (statement.act == Act::withdraw) {
    const SignedStatement* withdrawn = in.judge->find(statement.obj);
    return withdrawn != nullptr && is_about(in, withdrawn->statement);
  }
  return is_about(in, statement);
}

void check_named(Inspection& in, const Digest& digest) {
  const SignedStatement* source = in.judge->find(digest);
  if (source == nullptr) {
    in.refuse(Step::release,
              Errc::refuse_s5,
              "the release names statement " + digest.text() + ", which is not here");
    return;
  }
  if (!may_be_named(in, source->statement)) {
    in.refuse(Step::release,
              Errc::refuse_s5,
              "the release names statement " + digest.text() + ", which is not about this change");
  }
  if (!in.log->open()) {
    return;
  }
  const auto entry = in.log->entry_of(digest);
  const std::string whose =
      std::string(name_of(source->statement.act)) + " by " + source->statement.by.text() + ": ";
  if (!entry) {
    in.refuse(Step::entries, Errc::refuse_l4, whose + entry.error().what);
  } else if (entry->seq >= in.serving->index) {
    in.refuse(Step::entries, Errc::refuse_l4, whose + "it was recorded after the release");
  }
}

void check_entry(Inspection& in) {
  if (!in.log->open()) {
    return;
  }
  // What serves is valid, so its entry is proven.
  const ProvenEntry entry = in.log->entry_of(in.serving->judged->source->digest).value();
  std::vector<Digest> expected = in.serving->release.stmts;
  expected.push_back(in.serving->judged->source->digest);
  std::sort(expected.begin(), expected.end());
  if (entry.phase != in.serving->release.phase || entry.stmts != expected) {
    in.refuse(Step::release,
              Errc::refuse_s5,
              "the entry of the release names other statements or another phase than the release");
  }
}

}  // namespace

const ServingRelease* serving_release(const Inspection& in, std::size_t phase) {
  if (!in.change->phases) {
    return last_of_phase(in, whole_phase());
  }
  const auto& phases = *in.change->phases;
  for (;; --phase) {
    const ServingRelease* release = last_of_phase(in, phases[phase].name);
    const bool may_lack_one =
        phase > 0 && (in.change->auto_rule || phases[phase - 1].gate.kind == GateKind::automatic);
    if (release != nullptr || !may_lack_one) {
      return release;
    }
  }
}

void check_release(Inspection& in) {
  collect(in);
  in.serving = in.has_phase ? serving_release(in, in.phase) : nullptr;
  if (in.serving == nullptr) {
    if (in.has_phase && !in.change->auto_rule && !in.findings.failed(Step::entries)) {
      in.refuse(Step::release,
                Errc::refuse_s5,
                "no executor has released phase " + in.phase_name().text());
    }
    return;
  }
  check_entry(in);
  for (const Digest& digest : in.serving->release.stmts) {
    check_named(in, digest);
  }
}

}  // namespace twoseal
