#include "cli/client/api.h"

#include <algorithm>
#include <iterator>

#include "base/encoding.h"
#include "cli/json_text.h"
#include "cli/time_text.h"
#include "codec/archive.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "net/problem_answer.h"

namespace twoseal::cli {
namespace {

constexpr std::chrono::seconds kWait{30};
constexpr std::chrono::seconds kLongWait{180};
constexpr std::size_t kTokenMax = 256;
constexpr std::size_t kKeySize = 16;

Json submission(const Bytes& record, const std::vector<Bytes>& objects) {
  Json::Array list;
  for (const Bytes& object : objects) {
    list.emplace_back(base64_encode(object));
  }
  return Json(Json::Object{{"objects", Json(std::move(list))}, {"record", base64_encode(record)}});
}

}  // namespace

Error at_server(Error problem) {
  constexpr Errc kOfItsMachine[] = {Errc::disk_full,
                                    Errc::io_failed,
                                    Errc::no_permission,
                                    Errc::internal,
                                    Errc::sync_failed,
                                    Errc::store_failed,
                                    Errc::store_unreadable};
  problem.where = "the server says";
  problem.what = with_dates(problem.what);
  if (std::find(std::begin(kOfItsMachine), std::end(kOfItsMachine), problem.code) !=
      std::end(kOfItsMachine)) {
    problem.next = "this is about the server's machine: tell whoever runs it, then try again";
  }
  return problem;
}

Result<ServerApi> ServerApi::connect(const ClientProfile& profile) {
  TWOSEAL_TRY(ServerAddress address, server_address(profile));
  return ServerApi(make_tls_client(std::move(address)), command_for("login", profile));
}

Result<ServerApi> ServerApi::open(const ClientProfile& profile) {
  TWOSEAL_TRY(const auto token, read_state(profile, kSessionFile, kTokenMax));
  if (!token) {
    return fail(Errc::sign_in_needed,
                "there is no session with " + profile.server,
                "",
                command_for("login", profile));
  }
  TWOSEAL_TRY(ServerApi api, connect(profile));
  api.set_token(*token);
  return api;
}

Result<Bytes> ServerApi::call(HttpRequest request, std::chrono::seconds wait) {
  if (!token_.empty()) {
    request.headers["authorization"] = "Bearer " + token_;
  }
  // Repeating a request after a broken connection then does it once.
  if (request.method == "POST") {
    request.headers["idempotency-key"] = hex_encode(random_bytes(kKeySize));
  }
  TWOSEAL_TRY(HttpResponse response, client_->call(request, wait));
  constexpr int kOk = 200;
  constexpr int kNoMore = 300;
  if (response.status < kOk || response.status >= kNoMore) {
    Error problem = read_problem(response.status, response.body);
    return problem.code == Errc::not_signed_in
               ? fail(Errc::sign_in_needed, problem.what, "", login_)
               : std::unexpected(at_server(std::move(problem)));
  }
  return std::move(response.body);
}

Result<Bytes> ServerApi::get_bytes(const std::string& path, const Query& query) {
  HttpRequest request;
  request.path = path;
  request.query = query;
  return call(std::move(request), kLongWait);
}

Result<codec::PlainJson> ServerApi::get(const std::string& path, const Query& query) {
  TWOSEAL_TRY(const Bytes body, get_bytes(path, query));
  return codec::parse_plain_json(body);
}

Result<Files> ServerApi::get_files(const std::string& path, const Query& query) {
  TWOSEAL_TRY(const Bytes body, get_bytes(path, query));
  auto files = codec::read_archive(body);
  if (!files) {
    return fail(Errc::bad_http, "its answer is no archive: " + files.error().what, path);
  }
  return Files(std::make_move_iterator(files->begin()), std::make_move_iterator(files->end()));
}

Result<codec::PlainJson> ServerApi::post(const std::string& path, Bytes json) {
  HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.headers["content-type"] = "application/json";
  request.body = std::move(json);
  TWOSEAL_TRY(const Bytes body, call(std::move(request), kWait));
  return codec::parse_plain_json(body.empty() ? "{}" : body);
}

Result<void> ServerApi::remove(const std::string& path) {
  HttpRequest request;
  request.method = "DELETE";
  request.path = path;
  TWOSEAL_TRY(const Bytes body, call(std::move(request), kWait));
  static_cast<void>(body);
  return {};
}

Result<void> ServerApi::put_blob(const Bytes& bytes) {
  HttpRequest request;
  request.method = "PUT";
  request.path = "/v1/blobs/" + sha256(bytes).hex();
  request.headers["content-type"] = "application/octet-stream";
  request.body = bytes;
  TWOSEAL_TRY(const Bytes body, call(std::move(request), kLongWait));
  static_cast<void>(body);
  return {};
}

Result<codec::PlainJson> ServerApi::submit_to(const std::string& path,
                                              const Bytes& record,
                                              const std::vector<Bytes>& objects) {
  return post(path, submission(record, objects).text());
}

Result<RecordedAt> ServerApi::submit(const Bytes& record, const std::vector<Bytes>& objects) {
  TWOSEAL_TRY(const codec::PlainJson answer, submit_to("/v1/statements", record, objects));
  RecordedAt at;
  TWOSEAL_TRY(at.statement, Digest::parse(answer.at("statement").text()));
  at.index = answer.at("index").integer();
  at.number = answer.at("number").text();
  at.change = answer.at("change").text();
  return at;
}

}  // namespace twoseal::cli
