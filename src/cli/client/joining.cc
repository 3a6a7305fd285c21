#include "cli/client/joining.h"

#include "base/encoding.h"
#include "codec/objects.h"
#include "crypto/public_key.h"

namespace twoseal::cli {
namespace {

Result<JoiningHost> joining_of(const codec::PlainJson& row) {
  JoiningHost joining;
  TWOSEAL_TRY(joining.bytes, base64_decode(row.at("request").text()));
  TWOSEAL_TRY(joining.mac, base64_decode(row.at("mac").text()));
  TWOSEAL_TRY(joining.request, codec::decode<JoinRequest>(joining.bytes));
  TWOSEAL_TRY(const PublicKey key, PublicKey::parse_ssh(joining.request.id));
  TWOSEAL_TRY(joining.host, HostId::parse("h:" + key.id().text()));
  return joining;
}

}  // namespace

Result<std::vector<JoiningHost>> joining_hosts(ServerApi& api) {
  TWOSEAL_TRY(const codec::PlainJson answer, api.get("/v1/join-requests"));
  std::vector<JoiningHost> all;
  for (const codec::PlainJson& row : answer.at("requests").list()) {
    TWOSEAL_TRY(JoiningHost one, joining_of(row));
    all.push_back(std::move(one));
  }
  return all;
}

Result<std::optional<JoiningHost>> find_joining(ServerApi& api, const std::string& name) {
  std::optional<JoiningHost> found;
  TWOSEAL_TRY(auto all, joining_hosts(api));
  for (JoiningHost& one : all) {
    if (one.host.text() != name && one.request.name != name) {
      continue;
    }
    if (found) {
      return fail(Errc::usage,
                  "several hosts ask to join as " + name,
                  "",
                  "name one by its id: twoseal host list --joining");
    }
    found = std::move(one);
  }
  return found;
}

}  // namespace twoseal::cli
