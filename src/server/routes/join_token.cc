#include "server/body.h"
#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kIdMax = 64;
constexpr std::size_t kBodyMax = 4'096;
constexpr std::int64_t kTokenSecondsMax = std::int64_t{30} * 86'400;

Json::Object token_fields(const JoinToken& token) {
  Json::Object fields = {{"id", token.id},
                         {"expires", token.expires_at},
                         {"made_by", token.made_by.text()},
                         {"made_at", token.made_at}};
  if (token.used_by) {
    fields.emplace_back("used_by", token.used_by->text());
    fields.emplace_back("used_at", token.used_at);
  }
  return fields;
}

}  // namespace

Result<std::vector<JoinToken>> all_join_tokens(const Registry& registry) {
  std::vector<JoinToken> all;
  while (true) {
    TWOSEAL_TRY(const auto rows, registry.join_tokens(all.empty() ? "" : all.back().id));
    all.insert(all.end(), rows.begin(), rows.end());
    if (rows.size() < kRowsMax) {
      return all;
    }
  }
}

Result<HttpResponse> list_join_tokens(const Call& call) {
  TWOSEAL_TRY(const auto tokens, all_join_tokens(*call.parts.registry));
  Json::Array list;
  for (const JoinToken& one : tokens) {
    if (one.expires_at > call.now) {
      list.emplace_back(token_fields(one));
    }
  }
  return json_answer({{"tokens", std::move(list)}});
}

Result<HttpResponse> add_join_token(const Call& call) {
  TWOSEAL_TRY(Body body, Body::parse(call.request.body, kBodyMax));
  const std::string id = body.text("id", kIdMax);
  const std::int64_t expires = body.integer("expires");
  TWOSEAL_TRY_VOID(body.finish());
  TWOSEAL_TRY(const Name name, Name::parse(id));
  if (expires <= call.now || expires > call.now + kTokenSecondsMax) {
    return fail(Errc::bad_field, "expires: must lie within the next 30 days");
  }
  const JoinToken token{
      .id = name.text(), .expires_at = expires, .made_by = call.caller.by, .made_at = call.now};
  TWOSEAL_TRY_VOID(call.parts.registry->put_join_token(token));
  // The token names the port that the host will call.
  Json::Object fields = token_fields(token);
  fields.emplace_back("agents_port", call.parts.agents_port);
  return json_answer(fields, 201);
}

Result<HttpResponse> drop_join_token(const Call& call) {
  TWOSEAL_TRY_VOID(call.parts.registry->remove_join_token(call.value("id")));
  return empty_answer();
}

}  // namespace twoseal::server
