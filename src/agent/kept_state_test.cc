#include "agent/kept_state.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "tests/support/resource_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::ResourceHost;

namespace {

const Bytes kBlob("from a blob\n");

// A state with a template, a source and plain content, and what they need.
struct Made {
  ResourceHost host;
  State state;
  PlanInputs inputs;

  Made() {
    inputs.labels = {{"role", "web"}};
    inputs.blobs = {{sha256(kBlob), std::make_shared<const Bytes>(kBlob)}};
    host.sources["motd.txt"] = kBlob;
    state = host.state(
        "- {file: /etc/a, template: \"role {{ label.role }}\\n\", mode: \"0644\"}\n"
        "- {file: /etc/b, source: motd.txt, mode: \"0644\"}\n"
        "- {file: /etc/c, content: \"as it is\\n\", mode: \"0644\"}\n");
  }

  Result<Bytes> pack() { return pack_state(state, inputs, *host.host); }
};

}  // namespace

TEST_CASE("a state is kept with its templates filled in and its sources beside it") {
  Made made;
  const auto packed = made.pack();
  REQUIRE(packed);
  const auto kept = unpack_state(*packed);
  REQUIRE(kept);
  REQUIRE(kept->state.resources.size() == 3);
  const Resource& filled = kept->state.resources[0];
  CHECK_FALSE(filled.want.contains("template"));
  CHECK(std::get<Bytes>(filled.want.at("content")) == "role web\n");
  CHECK(kept->state.resources[1].want == made.state.resources[1].want);
  CHECK(kept->state.resources[2].want == made.state.resources[2].want);
  REQUIRE(kept->inputs.blobs.size() == 1);
  CHECK(*kept->inputs.blobs.at(sha256(kBlob)) == kBlob);
  CHECK(kept->inputs.labels.empty());
}

TEST_CASE("a state that lacks what it needs is not kept") {
  Made made;
  SUBCASE("a label") {
    made.inputs.labels.clear();
    CHECK(made.pack().error().code == Errc::unknown_fact);
  }
  SUBCASE("a blob") {
    made.inputs.blobs.clear();
    const auto packed = made.pack();
    REQUIRE_FALSE(packed);
    CHECK(packed.error().code == Errc::refuse_c1);
    CHECK(packed.error().what.find(sha256(kBlob).text()) != std::string::npos);
  }
}

TEST_CASE("what was not written as a kept state is damage") {
  Made made;
  const Bytes packed = made.pack().value();
  CHECK(unpack_state("").error().code == Errc::refuse_j1);
  CHECK(unpack_state(kBlob).error().code == Errc::refuse_j1);
  for (const std::size_t size : {packed.size() / 2, packed.size() - 1}) {
    const auto half = unpack_state(BytesView(packed).substr(0, size));
    REQUIRE_FALSE(half);
    CHECK(half.error().code == Errc::refuse_j1);
  }
}
