// For tests: the real ssh-keygen in a directory of its own, which is removed at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "base/bytes.h"
#include "base/encoding.h"

namespace twoseal {

class SshKeygen {
 public:
  SshKeygen() {
    std::string name = (std::filesystem::temp_directory_path() / "twoseal-crypto-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    directory_ = name;
  }

  SshKeygen(const SshKeygen&) = delete;
  SshKeygen& operator=(const SshKeygen&) = delete;

  ~SshKeygen() { std::filesystem::remove_all(directory_); }

  void write(const std::string& name, BytesView text) const {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    std::filesystem::permissions(
        directory_ / name,
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  [[nodiscard]] Bytes read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(directory_ / name, std::ios::binary).rdbuf();
    return text.str();
  }

  /// Whether `ssh-keygen ARGUMENTS` succeeds in the directory. Its output is in the file `out`.
  [[nodiscard]] bool run(const std::string& arguments) const {
    const std::string command =
        "cd '" + directory_.string() + "' && ssh-keygen " + arguments + " >out 2>&1";
    return std::system(command.c_str()) ==
           0;  // NOLINT(concurrency-mt-unsafe): tests run in one thread
  }

  /// Makes the key file `name`; its public blob.
  [[nodiscard]] Bytes make_key(const std::string& name, const std::string& type) const {
    REQUIRE(run("-q -t " + type + " -N '' -C test -f " + name));
    std::istringstream line(read(name + ".pub"));
    std::string word;
    line >> word >> word;
    return base64_decode(word).value();
  }

  [[nodiscard]] std::string sign(const std::string& key,
                                 const std::string& name_space,
                                 BytesView message,
                                 const std::string& options = "") const {
    write("message", message);
    std::filesystem::remove(directory_ / "message.sig");
    REQUIRE(run("-q -Y sign " + options + " -n " + name_space + " -f " + key + " message"));
    return read("message.sig");
  }

  /// `ssh-keygen -Y verify` for a signer with the public key text `key`.
  [[nodiscard]] bool verify(const std::string& key,
                            const std::string& name_space,
                            BytesView message,
                            BytesView armor) const {
    write("allowed", "signer " + key + "\n");
    write("armor", armor);
    write("message", message);
    return run("-Y verify -f allowed -I signer -n " + name_space + " -s armor <message");
  }

  /// `ssh-keygen -Y check-novalidate`: as verify, by whatever key the signature names.
  [[nodiscard]] bool check_novalidate(const std::string& name_space,
                                      BytesView message,
                                      BytesView armor) const {
    write("armor", armor);
    write("message", message);
    return run("-Y check-novalidate -n " + name_space + " -s armor <message");
  }

 private:
  std::filesystem::path directory_;
};

}  // namespace twoseal
