// What a course of a change is made from, read out of the store.
#include "codec/objects.h"
#include "workflow/change_course.h"

namespace twoseal {
namespace {

// Adds a statement with its entry and, when it has one of its own, its object.
Result<void> add_act(const Store& store,
                     const RecordedAct& act,
                     bool with_object,
                     ChangeMaterial& material) {
  TWOSEAL_TRY(const SignedRecord stored, store.record(act.statement));
  TWOSEAL_TRY(SignatureRecord record,
              codec::decode<SignatureRecord>(stored.bytes, limits::kRecordMax));
  TWOSEAL_TRY(Statement statement,
              codec::decode<Statement>(record.statement, limits::kStatementMax));
  material.statements.emplace(
      act.statement, SignedStatement{act.statement, std::move(statement), std::move(record)});
  TWOSEAL_TRY(auto entries, store.entries(act.index, 1));
  material.inclusions[act.statement] = {
      std::move(entries.front().bytes), static_cast<std::int64_t>(act.index), {}, 0};
  if (with_object) {
    TWOSEAL_TRY(StoredDocument document, store.document(act.object));
    material.blobs[act.object] = std::move(document.bytes);
  }
  return {};
}

// What is not there is for the step that asks for it.
Result<void> add_blob(const Store& store, const Digest& digest, ChangeMaterial& material) {
  auto document = store.document(digest);
  if (document) {
    material.blobs[digest] = std::move(document->bytes);
    return {};
  }
  return document.error().code == Errc::not_found ? Result<void>()
                                                  : std::unexpected(document.error());
}

}  // namespace

Result<ChangeMaterial> read_material(const Store& store, const ChangeFacts& facts) {
  ChangeMaterial material;
  for (const auto* list : {&facts.acts, &facts.withdrawals}) {
    for (const RecordedAct& act : *list) {
      TWOSEAL_TRY_VOID(add_act(store, act, false, material));
    }
  }
  for (const RecordedAct& act : facts.evidence) {
    TWOSEAL_TRY_VOID(add_act(store, act, true, material));
  }
  for (const RecordedRelease& one : facts.releases) {
    TWOSEAL_TRY_VOID(add_act(store, one.act, true, material));
  }
  const Change& change = *facts.change;
  for (const auto& digest : {change.apply, change.plan, change.rollback.state}) {
    if (digest) {
      TWOSEAL_TRY_VOID(add_blob(store, *digest, material));
    }
  }
  if (change.auto_rule && change.plan && material.blobs.contains(*change.plan)) {
    TWOSEAL_TRY(const Plan plan, codec::decode<Plan>(material.blobs.at(*change.plan)));
    for (const PlannedClass& one : plan.classes) {
      TWOSEAL_TRY_VOID(add_blob(store, one.class_digest, material));
    }
  }
  return material;
}

}  // namespace twoseal
