// Field tables of docs/formats/ledger.md.
#include "model/ledger_entry.h"

#include "codec/tables.h"

namespace twoseal::codec {
namespace {

constexpr Count kProofPath{0, 64};

}  // namespace

template <class V>
void fields(V& v, LedgerEntry& x) {
  v("at", x.at);
  v("by", x.by);
  v("ev", x.ev);
  v("obj", x.obj);
  v("org", x.org);
  v.optional("phase", x.phase);
  v("seq", x.seq);
  v.optional("stmt", x.stmt);
  v.optional_set("stmts", x.stmts, {0, 512});
  v.constant("type", "entry");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, InclusionProof& x) {
  v.base64("entry", x.entry, {1, limits::kEntryMax});
  v("index", x.index);
  v.list("path", x.path, kProofPath);
  v("size", x.size);
}

template <class V>
void fields(V& v, MemberProof& x) {
  v("index", x.index);
  v.list("path", x.path, kProofPath);
  v("size", x.size);
}

template <class V>
void fields(V& v, ConsistencyProof& x) {
  v("from", x.from);
  v.list("path", x.path, kProofPath);
  v("size", x.size);
}

namespace {

Result<void> check_entry(const LedgerEntry& x) {
  const bool released = x.ev == Event::released;
  if (x.phase.has_value() != released || x.stmts.has_value() != released) {
    return fail_field("entry: phase and stmts stand in released entries and only there");
  }
  return {};
}

}  // namespace

TWOSEAL_CODEC_CHECKED(LedgerEntry, "entry", check_entry);
TWOSEAL_CODEC(InclusionProof, "proof");
TWOSEAL_CODEC(MemberProof, "proof");
TWOSEAL_CODEC(ConsistencyProof, "consistency");

}  // namespace twoseal::codec
