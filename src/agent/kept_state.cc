#include "agent/kept_state.h"

#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "resources/template.h"

namespace twoseal {
namespace {

constexpr const char* kStateName = "state.json";

Result<void> fill(Resource& resource, const PlanInputs& inputs, const System& system) {
  const auto text = resource.want.find("template");
  if (text == resource.want.end()) {
    return {};
  }
  TWOSEAL_TRY(Bytes filled,
              fill_template(std::get<std::string>(text->second), system.facts(), inputs.labels));
  resource.want.erase(text);
  resource.want["content"] = std::move(filled);
  return {};
}

Result<void> add_source(const Resource& resource,
                        const PlanInputs& inputs,
                        codec::ArchiveFiles& files) {
  const auto source = resource.want.find("source");
  if (source == resource.want.end()) {
    return {};
  }
  TWOSEAL_TRY(const Digest digest, Digest::parse(std::get<std::string>(source->second)));
  const auto blob = inputs.blobs.find(digest);
  if (blob == inputs.blobs.end()) {
    return fail(Errc::refuse_c1, "the blob " + digest.text() + " did not come along");
  }
  files["blobs/" + digest.hex()] = *blob->second;
  return {};
}

}  // namespace

Result<Bytes> pack_state(State state, const PlanInputs& inputs, const System& system) {
  codec::ArchiveFiles files;
  for (Resource& resource : state.resources) {
    TWOSEAL_TRY_VOID(fill(resource, inputs, system));
    TWOSEAL_TRY_VOID(add_source(resource, inputs, files));
  }
  files[kStateName] = codec::encode(state);
  return codec::write_archive(files);
}

Result<KeptState> unpack_state(BytesView bytes) {
  auto files = codec::read_archive(bytes);
  auto state = files && files->contains(kStateName)
                   ? codec::decode<State>(files->at(kStateName))
                   : Result<State>(fail(Errc::refuse_j1, "it is damaged"));
  if (!state) {
    return fail(Errc::refuse_j1, "a state that was kept is damaged");
  }
  files->erase(kStateName);
  KeptState kept;
  kept.state = *std::move(state);
  for (auto& [path, blob] : *files) {
    const Digest digest = sha256(blob);
    kept.inputs.blobs.emplace(digest, std::make_shared<const Bytes>(std::move(blob)));
  }
  return kept;
}

}  // namespace twoseal
