#include "server/body.h"
#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kHostMax = 64;
constexpr std::size_t kWhyMax = 1'024;
constexpr std::size_t kBodyMax = 8'192;

Json::Object denial_fields(const Denial& denial) {
  return {{"host", denial.value}, {"at", denial.at}, {"by", denial.by.text()}, {"why", denial.why}};
}

}  // namespace

Result<HttpResponse> list_denials(const Call& call) {
  Json::Array list;
  for (const Denial& one : call.parts.denials.all()) {
    list.emplace_back(denial_fields(one));
  }
  return json_answer({{"denials", std::move(list)}});
}

Result<HttpResponse> add_denial(const Call& call) {
  TWOSEAL_TRY(Body body, Body::parse(call.request.body, kBodyMax));
  const std::string name = body.text("host", kHostMax);
  const std::string why = body.text("why", kWhyMax);
  TWOSEAL_TRY_VOID(body.finish());
  TWOSEAL_TRY(const HostId host, host_named(*call.caller.documents, name));
  const Denial denial{DenialKind::host, host.text(), call.now, call.caller.by, why};
  TWOSEAL_TRY_VOID(call.parts.denials.add(denial));
  call.parts.log.say(
      LogLevel::warning, "host-denied", {{"host", host.text()}, {"actor", call.caller.by.text()}});
  return json_answer(denial_fields(denial), 201);
}

Result<HttpResponse> drop_denial(const Call& call) {
  const auto host = HostId::parse(call.value("host"));
  if (!host) {
    return fail(Errc::not_found, "no host " + call.value("host") + " is denied");
  }
  TWOSEAL_TRY_VOID(call.parts.denials.drop(*host));
  return empty_answer();
}

}  // namespace twoseal::server
