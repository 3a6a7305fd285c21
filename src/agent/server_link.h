// The server as the agent calls it: docs/formats/agent-protocol.md. Everything that comes back is
// bounded and canonical, and nothing in it is believed: the trust core judges it.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "agent/outbox.h"
#include "model/contact.h"
#include "model/plan.h"
#include "net/client.h"
#include "policy/bundle.h"

namespace twoseal {

/// What a contact brought: documents as a decision directory without a change, and what to look at.
struct ContactAnswer {
  Files documents;
  std::vector<Work> work;
};

/// Errors of every call: those of HttpClient::call(); the server's own error when it refuses, with
/// its code where this program knows it, else Errc::server_refused; Errc::bad_http for an answer
/// that is not of the form.
class ServerLink {
 public:
  /// `client` must outlive the link.
  explicit ServerLink(HttpClient& client) : client_(client) {}

  [[nodiscard]] Result<ContactAnswer> contact(const Contact& contact);

  /// The decision directory of a change for the host that asks, without state and inputs. `held`:
  /// what the host holds now, after the contact: the log may have grown since.
  [[nodiscard]] Result<Files> change(const Digest& change, const Contact& held);

  /// `request.json`, `record.json` and `blobs/HEX`.
  [[nodiscard]] Result<Files> plan_request(const Digest& request);

  [[nodiscard]] Result<void> answer_plan(BytesView answer, BytesView record, BytesView plan_class);

  [[nodiscard]] Result<void> refuse_plan(const PlanRefusal& refusal);

  /// Returns when the server has it in its log (results) or on its disk (reports).
  [[nodiscard]] Result<void> deliver(const Mail& mail);

  [[nodiscard]] Result<void> tell(const RunLog& log);

  /// Before there is a certificate: asks again and again with the same request.
  [[nodiscard]] Result<JoinStanding> join(const JoinSubmission& submission);

  /// A certificate for the next 30 days, for the same key. PEM both ways.
  [[nodiscard]] Result<std::string> renew(const std::string& request_pem);

 private:
  using Query = std::map<std::string, std::string, std::less<>>;

  [[nodiscard]] Result<Bytes> call(const std::string& method,
                                   const std::string& path,
                                   Bytes body,
                                   std::string_view content_type,
                                   std::chrono::seconds wait,
                                   const Query& query = {});
  [[nodiscard]] Result<Files> get_files(const std::string& path, const Query& query);

  HttpClient& client_;
};

}  // namespace twoseal
