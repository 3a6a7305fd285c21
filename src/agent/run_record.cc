#include "agent/run_record.h"

#include <array>

#include "codec/agent_state_fields.h"

namespace twoseal {

template <>
std::span<const EnumName<RunStage>> enum_names<RunStage>();

template <>
std::span<const EnumName<RunStage>> enum_names<RunStage>() {
  static constexpr std::array kNames = {EnumName<RunStage>{RunStage::checking, "checking"},
                                        EnumName<RunStage>{RunStage::command, "command"},
                                        EnumName<RunStage>{RunStage::undoing, "undoing"}};
  return kNames;
}

namespace codec {
namespace {

constexpr Count kOperations{0, 400'000};
constexpr Count kReason{0, 4'096};

}  // namespace

template <class V>
void fields(V& v, RunBegun& x) {
  v("at", x.at);
  v.nullable("base", x.base);
  v("change", x.change);
  v.optional("counts_for", x.counts_for);
  v("dead_man", x.dead_man);
  v.list("inverses", x.inverses, kOperations);
  v.list("operations", x.operations, kOperations);
  v.list("owned", x.owned, kIdentities);
  v.list("owned_before", x.owned_before, kIdentities);
  v("phase", x.phase);
  v.constant("record", "begun");
  v("scope", x.scope);
  v("undo_until", x.undo_until);
}

template <class V>
void fields(V& v, RunMoved& x) {
  v("change", x.change);
  v.optional("place", x.place);
  v.constant("record", "moved");
  v.optional("rollback", x.rollback);
  v("stage", x.stage);
  v.text("why", x.why, kReason);
}

template <class V>
void fields(V& v, RunEnded& x) {
  v("at", x.at);
  v("change", x.change);
  v.text("outcome", x.outcome, kLine);
  v.constant("record", "ended");
  v.optional("rollback", x.rollback);
}

template <class V>
void fields(V& v, RunClosed& x) {
  v("change", x.change);
  v.constant("record", "closed");
}

template <class V>
void fields(V& v, RepairBegun& x) {
  v("at", x.at);
  v("change", x.change);
  v("more", x.more);
  v.constant("record", "repairing");
  v.list("resources", x.resources, kIdentities);
  v("scope", x.scope);
}

template <class V>
void fields(V& v, ReportMade& x) {
  v("counter", x.counter);
  v.constant("record", "reported");
}

template <class V>
void fields(V& v, OutcomeTold& x) {
  v("change", x.change);
  v.text("outcome", x.outcome, kLine);
  v.constant("record", "told");
  v.optional("release", x.release);
}

template <class V>
void fields(V& v, RunMemory& x) {
  v.list("applied", x.applied, kAny);
  v.list("counts", x.counts, kAny);
  v.constant("record", "memory");
  v.list("scopes", x.scopes, kAny);
  v.list("used", x.used, kAny);
}

}  // namespace codec

namespace {

template <class T>
Result<RunRecord> read(BytesView bytes) {
  auto record = codec::decode_with_table<T>(bytes, "journal", limits::kObjectMax);
  if (!record) {
    return fail(Errc::refuse_j1, "a record of the journal cannot be read: " + record.error().what);
  }
  return RunRecord(*std::move(record));
}

}  // namespace

Bytes encode_record(const RunRecord& record) {
  return std::visit([](const auto& one) { return codec::encode_with_table(one); }, record);
}

Result<RunRecord> decode_record(BytesView bytes) {
  const std::string kind = codec::peek_text(bytes, "record");
  if (kind == "begun") {
    return read<RunBegun>(bytes);
  }
  if (kind == "moved") {
    return read<RunMoved>(bytes);
  }
  if (kind == "ended") {
    return read<RunEnded>(bytes);
  }
  if (kind == "closed") {
    return read<RunClosed>(bytes);
  }
  if (kind == "memory") {
    return read<RunMemory>(bytes);
  }
  if (kind == "repairing") {
    return read<RepairBegun>(bytes);
  }
  if (kind == "reported") {
    return read<ReportMade>(bytes);
  }
  if (kind == "told") {
    return read<OutcomeTold>(bytes);
  }
  return fail(Errc::refuse_j1, "the journal has a record of an unknown kind");
}

}  // namespace twoseal
