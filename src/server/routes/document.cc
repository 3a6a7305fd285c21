#include "server/routes/shared.h"

namespace twoseal::server {

Result<HttpResponse> get_documents(const Call& call) {
  TWOSEAL_TRY(const Remembered remembered, remembered_in(call));
  TWOSEAL_TRY(const Files files, call.parts.files.files_of_all(remembered));
  return zip_answer(files);
}

namespace {

constexpr std::size_t kWaitingMax = 100;

Json::Array signers_json(const WaitingDocument& one) {
  Json::Array signers;
  for (const ActorId& by : one.signers) {
    signers.emplace_back(by.text());
  }
  return signers;
}

}  // namespace

Result<HttpResponse> list_waiting_documents(const Call& call) {
  Json::Array list;
  for (const WaitingDocument& one : call.caller.documents->waiting) {
    if (list.size() >= kWaitingMax) {
      break;
    }
    list.emplace_back(Json::Object{{"type", name_of(one.type)},
                                   {"digest", one.digest.text()},
                                   {"version", one.version},
                                   {"env", one.env ? one.env->text() : ""},
                                   {"signers", signers_json(one)}});
  }
  return json_answer({{"waiting", std::move(list)}});
}

}  // namespace twoseal::server
