// Between a real agent and an honest server: hears what is said, and twists what comes back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/agent_report.h"
#include "model/change.h"
#include "model/contact.h"
#include "net/client.h"
#include "policy/bundle.h"

namespace twoseal::hostile {

/// What the server does to one answer: change it, or put another or an error in its place.
using Twist = std::function<void(const HttpRequest& request, Result<HttpResponse>& answer)>;

class CrookedClient final : public HttpClient {
 public:
  explicit CrookedClient(std::unique_ptr<HttpClient> honest) : honest_(std::move(honest)) {}

  Result<HttpResponse> call(const HttpRequest& request, std::chrono::milliseconds wait) override;

  /// Nothing: the honest server.
  Twist twist;

  // What the agent told, oldest first.
  std::vector<HostResult> results;
  std::vector<AgentReport> reports;
  std::vector<PlanRefusal> plan_refusals;
  std::vector<Bytes> plan_answers;  ///< bodies
  std::vector<std::string> paths;   ///< of all requests

 private:
  void hear(HttpRequest request);

  std::unique_ptr<HttpClient> honest_;
};

// The parts of an attack. Each twists answers whose path begins with `prefix`, and no others.

/// Edits the files of an archive.
[[nodiscard]] Twist edit_files(std::string prefix, std::function<void(Files& files)> edit);

/// Edits the octets of the body.
[[nodiscard]] Twist edit_body(std::string prefix, std::function<void(Bytes& body)> edit);

/// Puts these files in the place of the answer.
[[nodiscard]] Twist give_files(std::string prefix, Files files);

/// The call fails so.
[[nodiscard]] Twist break_call(std::string prefix, Errc code);

/// Asks the agent to look at this too, before anything else.
[[nodiscard]] Twist offer(Work work);

/// One after the other.
[[nodiscard]] Twist both(Twist first, Twist second);

}  // namespace twoseal::hostile
