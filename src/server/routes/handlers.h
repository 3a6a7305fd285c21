// What is done for each request: a function each, in the file of its noun. Routes are listed in
// ../routes.cc, which also says who may call. What each answers is in api/openapi.yaml.
#pragma once

#include "server/answer.h"
#include "server/routes.h"

namespace twoseal::server {

// people
Result<HttpResponse> get_checkpoint(const Call& call);
Result<HttpResponse> log_in(const Call& call);
Result<HttpResponse> get_me(const Call& call);
Result<HttpResponse> list_sessions(const Call& call);
Result<HttpResponse> revoke_session(const Call& call);
Result<HttpResponse> get_status(const Call& call);
Result<HttpResponse> get_documents(const Call& call);
Result<HttpResponse> list_waiting_documents(const Call& call);
Result<HttpResponse> get_object(const Call& call);
Result<HttpResponse> get_blob(const Call& call);
Result<HttpResponse> put_blob(const Call& call);
Result<HttpResponse> submit_statement(const Call& call);
Result<HttpResponse> get_statement(const Call& call);
Result<HttpResponse> list_changes(const Call& call);
Result<HttpResponse> get_change(const Call& call);
Result<HttpResponse> get_change_files(const Call& call);
Result<HttpResponse> get_change_log(const Call& call);
Result<HttpResponse> get_change_results(const Call& call);
Result<HttpResponse> request_plan(const Call& call);
Result<HttpResponse> get_plan_answers(const Call& call);
Result<HttpResponse> list_hosts(const Call& call);
Result<HttpResponse> get_host(const Call& call);
Result<HttpResponse> list_join_tokens(const Call& call);
Result<HttpResponse> add_join_token(const Call& call);
Result<HttpResponse> drop_join_token(const Call& call);
Result<HttpResponse> list_join_requests(const Call& call);
Result<HttpResponse> refuse_join_request(const Call& call);
Result<HttpResponse> list_denials(const Call& call);
Result<HttpResponse> add_denial(const Call& call);
Result<HttpResponse> drop_denial(const Call& call);
Result<HttpResponse> get_tile(const Call& call);
Result<HttpResponse> follow_events(const Call& call);

// agents
Result<HttpResponse> join(const Call& call);
Result<HttpResponse> contact(const Call& call);
Result<HttpResponse> get_work_change(const Call& call);
Result<HttpResponse> get_work_plan(const Call& call);
Result<HttpResponse> answer_plan(const Call& call);
Result<HttpResponse> refuse_plan(const Call& call);
Result<HttpResponse> deliver_result(const Call& call);
Result<HttpResponse> deliver_report(const Call& call);
Result<HttpResponse> deliver_run_log(const Call& call);
Result<HttpResponse> renew_certificate(const Call& call);

// this machine
Result<HttpResponse> get_live(const Call& call);
Result<HttpResponse> get_ready(const Call& call);
Result<HttpResponse> get_metrics(const Call& call);

}  // namespace twoseal::server
