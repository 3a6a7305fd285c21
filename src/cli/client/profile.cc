#include "cli/client/profile.h"

#include <charconv>

#include "authoring/table.h"
#include "base/os_environment.h"
#include "base/os_file.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kProfileMax = 65'536;

std::string profile_file(const std::string& name) {
  return config_directory() + "/" + name + ".yaml";
}

// Every directory on the way to `path`, which begins in the person's home.
Result<void> make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (!is_directory(directory)) {
      TWOSEAL_TRY_VOID(make_directory(directory, Access::owner, Existing::replace));
    }
  }
  return is_directory(path) ? Result<void>()
                            : make_directory(path, Access::owner, Existing::replace);
}

// What `http://` may lead to. Other names could be looked up to anywhere.
bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return out + "\"";
}

}  // namespace

std::string ClientProfile::state_directory() const {
  return twoseal::state_directory() + "/" + name;
}

Result<std::string> profile_name(const Arguments& arguments) {
  std::string name =
      arguments.text("--profile", environment("TWOSEAL_PROFILE").value_or("default"));
  if (!is_id_text(name)) {
    return fail(Errc::usage, "'" + name + "' is not the name of a profile");
  }
  return name;
}

std::string command_for(const std::string& verb, const ClientProfile& profile) {
  return "twoseal " + verb + (profile.name == "default" ? "" : " --profile " + profile.name);
}

Result<ClientProfile> read_profile(const std::string& name) {
  const std::string path = profile_file(name);
  auto text = read_file(path, kProfileMax);
  if (!text && text.error().code == Errc::no_input) {
    const ClientProfile wanted{.name = name};
    return fail(Errc::no_profile,
                "there is no profile '" + name + "'",
                path,
                command_for("login", wanted) +
                    " --server https://HOST:8720 --org DIGEST --pin DIGEST --by p:NAME --key FILE");
  }
  if (!text) {
    return std::unexpected(std::move(text).error());
  }
  TWOSEAL_TRY(const authoring::Node tree, authoring::parse_yaml(*text, path));
  authoring::Problems problems(path);
  authoring::Table table(authoring::Value(tree, problems, ""));
  ClientProfile profile;
  profile.name = name;
  profile.server = table.required("server").text({1, 256});
  profile.org = table.required("org").parsed<Digest>(Digest::parse);
  profile.by = table.required("by").parsed<ActorId>(ActorId::parse);
  profile.key = table.required("key").text({1, 4096});
  for (const authoring::Value& pin : table.optional("pins").list({0, 16})) {
    profile.pins.insert(pin.parsed<Digest>(Digest::parse));
  }
  table.finish();
  if (problems.any()) {
    return std::unexpected(problems.error());
  }
  return profile;
}

Result<void> write_profile(const ClientProfile& profile) {
  TWOSEAL_TRY_VOID(make_directories(config_directory()));
  std::string text = "# Written by: twoseal login\n";
  text += "server: " + quoted(profile.server) + "\n";
  text += "org: " + profile.org.text() + "\n";
  text += "by: " + profile.by.text() + "\n";
  text += "key: " + quoted(profile.key) + "\n";
  text += profile.pins.empty() ? "" : "pins:\n";
  for (const Digest& pin : profile.pins) {
    text += "  - " + pin.text() + "\n";
  }
  return write_file(profile_file(profile.name), text, Access::owner, Existing::replace);
}

Result<ServerAddress> server_address(const ClientProfile& profile) {
  constexpr std::string_view kTls = "https://";
  constexpr std::string_view kPlain = "http://";
  std::string_view rest = profile.server;
  ServerAddress address;
  address.pins = profile.pins;
  if (rest.starts_with(kTls)) {
    rest.remove_prefix(kTls.size());
  } else if (rest.starts_with(kPlain)) {
    rest.remove_prefix(kPlain.size());
    address.transport = Transport::plain;
  } else {
    return fail(Errc::usage,
                "'" + profile.server + "' is not an address of the form https://HOST:PORT");
  }
  const std::size_t colon = rest.rfind(':');
  const std::string_view port =
      colon != std::string_view::npos ? rest.substr(colon + 1) : std::string_view("8720");
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  address.host = std::string(rest.substr(0, colon));
  if (error != std::errc() || end != port.data() + port.size() || address.port == 0 ||
      address.host.empty() || rest.find('/') != std::string_view::npos) {
    return fail(Errc::usage,
                "'" + profile.server + "' is not an address of the form https://HOST:PORT");
  }
  if (address.transport == Transport::plain && !is_this_machine(address.host)) {
    return fail(Errc::plain_http,
                "'" + profile.server + "' is not on this machine",
                "",
                "begin the address with https://");
  }
  return address;
}

Result<std::optional<Bytes>> read_state(const ClientProfile& profile,
                                        const std::string& file,
                                        std::size_t size_max) {
  auto bytes = read_file(profile.state_directory() + "/" + file, size_max, Links::refuse);
  if (!bytes && bytes.error().code == Errc::no_input) {
    return std::nullopt;
  }
  if (!bytes) {
    return std::unexpected(std::move(bytes).error());
  }
  return *std::move(bytes);
}

Result<void> write_state(const ClientProfile& profile, const std::string& file, BytesView bytes) {
  const std::string path = profile.state_directory() + "/" + file;
  TWOSEAL_TRY_VOID(make_directories(path.substr(0, path.rfind('/'))));
  return write_file(path, bytes, Access::owner, Existing::replace);
}

}  // namespace twoseal::cli
