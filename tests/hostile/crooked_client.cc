#include "tests/hostile/crooked_client.h"

#include "base/check.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "net/content_coding.h"

namespace twoseal::hostile {
namespace {

Files files_in(BytesView body) {
  auto files = codec::read_archive(body).value();
  return {std::make_move_iterator(files.begin()), std::make_move_iterator(files.end())};
}

bool is_good(const Result<HttpResponse>& answer) {
  return answer && answer->status == 200;
}

}  // namespace

Result<HttpResponse> CrookedClient::call(const HttpRequest& request,
                                         std::chrono::milliseconds wait) {
  hear(request);
  Result<HttpResponse> answer = honest_->call(request, wait);
  if (twist) {
    twist(request, answer);
  }
  return answer;
}

void CrookedClient::hear(HttpRequest request) {
  const auto restored = restore_body(request, codec::kArchiveMax);
  check(restored.has_value(), restored ? "" : restored.error().what);
  paths.push_back(request.path);
  if (request.path == "/v1/results") {
    const Files files = files_in(request.body);
    results.push_back(codec::decode<HostResult>(files.at("object.json")).value());
  } else if (request.path == "/v1/reports") {
    const Files files = files_in(request.body);
    reports.push_back(codec::decode<AgentReport>(files.at("object.json")).value());
  } else if (request.path == "/v1/plan-refusals") {
    plan_refusals.push_back(codec::decode<PlanRefusal>(request.body).value());
  } else if (request.path == "/v1/plan-answers") {
    plan_answers.push_back(request.body);
  }
}

Twist edit_body(std::string prefix, std::function<void(Bytes& body)> edit) {
  return [prefix = std::move(prefix), edit = std::move(edit)](const HttpRequest& request,
                                                              Result<HttpResponse>& answer) {
    if (request.path.starts_with(prefix) && is_good(answer)) {
      edit(answer->body);
    }
  };
}

Twist edit_files(std::string prefix, std::function<void(Files& files)> edit) {
  return edit_body(std::move(prefix), [edit = std::move(edit)](Bytes& body) {
    Files files = files_in(body);
    edit(files);
    body = codec::write_archive(files).value();
  });
}

Twist give_files(std::string prefix, Files files) {
  return [prefix = std::move(prefix), files = std::move(files)](const HttpRequest& request,
                                                                Result<HttpResponse>& answer) {
    if (request.path.starts_with(prefix)) {
      answer = HttpResponse{.body = codec::write_archive(files).value()};
    }
  };
}

Twist break_call(std::string prefix, Errc code) {
  return
      [prefix = std::move(prefix), code](const HttpRequest& request, Result<HttpResponse>& answer) {
        if (request.path.starts_with(prefix)) {
          answer = fail(code, "the attacker is on the line");
        }
      };
}

Twist offer(Work work) {
  return edit_files("/v1/contact", [work](Files& files) {
    WorkList list = codec::decode<WorkList>(files.at("work.json")).value();
    list.work.insert(list.work.begin(), work);
    files["work.json"] = codec::encode(list);
  });
}

Twist both(Twist first, Twist second) {
  return [first = std::move(first), second = std::move(second)](const HttpRequest& request,
                                                                Result<HttpResponse>& answer) {
    first(request, answer);
    second(request, answer);
  };
}

}  // namespace twoseal::hostile
