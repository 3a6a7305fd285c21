#include "cli/signing_key.h"

#include "base/encoding.h"
#include "base/os_file.h"
#include "base/os_process.h"
#include "base/os_terminal.h"
#include "base/shell_text.h"
#include "base/wipe.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "policy/keyring.h"

namespace twoseal::cli {
namespace {

constexpr std::string_view kPublicSuffix = ".pub";
constexpr std::string_view kOpensshBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kOwnApplication = "ssh:twoseal";

// For a program that must not ask anybody: OpenSSH then asks a helper, and this one has no answer.
void forbid_asking(Command& command) {
  command.environment_with = {"SSH_ASKPASS=/bin/false", "SSH_ASKPASS_REQUIRE=force"};
}

// The key in a line `TYPE BASE64 [COMMENT]`.
Result<PublicKey> parse_public_line(std::string_view text, const std::string& path) {
  const std::size_t first = text.find(' ');
  if (first == std::string_view::npos) {
    return fail(Errc::bad_key, "there is no public key in it", path);
  }
  const std::size_t end = text.find_first_of(" \r\n", first + 1);
  const auto blob = base64_decode(text.substr(first + 1, end - first - 1));
  auto key = blob ? PublicKey::parse_ssh(*blob) : Result<PublicKey>(std::unexpected(blob.error()));
  if (!key) {
    return fail(Errc::bad_key, key.error().what, path);
  }
  return key;
}

// The public half of an OpenSSH key file, from the file beside it or from ssh-keygen.
Result<PublicKey> public_half(const std::string& path) {
  const std::string beside = path + std::string(kPublicSuffix);
  if (path_exists(beside)) {
    TWOSEAL_TRY(const Bytes text, read_file(beside, kKeyFileMax));
    return parse_public_line(text, beside);
  }
  Command command;
  command.arguments = {"ssh-keygen", "-y", "-f", path};
  forbid_asking(command);  // a passphrase is for signing, not for looking
  TWOSEAL_TRY(const Finished finished, run_command(command));
  if (finished.exit != 0) {
    return fail(Errc::bad_key,
                "its public half is not known: there is no " + beside,
                path,
                "put the .pub file beside it: ssh-keygen -y -f " + path);
  }
  return parse_public_line(finished.output, path);
}

KeyFile with_kind(KeyFile key) {
  key.kind = key.pub.is_sk() ? KeyKind::sk : key.kind;
  return key;
}

Result<std::string> sign_with_openssh(const KeyFile& key,
                                      std::string_view name_space,
                                      BytesView message,
                                      bool may_ask) {
  Command command;
  command.arguments = {"ssh-keygen", "-Y", "sign", "-n", std::string(name_space), "-f", key.path};
  command.input = Bytes(message);
  command.talk = Talk::pass_on;
  const bool own = key.pub.application() == kOwnApplication;
  if (own && key.path.ends_with(kPublicSuffix)) {
    return fail(
        Errc::key_rule,
        "a key of application ssh:twoseal signs only from its own file, never through an agent",
        key.path);
  }
  if (own) {
    command.environment_without = {"SSH_AUTH_SOCK"};
  }
  if (!may_ask) {
    forbid_asking(command);
  }
  TWOSEAL_TRY(const Finished finished, run_command(command));
  if (finished.exit != 0) {
    return fail(Errc::tool_failed,
                shell_text(command.arguments) + " ended with an error" +
                    (may_ask ? "" : "; with --no-input it may not ask for a passphrase or PIN"),
                key.path);
  }
  return finished.output;
}

}  // namespace

Result<Bytes> get_passphrase(std::string_view question,
                             const std::optional<std::string>& file,
                             bool may_ask) {
  if (file) {
    return read_passphrase_file(*file);
  }
  if (!may_ask) {
    return fail(Errc::usage, "a passphrase is needed; give it with --passphrase-file");
  }
  return ask_passphrase(question);
}

Result<KeyFile> open_key_file(const std::string& path) {
  TWOSEAL_TRY(Bytes text, read_file(path, kKeyFileMax));
  if (auto local = local_file_public_key(text)) {
    return KeyFile{
        path, *std::move(local), KeyKind::local_file, Holder::local_file, std::move(text)};
  }
  if (path.ends_with(kPublicSuffix)) {
    TWOSEAL_TRY(PublicKey pub, parse_public_line(text, path));
    return with_kind({path, std::move(pub), KeyKind::ssh, Holder::ssh_keygen, {}});
  }
  if (!text.starts_with(kOpensshBegin)) {
    return fail(Errc::bad_key, "this is no key file that twoseal knows", path);
  }
  auto opened = from_openssh(text);
  if (opened) {
    return KeyFile{path, opened->public_key(), KeyKind::ssh, Holder::plain_file, std::move(text)};
  }
  wipe(text);
  if (opened.error().code != Errc::key_needs_ssh_keygen) {
    return fail(opened.error().code, opened.error().what, path);
  }
  TWOSEAL_TRY(PublicKey pub, public_half(path));
  return with_kind({path, std::move(pub), KeyKind::ssh, Holder::ssh_keygen, {}});
}

Result<std::string> sign_with(const KeyFile& key,
                              std::string_view name_space,
                              BytesView message,
                              const std::optional<std::string>& passphrase_file,
                              bool may_ask) {
  if (key.holder == Holder::ssh_keygen) {
    return sign_with_openssh(key, name_space, message, may_ask);
  }
  if (key.holder == Holder::plain_file) {
    TWOSEAL_TRY(const PrivateKey opened, from_openssh(key.text));
    return opened.sign_sshsig(name_space, message);
  }
  TWOSEAL_TRY(Bytes passphrase,
              get_passphrase("passphrase of " + key.path + ": ", passphrase_file, may_ask));
  auto opened = from_local_file(key.text, passphrase);
  wipe(passphrase);
  if (!opened) {
    return fail(opened.error().code, opened.error().what, key.path);
  }
  return opened->sign_sshsig(name_space, message);
}

Result<Bytes> new_passphrase(std::string_view question,
                             const std::optional<std::string>& file,
                             bool may_ask) {
  TWOSEAL_TRY(Bytes first, get_passphrase(question, file, may_ask));
  if (file) {
    return first;
  }
  TWOSEAL_TRY(Bytes second, get_passphrase("the same again: ", file, may_ask));
  const bool same = equal_constant_time(first, second);
  wipe(second);
  if (!same) {
    wipe(first);
    return fail(Errc::usage, "the two passphrases differ");
  }
  return first;
}

}  // namespace twoseal::cli
