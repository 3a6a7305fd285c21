// What hosts answer to a request for a plan, as the author's machine reads it: an answer and a
// class have one spelling, and a class that is shown holds what its bytes say. The first octet
// chooses: octets as they are, or an object with some damage.
#include <optional>

#include "base/check.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/plan.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

template <class T>
void check_spelling(const Bytes& bytes) {
  const auto read = codec::decode<T>(bytes);
  if (!read) {
    check(!read.error().what.empty(), "a refusal has a reason");
    return;
  }
  check(codec::encode(*read) == bytes, "an object has one spelling");
}

Bytes made_answer(fuzz::Choices& choices) {
  PlanAnswer answer;
  answer.at = static_cast<UnixSeconds>(choices.number<std::uint32_t>());
  if (choices.flag()) {
    answer.base = sha256("base");
  }
  answer.class_digest = sha256("class");
  answer.host = HostId::parse("h:" + std::string(32, 'a')).value();
  answer.org = sha256("org");
  answer.request = sha256("request");
  answer.token = fuzz::octets_of(choices.octet(), 32);
  return codec::encode(answer);
}

Bytes made_class(fuzz::Choices& choices) {
  PlanClass plan;
  plan.org = sha256("org");
  const std::size_t steps = choices.below(4);
  for (std::size_t i = 0; i < steps; ++i) {
    PlanStep step;
    step.action = choices.flag() ? StepAction::create : StepAction::change;
    step.kind = Name::parse("file").value();
    step.res = "file:/etc/" + std::to_string(choices.below(4));
    step.hidden = choices.flag();
    if (!step.hidden) {
      step.diff = {{choices.flag() ? std::optional<std::string>("new") : std::nullopt,
                    "content",
                    std::optional<std::string>("old")}};
    }
    plan.steps.push_back(std::move(step));
  }
  return codec::encode(plan);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const std::size_t kind = choices.below(3);
  Bytes bytes = kind == 0 ? choices.rest() : kind == 1 ? made_answer(choices) : made_class(choices);
  if (kind == 1) {
    check(codec::decode<PlanAnswer>(bytes).has_value(), "what was made is read");
  }
  while (!choices.at_end()) {
    bytes = fuzz::damaged(bytes, choices);
  }
  check_spelling<PlanAnswer>(bytes);
  check_spelling<PlanClass>(bytes);
  check_spelling<PlanRequest>(bytes);
  return 0;
}
