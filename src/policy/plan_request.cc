#include "policy/plan_request.h"

#include <algorithm>

#include "base/limits.h"

namespace twoseal {
namespace {

constexpr std::int64_t kRequestSeconds = 3'600;

std::unexpected<Error> refuse(std::string reason) {
  return fail(Errc::plan_refused, std::move(reason));
}

bool may_ask(const Inspection& in, const Statement& statement, const RoleMoment& moment) {
  const auto& rows = in.policy->plan;
  return std::any_of(rows.begin(), rows.end(), [&](const PlanPermission& row) {
    return row.env == in.assignment->env &&
           (statement.role.empty() || statement.role == row.role) &&
           in.keyring->holds(statement.by, row.role, moment);
  });
}

}  // namespace

Result<void> check_plan_request(const Inspection& documents,
                                const Digest& digest,
                                const PlanRequest& request,
                                const SignedStatement& statement,
                                UnixSeconds now) {
  const Inspection& in = documents;
  const Statement& said = statement.statement;
  // Without a keyring there is no policy.
  if (in.policy == nullptr || in.assignment == nullptr || !in.log->open()) {
    return refuse("this host has no valid documents to judge it by");
  }
  if (request.org != in.inputs.org || said.org != in.inputs.org) {
    return refuse("it belongs to another organisation");
  }
  if (said.act != Act::plan || said.obj_type != ObjType::plan_request || said.obj != digest) {
    return refuse("its statement is about something else");
  }
  if (!std::binary_search(request.hosts.begin(), request.hosts.end(), *in.inputs.host)) {
    return refuse("it does not ask this host");
  }
  if (said.at > now + limits::kClockSkew) {
    return fail(Errc::clock_differs,
                "the request is dated " + std::to_string(said.at - now) + " s ahead");
  }
  if (now > request.not_after || request.not_after > said.at + kRequestSeconds) {
    return refuse("its time is over, or it is valid for longer than an hour");
  }
  Judged judged = examine_signature(statement, *in.keyring);
  judged.moment = {said.at, now, in.log->point().size};
  if (!judged.problem && (judged.key->compromised || judged.key->login_only)) {
    judged.problem = "the key is compromised, or for login only";
  } else if (!judged.problem) {
    judged.problem = examine_standing(judged, *in.keyring);
  }
  if (judged.problem) {
    return fail(Errc::bad_signature, said.by.text() + ": " + *judged.problem);
  }
  if (!may_ask(in, said, judged.moment)) {
    return refuse(said.by.text() + " holds no role that may ask for plans in " +
                  in.assignment->env.text());
  }
  return {};
}

}  // namespace twoseal
