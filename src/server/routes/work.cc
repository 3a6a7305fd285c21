#include <algorithm>

#include "codec/objects.h"
#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

// The bytes of an object or a blob. Errc::not_found.
Result<Bytes> content(const Store& store, const Digest& digest) {
  auto document = store.document(digest);
  return document ? Result<Bytes>(std::move(document->bytes)) : read_blob(store, digest);
}

}  // namespace

Result<HttpResponse> get_work_change(const Call& call) {
  TWOSEAL_TRY(const Digest digest, call.digest());
  const auto facts = call.parts.view.change(digest);
  // A host learns nothing about changes that do not concern it, not even that they are there.
  if (facts == nullptr || !facts->place_of(*call.caller.host)) {
    return fail(Errc::not_found, "there is no such change for this host");
  }
  TWOSEAL_TRY(const Remembered remembered, remembered_in(call));
  return files_answer(call, *call.caller.host, digest, remembered);
}

Result<HttpResponse> get_work_plan(const Call& call) {
  TWOSEAL_TRY(const Digest digest, call.digest());
  const auto hosts = call.parts.plans.hosts_of(digest);
  if (!std::binary_search(hosts.begin(), hosts.end(), *call.caller.host)) {
    return fail(Errc::not_found, "there is no such request for this host");
  }
  const Store& store = *call.parts.store;
  TWOSEAL_TRY(HeldPlanRequest request, call.parts.registry->plan_request(digest));
  TWOSEAL_TRY(Bytes state_bytes, content(store, request.state));
  TWOSEAL_TRY(const State state, codec::decode<State>(state_bytes));
  Files files;
  files["request.json"] = std::move(request.bytes);
  files["record.json"] = std::move(request.record);
  for (const Digest& source : sources_of(state)) {
    TWOSEAL_TRY(files["blobs/" + source.hex()], content(store, source));
  }
  files["blobs/" + request.state.hex()] = std::move(state_bytes);
  return zip_answer(files);
}

}  // namespace twoseal::server
