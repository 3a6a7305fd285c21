#include "cli/server_directory.h"

#include <algorithm>
#include <charconv>

#include "authoring/table.h"
#include "base/os_file.h"
#include "cli/ledger_store.h"
#include "crypto/certificate.h"
#include "crypto/key_file.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kAuthorityDays = 3'650;
constexpr authoring::Range kNameCount{1, 16};

bool is_address(const std::string& name) {
  return name.find_first_not_of("0123456789.") == std::string::npos ||
         name.find(':') != std::string::npos;
}

server::Listen listen_at(const authoring::Value& value, const server::Listen& otherwise) {
  return value.present() ? value.parsed<server::Listen>(parse_listen) : otherwise;
}

ServerNames certified(const std::vector<std::string>& names) {
  ServerNames known;
  for (const std::string& name : names) {
    (is_address(name) ? known.addresses : known.names).push_back(name);
  }
  return known;
}

Result<PrivateKey> read_own_key(const ServerDirectory& directory, const std::string& name) {
  TWOSEAL_TRY_VOID(check_owners_alone(directory.key(name)));
  return read_service_key(directory.key(name));
}

Result<std::string> read_pem(const std::string& path) {
  return read_file(path, kCertificateMax);
}

}  // namespace

Result<server::Listen> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view address = text.substr(0, std::min(colon, text.size()));
  const std::string_view port =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  server::Listen listen{std::string(address), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  if (address.empty() || port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return fail(Errc::usage,
                "'" + std::string(text) + "' is no ADDRESS:PORT, such as 127.0.0.1:8720");
  }
  return listen;
}

std::string listen_text(const server::Listen& listen) {
  const bool v6 = listen.address.find(':') != std::string::npos;
  return (v6 ? "[" + listen.address + "]" : listen.address) + ":" + std::to_string(listen.port);
}

std::string server_yaml(const ServerFile& file) {
  std::string names;
  for (const std::string& name : file.names) {
    names += "\n  - " + name;
  }
  return "# Made by twoseal server init; docs/guides/server.md says what each line means.\n"
         "org: " +
         file.org.text() + "\nnames:" + names + "\npeople: \"" + listen_text(file.people) +
         "\"\nagents: \"" + listen_text(file.agents) + "\"\nlocal: \"" + listen_text(file.local) +
         "\"\nlog: " + (file.log == LogLevel::debug ? "debug" : "info") + "\n";
}

Result<ServerFile> read_server_file(const ServerDirectory& directory) {
  const std::string path = directory.settings();
  if (!path_exists(path)) {
    return fail(Errc::bad_server_directory, "there is no server.yaml in it", directory.path);
  }
  TWOSEAL_TRY(const Bytes text, read_file(path, authoring::kYamlMax));
  TWOSEAL_TRY(const authoring::Node root, authoring::parse_yaml(text, path));
  authoring::Problems problems(path);
  authoring::Table table(authoring::Value(root, problems, ""));
  ServerFile file;
  file.org = table.required("org").digest();
  file.names = table.required("names").texts(kNameCount, authoring::kLine);
  file.people = listen_at(table.optional("people"), file.people);
  file.agents = listen_at(table.optional("agents"), file.agents);
  file.local = listen_at(table.optional("local"), file.local);
  file.log = table.optional("log").word({"debug", "info"}, "info") == "debug" ? LogLevel::debug
                                                                              : LogLevel::info;
  table.finish();
  return problems.any() ? Result<ServerFile>(std::unexpected(problems.error())) : file;
}

const std::vector<std::string>& server_key_names() {
  static const std::vector<std::string> kNames = {
      "authority.key", "log.key", "timekeeper.key", "tls-server.key", "tls-spare.key"};
  return kNames;
}

Result<void> check_server_names(const std::vector<std::string>& names) {
  if (names.size() > kNameCount.max) {
    return fail(Errc::usage, "--name is given more than 16 times");
  }
  const PrivateKey any = PrivateKey::generate_p256();
  constexpr std::size_t kCommonNameMax = 64;
  for (const std::string& name : names) {
    if (name.size() > kCommonNameMax) {
      return fail(Errc::usage, "--name '" + name + "' has more than 64 characters");
    }
    const auto made = make_server_certificate(any, certified({name}), valid_for(1, 0));
    if (!made) {
      return fail(Errc::usage, "--name '" + name + "': " + made.error().what);
    }
  }
  return {};
}

Result<void> make_certificates(const ServerDirectory& directory,
                               const std::string& domain,
                               const std::vector<std::string>& names,
                               UnixSeconds now) {
  const Validity validity = valid_for(kAuthorityDays, now);
  const PrivateKey authority = PrivateKey::generate_p256();
  TWOSEAL_TRY_VOID(write_service_key(directory.key("authority.key"), authority));
  TWOSEAL_TRY_VOID(write_file(directory.key("authority.pem"),
                              make_authority_certificate(authority, domain + " hosts", validity),
                              Access::owner,
                              Existing::keep));
  TWOSEAL_TRY(const PrivateKey tls, read_service_key(directory.key("tls-server.key")));
  TWOSEAL_TRY(const std::string certificate,
              make_server_certificate(tls, certified(names), validity));
  return write_file(directory.key("tls-server.pem"), certificate, Access::owner, Existing::keep);
}

Result<server::ServerSecrets> read_secrets(const ServerDirectory& directory) {
  TWOSEAL_TRY(PrivateKey log, read_own_key(directory, "log.key"));
  TWOSEAL_TRY(PrivateKey timekeeper, read_own_key(directory, "timekeeper.key"));
  TWOSEAL_TRY(PrivateKey authority, read_own_key(directory, "authority.key"));
  TWOSEAL_TRY(std::string certificate, read_pem(directory.key("authority.pem")));
  return server::ServerSecrets{
      std::move(log), std::move(timekeeper), std::move(authority), std::move(certificate)};
}

Result<server::ServerTls> read_tls(const ServerDirectory& directory) {
  const std::string path = directory.key("tls-server.pem");
  TWOSEAL_TRY(std::string certificate, read_pem(path));
  if (auto read = read_certificate(certificate); !read) {
    read.error().where = path;
    return std::unexpected(std::move(read).error());
  }
  TWOSEAL_TRY([[maybe_unused]] const PrivateKey whole, read_own_key(directory, "tls-server.key"));
  TWOSEAL_TRY_VOID(check_owners_alone(directory.key("tls-server.key")));
  TWOSEAL_TRY(std::string key, read_file(directory.key("tls-server.key"), kKeyFileMax));
  return server::ServerTls{std::move(certificate), std::move(key)};
}

}  // namespace twoseal::cli
