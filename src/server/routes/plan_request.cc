// Asking hosts what a state would change: judged here as hosts will judge it, so that nobody waits
// for answers that cannot come. docs/formats/plan.md.
#include <algorithm>
#include <cstdlib>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "server/body.h"
#include "server/routes/shared.h"
#include "workflow/change_exam.h"
#include "workflow/recording.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kObjectsMax = 256;
constexpr std::int64_t kRequestSeconds = 3'600;
constexpr std::int64_t kWaitMax = 60;

struct Asked {
  SignedStatement source;
  Bytes record;
  PlanRequest request;
  Bytes request_bytes;
  Bytes state_bytes;
};

Result<Bytes> object_of(const Digest& digest, const std::vector<Bytes>& objects) {
  const auto found = std::find_if(
      objects.begin(), objects.end(), [&](const Bytes& one) { return sha256(one) == digest; });
  return found != objects.end()
             ? Result<Bytes>(*found)
             : fail(Errc::bad_field, "the object " + digest.text() + " did not come along");
}

Result<Asked> read_asked(const Call& call) {
  TWOSEAL_TRY(Body body, Body::parse(call.request.body, call.request.body.size()));
  Asked asked;
  asked.record = body.octets("record");
  const std::vector<Bytes> objects = body.octets_list("objects", kObjectsMax);
  TWOSEAL_TRY_VOID(body.finish());
  TWOSEAL_TRY(asked.source, parse_record(asked.record, "record"));
  TWOSEAL_TRY(asked.request_bytes, object_of(asked.source.statement.obj, objects));
  TWOSEAL_TRY(asked.request, codec::decode<PlanRequest>(asked.request_bytes));
  TWOSEAL_TRY(asked.state_bytes, object_of(asked.request.state, objects));
  TWOSEAL_TRY(const State state, codec::decode<State>(asked.state_bytes));
  if (state.org != asked.request.org || state.scope != asked.request.scope) {
    return fail(Errc::bad_field, "the state is of another organisation or scope");
  }
  return asked;
}

Result<void> check_signer(const Call& call, const Asked& asked) {
  const Statement& said = asked.source.statement;
  const Documents& documents = *call.caller.documents;
  if (said.org != documents.org || asked.request.org != documents.org) {
    return fail(Errc::refuse_b2, "the request belongs to another organisation");
  }
  if (said.act != Act::plan || said.obj_type != ObjType::plan_request) {
    return fail(Errc::bad_field, "the statement is no request for a plan");
  }
  if (call.caller.is_service() && said.by != call.caller.by) {
    return fail(Errc::not_allowed, call.caller.by.text() + " hands in its own requests alone");
  }
  const Judged judged = examine_signature(asked.source, *documents.keyring);
  if (judged.problem) {
    return fail(Errc::bad_signature, said.by.text() + ": " + *judged.problem);
  }
  if (judged.key->login_only ||
      !has_usable_key(*documents.keyring, said.by, said.key.text(), call.parts.view.point().size)) {
    return fail(Errc::bad_signature, "key " + said.key.text() + " may not sign this, or has ended");
  }
  // Just signed, so its date tells the clock of who asks.
  if (std::abs(said.at - call.now) > kRequestSeconds || said.at > call.now + limits::kClockSkew) {
    return fail(Errc::clock_differs,
                said.by.text() + " dated it " + std::to_string(std::abs(said.at - call.now)) +
                    (said.at > call.now ? " s ahead" : " s ago"));
  }
  return asked.request.not_after < call.now || asked.request.not_after > said.at + kRequestSeconds
             ? fail(Errc::plan_refused, "its time is over, or it is valid for longer than an hour")
             : Result<void>();
}

bool may_ask(const Documents& documents, const Statement& said, const Name& env, UnixSeconds now) {
  const auto& rows = documents.policy->value.plan;
  return std::any_of(rows.begin(), rows.end(), [&](const PlanPermission& row) {
    return row.env == env && (said.role.empty() || said.role == row.role) &&
           documents.keyring->holds(said.by, row.role, {said.at, now, kNotRecorded});
  });
}

Result<void> check_hosts(const Call& call, const Asked& asked) {
  const Documents& documents = *call.caller.documents;
  for (const HostId& host : asked.request.hosts) {
    const HeldHost* held = documents.host(host);
    if (held == nullptr) {
      return fail(Errc::not_found, "no host " + host.text() + " is assigned");
    }
    if (!may_ask(documents, asked.source.statement, held->assignment->env, call.now)) {
      return fail(Errc::plan_refused,
                  asked.source.statement.by.text() + " holds no role that may ask for plans in " +
                      held->assignment->env.text());
    }
  }
  return {};
}

// A request is signed by its author; services see their own alone.
Result<HeldPlanRequest> request_in(const Call& call) {
  TWOSEAL_TRY(const Digest digest, call.digest());
  auto request = call.parts.registry->plan_request(digest);
  const bool seen = request && call.caller.may_see(request->author);
  return seen || (!request && request.error().code != Errc::not_found)
             ? std::move(request)
             : fail(Errc::not_found, "there is no request for a plan " + digest.text());
}

}  // namespace

std::string channel_of_plan(const Digest& request) {
  return "plan:" + request.hex();
}

Result<HttpResponse> request_plan(const Call& call) {
  TWOSEAL_TRY(const Asked asked, read_asked(call));
  TWOSEAL_TRY_VOID(check_signer(call, asked));
  TWOSEAL_TRY_VOID(check_hosts(call, asked));
  TWOSEAL_TRY(const Digest state, call.parts.store->put_document({"state", 0, asked.state_bytes}));
  const HeldPlanRequest held{.digest = asked.source.statement.obj,
                             .record = asked.record,
                             .bytes = asked.request_bytes,
                             .state = state,
                             .author = asked.source.statement.by,
                             .not_after = asked.request.not_after};
  TWOSEAL_TRY_VOID(call.parts.plans.add(held));
  for (const HostId& host : asked.request.hosts) {
    call.parts.channels.signal(channel_of_host(host));
  }
  return json_answer({{"request", held.digest.text()},
                      {"hosts", std::ssize(asked.request.hosts)},
                      {"not_after", held.not_after}},
                     202);
}

Result<HttpResponse> get_plan_answers(const Call& call) {
  TWOSEAL_TRY(const HeldPlanRequest request, request_in(call));
  TWOSEAL_TRY(const std::int64_t seen, call.number("seen", 0, limits::kListMax));
  TWOSEAL_TRY(const std::int64_t wait, call.number("wait", 0, kWaitMax));
  const std::string channel = channel_of_plan(request.digest);
  const std::uint64_t generation = call.parts.channels.generation(channel);
  TWOSEAL_TRY(const auto answers, all_answers(*call.parts.registry, request.digest));
  if (wait > 0 && std::ssize(answers) <= seen && !call.request.waited) {
    return park_answer(channel, generation, std::chrono::seconds(wait));
  }
  Files files;
  for (const HeldPlanAnswer& one : answers) {
    const std::string name = one.host.text().substr(2) + ".json";
    if (!one.why.empty()) {
      files["refusals/" + name] = one.bytes;
      continue;
    }
    files["answers/" + name] = one.bytes;
    files["records/" + name] = one.record;
    const std::string path = "classes/" + one.class_digest.hex() + ".json";
    if (!files.contains(path)) {
      TWOSEAL_TRY(files[path], call.parts.registry->plan_class(one.class_digest));
    }
  }
  return zip_answer(files);
}

}  // namespace twoseal::server
