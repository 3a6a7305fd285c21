#include "crypto/certificate.h"

#include <cstdlib>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/os_file.h"
#include "base/os_process.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"

using namespace twoseal;

namespace {

constexpr UnixSeconds kNow = 1'795'000'000;
constexpr std::string_view kHost = "h:b75dd10b9ffca96f72837ac323ff9e7b";

/// An authority, a host's key and a directory for openssl.
struct World {
  PrivateKey ca_key = PrivateKey::generate_p256();
  PrivateKey host_key = PrivateKey::generate_p256();
  std::string ca = make_authority_certificate(ca_key, "twoseal hosts", valid_for(3650, kNow));
  std::string directory;

  World() {
    std::string name = "/tmp/twoseal-certificate-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    directory = name;
  }

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  ~World() {
    const auto entries = list_directory(directory, 100).value();
    for (const DirectoryEntry& entry : entries) {
      CHECK(remove_file(directory + "/" + entry.name).has_value());
    }
    ::rmdir(directory.c_str());
  }

  std::string file(const std::string& name, BytesView content) const {
    const std::string path = directory + "/" + name;
    REQUIRE(write_file(path, content, Access::owner, Existing::replace).has_value());
    return path;
  }

  [[nodiscard]] CertificateAuthority authority() const { return {ca, ca_key}; }

