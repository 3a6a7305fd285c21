// Every object with a field table: what is accepted is spelled in exactly one way, so encoding it
// gives the very bytes that were read. The first octet of an input chooses the type.
#include "codec/objects.h"

#include <array>

#include "base/check.h"
#include "model/agent_report.h"
#include "model/agent_state.h"
#include "model/assignment.h"
#include "model/change.h"
#include "model/fresh.h"
#include "model/join_request.h"
#include "model/ledger_entry.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/roster.h"
#include "model/session.h"
#include "tests/fuzz/json_edit.h"
#include "tests/fuzz/mutate.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

template <class T>
void read_and_write(BytesView bytes) {
  if (const auto object = codec::decode<T>(bytes)) {
    check(codec::encode(*object) == bytes, "an object has one spelling");
  } else {
    check(!object.error().what.empty(), "a refusal has a reason");
  }
}

// New types are added at the end, so that seeds keep their meaning.
constexpr std::array kTypes = {
    read_and_write<Roster>,       read_and_write<Policy>,
    read_and_write<Restrictions>, read_and_write<Assignment>,
    read_and_write<Batch>,        read_and_write<Fresh>,
    read_and_write<StopList>,     read_and_write<Stop>,
    read_and_write<Change>,       read_and_write<Release>,
    read_and_write<Rollback>,     read_and_write<Evidence>,
    read_and_write<HostResult>,   read_and_write<State>,
    read_and_write<Plan>,         read_and_write<PlanClass>,
    read_and_write<PlanRequest>,  read_and_write<PlanAnswer>,
    read_and_write<Statement>,    read_and_write<SignatureRecord>,
    read_and_write<LedgerEntry>,  read_and_write<InclusionProof>,
    read_and_write<MemberProof>,  read_and_write<ConsistencyProof>,
    read_and_write<AgentState>,   read_and_write<DecisionInputs>,
    read_and_write<Expectation>,  read_and_write<BatchList>,
    read_and_write<LoginSession>, read_and_write<JoinRequest>,
    read_and_write<AgentReport>,
};

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the names that libFuzzer asks for

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    const Bytes bytes(data + 1, data + size);
    kTypes[data[0] % kTypes.size()](bytes);
    static_cast<void>(codec::peek_text(bytes, "type"));
    if (codec::decode<Change>(bytes)) {
      static_cast<void>(codec::change_core(bytes));
    }
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t max_size,
                                               unsigned seed) {
  if (size < 2 || seed % 4 == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  fuzz::Choices choices(fuzz::octets_of(seed, 256));
  Bytes bytes(data + 1, data + size);
  for (std::size_t i = 0; i <= seed % 3; ++i) {
    bytes = fuzz::edit_json(bytes, choices);
  }
  return 1 + fuzz::put_input(bytes, data + 1, max_size - 1);
}

// NOLINTEND(readability-identifier-naming)
