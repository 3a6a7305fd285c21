// The directory of a server: server.yaml, the store, keys, and the documents of the organisation.
// docs/guides/server.md.
#pragma once

#include <string>
#include <vector>

#include "base/os_log.h"
#include "server/server.h"

namespace twoseal::cli {

/// Paths in the directory of a server.
struct ServerDirectory {
  std::string path;

  [[nodiscard]] std::string settings() const { return path + "/server.yaml"; }

  [[nodiscard]] std::string organisation() const { return path + "/org"; }

  [[nodiscard]] std::string keys() const { return path + "/keys"; }

  [[nodiscard]] std::string key(const std::string& name) const { return keys() + "/" + name; }

  [[nodiscard]] std::string store() const { return path + "/store.db"; }
};

/// What server.yaml says.
struct ServerFile {
  Digest org;
  std::vector<std::string> names;  ///< by which people and hosts know the server
  server::Listen people{"127.0.0.1", 8720};
  server::Listen agents{"0.0.0.0", 8721};
  server::Listen local{"127.0.0.1", 8722};
  LogLevel log = LogLevel::info;
};

/// `127.0.0.1:8720` or `[::1]:8720`. Errc::usage.
[[nodiscard]] Result<server::Listen> parse_listen(std::string_view text);

[[nodiscard]] std::string listen_text(const server::Listen& listen);

[[nodiscard]] std::string server_yaml(const ServerFile& file);

/// Errc::bad_server_directory when there is none; Errc::bad_yaml.
[[nodiscard]] Result<ServerFile> read_server_file(const ServerDirectory& directory);

/// The names of the files under keys/ that a backup of the keys holds.
[[nodiscard]] const std::vector<std::string>& server_key_names();

/// Makes the authority for certificates of hosts, and a certificate for the TLS key that is there.
/// Errors of write_file() and make_server_certificate().
[[nodiscard]] Result<void> make_certificates(const ServerDirectory& directory,
                                             const std::string& domain,
                                             const std::vector<std::string>& names,
                                             UnixSeconds now);

/// Whether make_certificates() will find nothing wrong with `names`: for asking before anything is
/// made. Errc::usage.
[[nodiscard]] Result<void> check_server_names(const std::vector<std::string>& names);

/// Errc::bad_key and errors of read_file(), with the path; Errc::key_exposed for a key that others
/// may read.
[[nodiscard]] Result<server::ServerSecrets> read_secrets(const ServerDirectory& directory);

[[nodiscard]] Result<server::ServerTls> read_tls(const ServerDirectory& directory);

}  // namespace twoseal::cli