  [[nodiscard]] std::string client() const {
    return make_client_certificate(
               host_key.public_key(), kHost, valid_for(kClientCertificateDays, kNow), authority())
        .value();
  }
};

Finished openssl(std::vector<std::string> arguments, Bytes input = {}) {
  arguments.insert(arguments.begin(), "openssl");
  return run_command({.arguments = std::move(arguments), .input = std::move(input)}).value();
}

std::string text_of(const std::string& certificate) {
  return openssl({"x509", "-noout", "-text"}, certificate).output;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("openssl verifies a client certificate under its authority, for clients alone") {
  const World world;
  const std::string ca = world.file("ca.pem", world.ca);
  const std::string client = world.file("client.pem", world.client());
  const auto verify = [&](const std::string& purpose) {
    return openssl({"verify",
                    "-x509_strict",
                    "-attime",
                    std::to_string(kNow),
                    "-purpose",
                    purpose,
                    "-CAfile",
                    ca,
                    client});
  };
  CHECK(verify("sslclient").exit == 0);
  CHECK(verify("sslserver").exit != 0);
  const std::string text = text_of(world.client());
  CHECK(has(text, "CA:FALSE"));
  CHECK(has(text, "TLS Web Client Authentication"));
  CHECK(has(text, "Subject: CN = " + std::string(kHost)));
  CHECK(has(text, "ASN1 OID: prime256v1"));
}

TEST_CASE("a client certificate lasts thirty days and its facts are those given") {
  const World world;
  const CertificateFacts facts = read_certificate(world.client()).value();
  CHECK(facts.name == kHost);
  CHECK(facts.validity.not_after == kNow + 30 * 86'400);
  CHECK(facts.validity.not_before <= kNow);
  CHECK(facts.key == sha256(world.host_key.public_key().spki()));
  CHECK(facts.serial.size() >= 24);
  CHECK(read_certificate(world.client()).value().serial != facts.serial);
}

TEST_CASE("the serial that is read is the one that openssl shows") {
  const World world;
  const std::string client = world.client();
  std::string shown = openssl({"x509", "-noout", "-serial"}, client).output;
  std::string ours = read_certificate(client).value().serial;
  for (char& c : ours) {
    c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  CHECK(shown == "serial=" + ours + "\n");
}

TEST_CASE("an authority signs certificates but no further authorities") {
  const World world;
  const std::string text = text_of(world.ca);
  CHECK(has(text, "CA:TRUE, pathlen:0"));
  CHECK(has(text, "Certificate Sign"));
  CHECK(read_certificate(world.ca).value().name == "twoseal hosts");
}

TEST_CASE("a server certificate has its names and addresses, self-signed or by an authority") {
  const World world;
  const ServerNames names{{"twoseal.example.org", "localhost"}, {"127.0.0.1", "::1"}};
  const std::string own =
      make_server_certificate(world.host_key, names, valid_for(365, kNow)).value();
  const std::string text = text_of(own);
  CHECK(has(text, "DNS:twoseal.example.org, DNS:localhost, IP Address:127.0.0.1"));
  CHECK(has(text, "Issuer: CN = twoseal.example.org"));
  CHECK(has(text, "TLS Web Server Authentication"));
  const std::string signed_by =
      make_server_certificate(
          world.host_key.public_key(), names, valid_for(365, kNow), world.authority())
          .value();
  const auto verified = openssl({"verify",
                                 "-x509_strict",
                                 "-attime",
                                 std::to_string(kNow),
                                 "-purpose",
                                 "sslserver",
                                 "-CAfile",
                                 world.file("ca.pem", world.ca),
                                 world.file("server.pem", signed_by)});
  CHECK(verified.exit == 0);
  CHECK(read_certificate(own).value().key == read_certificate(signed_by).value().key);
}

TEST_CASE("a server name that could smuggle in another one is refused") {
  const PrivateKey key = PrivateKey::generate_p256();
  const Validity validity = valid_for(1, kNow);
  const std::vector<ServerNames> bad = {
      {}, {{"a,DNS:b"}, {}}, {{}, {"127.0.0.1,DNS:b"}}, {{""}, {}}, {{}, {"localhost"}}};
  for (const ServerNames& names : bad) {
    CHECK(make_server_certificate(key, names, validity).error().code == Errc::bad_certificate);
  }
  const ServerNames many{std::vector<std::string>(65, "a"), {}};
  CHECK(make_server_certificate(key, many, validity).error().code == Errc::bad_certificate);
}

TEST_CASE("a request of ours is one to openssl, and one of openssl's is one to us") {
  const World world;
  const std::string ours = make_certificate_request(world.host_key, "web-01");
  CHECK(openssl({"req", "-noout", "-verify"}, ours).exit == 0);
  const RequestFacts facts = read_certificate_request(ours).value();
  CHECK(facts.name == "web-01");
  CHECK(facts.key.spki() == world.host_key.public_key().spki());
  const std::string key = world.file("key.pem", to_pkcs8_pem(world.host_key));
  const auto theirs = openssl({"req",
                               "-new",
                               "-key",
                               key,
                               "-subj",
                               "/O=somebody/CN=web-01",
                               "-addext",
                               "basicConstraints=critical,CA:TRUE"});
  REQUIRE(theirs.exit == 0);
  const RequestFacts read = read_certificate_request(theirs.output).value();
  CHECK(read.name == "web-01");
  const std::string client =
      make_client_certificate(read.key, kHost, valid_for(30, kNow), world.authority()).value();
  CHECK(has(text_of(client), "CA:FALSE"));
  CHECK_FALSE(has(text_of(client), "somebody"));
}

TEST_CASE("requests with other keys, hashes or names are refused") {
  const World world;
  const std::string key = world.file("key.pem", to_pkcs8_pem(world.host_key));
  const std::vector<std::vector<std::string>> bad = {
      {"req", "-new", "-key", key, "-subj", "/O=no common name"},
      {"req", "-new", "-key", key, "-subj", "/CN=a/CN=b"},
      {"req", "-new", "-key", key, "-subj", "/CN=a", "-sha384"},
      {"req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=a"},
      {"req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=a"},
      {"req",
       "-new",
       "-newkey",
       "ec",
       "-pkeyopt",
       "ec_paramgen_curve:P-384",
       "-nodes",
       "-keyout",
       "/dev/null",
       "-subj",
       "/CN=a"}};
  for (const auto& arguments : bad) {
    const auto made = openssl(arguments);
    REQUIRE(made.exit == 0);
    CHECK(read_certificate_request(made.output).error().code == Errc::bad_certificate);
  }
}

TEST_CASE("a request is refused when an octet changed, something follows it, or it is too large") {
  const World world;
  const std::string request = make_certificate_request(world.host_key, "web-01");
  CHECK(read_certificate_request("\n" + request).error().code == Errc::bad_certificate);
  CHECK(read_certificate_request(request + request).error().code == Errc::bad_certificate);
  CHECK(read_certificate_request("").error().code == Errc::bad_certificate);
  CHECK(read_certificate_request(std::string(5000, 'x')).error().code == Errc::too_large);
  for (std::size_t at = 40; at < request.size() - 40; at += 7) {
    std::string changed = request;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (changed != request) {
      CHECK_FALSE(read_certificate_request(changed).has_value());
    }
  }
}

TEST_CASE("an authority whose key is another one signs nothing") {
  const World world;
  const PrivateKey other = PrivateKey::generate_p256();
  const CertificateAuthority wrong{world.ca, other};
  CHECK(
      make_client_certificate(other.public_key(), kHost, valid_for(1, kNow), wrong).error().code ==
      Errc::bad_certificate);
  CHECK(make_server_certificate(other.public_key(), {{"a"}, {}}, valid_for(1, kNow), wrong)
            .error()
            .code == Errc::bad_certificate);
}

TEST_CASE("what is no certificate is refused") {
  const World world;
  CHECK(read_certificate("").error().code == Errc::bad_certificate);
  CHECK(read_certificate(world.ca + world.ca).error().code == Errc::bad_certificate);
  CHECK(read_certificate(std::string(20'000, 'x')).error().code == Errc::too_large);
  CHECK(read_certificate_der("0").error().code == Errc::bad_certificate);
  CHECK(read_certificate_der(Bytes(20'000, '0')).error().code == Errc::too_large);
  CHECK(read_certificate(make_certificate_request(world.host_key, "a")).error().code ==
        Errc::bad_certificate);
}

TEST_CASE("the key of a certificate is read back from its PKCS#8 file") {
  const PrivateKey key = PrivateKey::generate_p256();
  CHECK(from_pkcs8_pem(to_pkcs8_pem(key)).value().public_key() == key.public_key());
}
