#include "server/answer.h"

#include "codec/archive.h"
#include "net/problem.h"

namespace twoseal::server {
namespace {

HttpResponse answer_of(Bytes body, std::string_view type, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"cache-control", "no-store"}, {"content-type", std::string(type)}};
  response.body = std::move(body);
  return response;
}

int status_of(Exit exit) {
  switch (exit) {
    case Exit::sign_in_needed:
      return 401;
    case Exit::denied:
    case Exit::permission:
      return 403;
    case Exit::no_input:
      return 404;
    case Exit::stale:
    case Exit::pending:
      return 409;
    case Exit::bad_data:
    case Exit::usage:
      return 400;
    case Exit::verification_failed:
      return 422;
    case Exit::try_again:
    case Exit::unavailable:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

HttpResponse json_answer(const Json::Object& fields, int status) {
  return answer_of(Json(fields).text() + "\n", "application/json", status);
}

HttpResponse canonical_answer(Bytes bytes) {
  return answer_of(std::move(bytes), "application/json");
}

HttpResponse octets_answer(Bytes bytes) {
  return answer_of(std::move(bytes), "application/octet-stream");
}

HttpResponse text_answer(std::string text, std::string_view type, int status) {
  return answer_of(std::move(text), type, status);
}

HttpResponse pem_answer(std::string pem) {
  return answer_of(std::move(pem), "application/x-pem-file");
}

HttpResponse empty_answer() {
  HttpResponse response;
  response.status = 204;
  response.headers = {{"cache-control", "no-store"}};
  return response;
}

Result<HttpResponse> zip_answer(const Files& files) {
  TWOSEAL_TRY(Bytes bytes, codec::write_archive(codec::ArchiveFiles(files.begin(), files.end())));
  return answer_of(std::move(bytes), "application/zip");
}

HttpResponse park_answer(std::string channel, std::uint64_t seen, std::chrono::milliseconds wait) {
  HttpResponse response;
  response.park = Park{std::move(channel), seen, wait};
  return response;
}

int status_of(Errc code) {
  switch (code) {
    case Errc::exists_already:
    case Errc::in_progress:
    case Errc::key_reused:
    case Errc::report_old:
    case Errc::wrong_state:
    case Errc::nothing_to_sign:
    case Errc::superseded:
      return 409;
    case Errc::too_large:
      return 413;
    case Errc::too_many_tries:
      return 429;
    case Errc::clock_differs:
      return 422;
    case Errc::disk_full:
      return 503;
    default:
      return status_of(error_info(code).exit);
  }
}

HttpResponse error_answer(const Error& error) {
  const int status = status_of(error.code);
  HttpResponse response = problem_response(status, error);
  if (status == 429 || status == 503) {
    response.headers["retry-after"] = status == 429 ? "60" : "1";
  }
  if (status == 401) {
    response.headers["www-authenticate"] = "Bearer";
  }
  return response;
}

}  // namespace twoseal::server
