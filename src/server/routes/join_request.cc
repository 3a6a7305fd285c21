#include "base/encoding.h"
#include "server/routes/shared.h"

namespace twoseal::server {

Result<HttpResponse> list_join_requests(const Call& call) {
  TWOSEAL_TRY(const auto requests, call.parts.registry->join_requests(JoinState::waiting, ""));
  Json::Array list;
  for (const HeldJoinRequest& one : requests) {
    list.emplace_back(Json::Object{{"host", one.host.text()},
                                   {"token", one.token},
                                   {"request", base64_encode(one.bytes)},
                                   {"mac", base64_encode(one.mac)},
                                   {"at", one.at},
                                   {"address", one.address}});
  }
  return json_answer({{"requests", std::move(list)}});
}

Result<HttpResponse> refuse_join_request(const Call& call) {
  const auto host = HostId::parse(call.value("host"));
  if (!host) {
    return fail(Errc::not_found, "no host " + call.value("host") + " asks to join");
  }
  TWOSEAL_TRY_VOID(call.parts.registry->move_join_request(*host, JoinState::refused));
  return empty_answer();
}

}  // namespace twoseal::server
