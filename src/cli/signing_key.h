// A key file that somebody signs with, whichever of the accepted kinds it is.
#pragma once

#include <optional>
#include <string>

#include "crypto/private_key.h"
#include "crypto/public_key.h"
#include "model/roster.h"

namespace twoseal::cli {

/// Who makes the signature.
enum class Holder {
  local_file,  ///< this program, after the passphrase
  plain_file,  ///< this program
  ssh_keygen,  ///< OpenSSH: security keys, protected files, keys in an agent
};

struct KeyFile {
  std::string path;
  PublicKey pub;
  KeyKind kind = KeyKind::ssh;
  Holder holder = Holder::plain_file;
  Bytes text;  ///< of files that this program opens itself
};

/// Looks at a key file without asking for a passphrase: a key made by `key new --local`, an OpenSSH
/// private key, or a `.pub` file whose private half an agent or a security key holds. Errc::bad_key
/// for anything else; errors of read_file().
[[nodiscard]] Result<KeyFile> open_key_file(const std::string& path);

/// Signs `message` for the purpose `name_space`. Asks for the passphrase on the terminal unless
/// `passphrase_file` is given or `may_ask` is false; lets ssh-keygen ask for what it holds. Keys of
/// application `ssh:twoseal` are never used through an agent: Errc::key_rule.
[[nodiscard]] Result<std::string> sign_with(const KeyFile& key,
                                            std::string_view name_space,
                                            BytesView message,
                                            const std::optional<std::string>& passphrase_file,
                                            bool may_ask);

/// A passphrase from the file, or from the terminal.
[[nodiscard]] Result<Bytes> get_passphrase(std::string_view question,
                                           const std::optional<std::string>& file,
                                           bool may_ask);

/// A new passphrase. Asks twice on the terminal, since nobody could use what a mistyped one
/// protects. Errc::usage when the two differ.
[[nodiscard]] Result<Bytes> new_passphrase(std::string_view question,
                                           const std::optional<std::string>& file,
                                           bool may_ask);

}  // namespace twoseal::cli
