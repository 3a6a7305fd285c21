// The server as a person's own program calls it: api/openapi.yaml. Nothing that it answers is
// believed: what counts is verified afterwards (trust.h), the rest is shown as its word.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/client/profile.h"
#include "codec/plain_json.h"
#include "net/client.h"
#include "policy/bundle.h"

namespace twoseal::cli {

using Query = std::map<std::string, std::string, std::less<>>;

/// Where the log has a statement, as the server says.
struct RecordedAt {
  Digest statement;
  std::int64_t index = 0;
  std::string number;  ///< `CHG-42`, or empty
  std::string change;  ///< digest, or empty
};

/// Errors of every call: those of HttpClient::call(); the server's own with its code;
/// Errc::sign_in_needed when there is no session or it is over.
class ServerApi {
 public:
  /// Without a session: login() first.
  [[nodiscard]] static Result<ServerApi> connect(const ClientProfile& profile);

  /// With the session that `twoseal login` kept. Errc::sign_in_needed.
  [[nodiscard]] static Result<ServerApi> open(const ClientProfile& profile);

  [[nodiscard]] Result<codec::PlainJson> get(const std::string& path, const Query& query = {});
  [[nodiscard]] Result<Files> get_files(const std::string& path, const Query& query = {});
  [[nodiscard]] Result<Bytes> get_bytes(const std::string& path, const Query& query = {});
  [[nodiscard]] Result<codec::PlainJson> post(const std::string& path, Bytes json);
  [[nodiscard]] Result<void> remove(const std::string& path);
  [[nodiscard]] Result<void> put_blob(const Bytes& bytes);

  /// Hands in a signed statement with the objects that go with it.
  [[nodiscard]] Result<RecordedAt> submit(const Bytes& record, const std::vector<Bytes>& objects);

  /// The same to another path: requests for plans.
  [[nodiscard]] Result<codec::PlainJson> submit_to(const std::string& path,
                                                   const Bytes& record,
                                                   const std::vector<Bytes>& objects);

  void set_token(std::string token) { token_ = std::move(token); }

 private:
  ServerApi(std::unique_ptr<HttpClient> client, std::string login)
      : client_(std::move(client)), login_(std::move(login)) {}

  [[nodiscard]] Result<Bytes> call(HttpRequest request, std::chrono::seconds wait);

  std::unique_ptr<HttpClient> client_;
  std::string login_;  ///< the command that opens a session
  std::string token_;
};

/// An error that the server answered with, as one that happened there and not here.
[[nodiscard]] Error at_server(Error problem);

/// The file of a profile's state that holds the bearer token.
inline constexpr const char* kSessionFile = "session";

}  // namespace twoseal::cli
