#include "tests/differential/openssh_oracle.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/encoding.h"
#include "base/os_process.h"
#include "crypto/armor.h"
#include "crypto/sshsig.h"
#include "crypto/wire.h"

namespace twoseal::differential {
namespace {

constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view kEnd = "\n-----END SSH SIGNATURE-----";

// As sshsig_dearmor() of OpenSSH: all between the first line and the first footer, blanks left out.
std::optional<Bytes> generous_blob(const std::string& armor) {
  const std::size_t end = armor.find(kEnd);
  if (!armor.starts_with(kBegin) || end == std::string::npos) {
    return std::nullopt;
  }
  std::string text = armor.substr(kBegin.size(), end - kBegin.size());
  std::erase_if(text, [](char c) { return std::string_view(" \n\t\r\v\f").contains(c); });
  auto blob = base64_decode(text);
  return blob ? std::optional(*std::move(blob)) : std::nullopt;
}

Bytes without_zeros(BytesView number) {
  number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size()));
  return (!number.empty() && octet(number, 0) >= 0x80 ? Bytes(1, '\0') : Bytes()) + Bytes(number);
}

// The signature's numbers in the spelling that we accept.
Bytes mended_value(const Bytes& value, bool ed25519) {
  if (ed25519) {
    return value.size() == 64 ? fuzz::below_order(value) : value;
  }
  WireReader reader(value);
  const Bytes r(reader.string());
  const Bytes s(reader.string());
  return reader.finished() ? wire_string(without_zeros(r)) + wire_string(without_zeros(s)) : value;
}

void write_file(const std::filesystem::path& path, BytesView bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

OpensshOracle::OpensshOracle() {
  directory_ = (std::filesystem::temp_directory_path() / "twoseal-openssh-XXXXXX").string();
  check(::mkdtemp(directory_.data()) != nullptr, "a temporary directory can be made");
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  std::string allowed;
  for (const fuzz::Signer& signer : fuzz::signers()) {
    allowed += signer.name + ' ' + signer.pub.ssh_text() + '\n';
  }
  write_file(directory_ + "/allowed", allowed);
}

OpensshOracle::~OpensshOracle() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool OpensshOracle::accepts(const fuzz::Signer& signer, const std::string& armor) const {
  write_file(directory_ + "/armor", armor);
  const auto run = run_command({.arguments = {"ssh-keygen",
                                              "-Y",
                                              "verify",
                                              "-f",
                                              directory_ + "/allowed",
                                              "-I",
                                              signer.name,
                                              "-n",
                                              std::string(fuzz::kNamespace),
                                              "-s",
                                              directory_ + "/armor"},
                                .input = Bytes(fuzz::kMessage)});
  check(run.has_value(), "ssh-keygen can be run");
  return run->exit == 0;
}

std::string_view name_of(Difference difference) {
  switch (difference) {
    case Difference::framing:
      return "framing";
    case Difference::version:
      return "version";
    case Difference::reserved:
      return "reserved";
    case Difference::number:
      return "number";
    case Difference::untouched:
      return "untouched";
    case Difference::unexplained:
      break;
  }
  return "unexplained";
}

Difference explain(const fuzz::Signer& signer, const std::string& armor) {
  const auto blob = generous_blob(armor);
  auto fields = blob ? fuzz::read_fields(*blob, signer.pub.is_sk()) : std::nullopt;
  if (!fields) {
    return Difference::unexplained;
  }
  const fuzz::SshsigFields before = *fields;
  fields->version = 1;
  fields->reserved.clear();
  fields->value = mended_value(before.value, signer.pub.is_ed25519());
  const bool touched = !signer.pub.is_sk() || (before.flags & kFlagUserPresent) != 0;
  const auto mended = verify_sshsig(
      signer.pub, fuzz::kNamespace, fuzz::kMessage, put_armor(kSshSignature, fields->blob()));
  if (touched ? !mended : before.public_key != signer.pub.encoded()) {
    return Difference::unexplained;
  }
  if (put_armor(kSshSignature, *blob) != armor && put_armor(kSshSignature, *blob) != armor + '\n') {
    return Difference::framing;
  }
  if (before.version != 1) {
    return Difference::version;
  }
  if (!before.reserved.empty()) {
    return Difference::reserved;
  }
  if (before.value != fields->value) {
    return Difference::number;
  }
  return touched ? Difference::unexplained : Difference::untouched;
}

}  // namespace twoseal::differential
