#include "authoring/state_yaml.h"

#include <doctest/doctest.h>

#include "authoring/resource_table.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/effects.h"
#include "tests/support/golden.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

Result<Bytes> read_sample(std::string_view name) {
  if (name == "secret.pem") {
    return "-----BEGIN PRIVATE KEY-----\n";
  }
  return name == "missing" ? Result<Bytes>(fail(Errc::no_input, "no such file"))
                           : Result<Bytes>("the bytes of " + std::string(name) + "\n");
}

Result<CompiledState> compile(std::string_view text, std::string_view name = "s.yaml") {
  return compile_state({text, name}, sha256("org"), read_sample);
}

std::string refusal(std::string_view text, std::string_view name = "s.yaml") {
  const auto state = compile(text, name);
  return state ? "" : state.error().where + " " + state.error().what;
}

// What is wrong with one resource, without the place.
std::string item_refusal(const std::string& item) {
  const auto state = compile("set:\n- " + item + "\n");
  return state ? "" : state.error().what;
}

}  // namespace

TEST_CASE("every kind of resource compiles to the golden state") {
  const auto state = compile(test::read_golden("authoring/state-every-kind-v1.yaml"));
  REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().what));
  test::check_golden("authoring/state-every-kind-v1.json", state->bytes);
  REQUIRE(state->blobs.size() == 2);
  CHECK(state->blobs[0] == "the bytes of ca.pem\n");
  std::set<Name> kinds;
  for (const Resource& resource : state->state.resources) {
    kinds.insert(resource.kind);
  }
  CHECK(kinds.size() == resource_kinds().size());
}

TEST_CASE("the worked example of the format page has the digest that the page says") {
  const auto state = compile(
      R"(set: [{setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: "4", then: reload ssh}])",
      "web-ssh.yaml");
  REQUIRE(state.has_value());
  CHECK(sha256(state->bytes).hex() ==
        "7b388cbeccf77812e32d68f4fe382f44260e7a67c80d97e4766d869608ead772");
}

TEST_CASE("every kind of the table is known to the policy, and paths are the same paths") {
  std::string_view before;
  for (const KindRow& row : resource_kinds()) {
    CHECK(before < row.kind);
    before = row.kind;
    const Name kind = Name::parse(row.kind).value();
    CHECK(is_known_kind(kind));
    CHECK(has_path(kind) == (row.key == KeyShape::path));
  }
}

TEST_CASE("the scope is the name of the file when that is an id") {
  const std::string set = "set: [{package: htop}]\n";
  CHECK(compile(set, "changes/web-ssh.yaml")->state.scope.text() == "web-ssh");
  CHECK(compile("scope: db\n" + set, "Changes.yaml")->state.scope.text() == "db");
  CHECK(refusal(set, "Changes.yaml").starts_with("Changes.yaml:1:1 scope: missing"));
  CHECK(refusal("scope: DB\n" + set).starts_with("s.yaml:1:8 scope: 'DB' is not a valid name"));
  CHECK_FALSE(scope_of_file(".yaml").has_value());
  CHECK(scope_of_file("a/b.c/web")->text() == "web");
}

TEST_CASE("what is wrong with a resource is told at its place") {
  CHECK(refusal("set:\n- {pakage: htop}\n") ==
        "s.yaml:2:3 set[0]: begins with the kind of resource, and 'pakage' is none; did you mean "
        "'package'?");
  CHECK(refusal("set:\n- {package: htop, verson: 1}\n") ==
        "s.yaml:2:19 set[0].verson: this key is not known here; did you mean 'version'?");
  CHECK(refusal("set: [{mode: 755, directory: /a}]\n").find("'mode' is none") != std::string::npos);
  CHECK(refusal("set: [x]\n") == "s.yaml:1:7 set[0]: must be a map, not a text");
  CHECK(refusal("set: [{}]\n").find("begins with the kind") != std::string::npos);
  CHECK(refusal("set: []\n") == "s.yaml:1:6 set: has 0 items; 1 to 20000 are allowed");
  CHECK(refusal("enforce: report\n").find("set: missing") != std::string::npos);
  CHECK(refusal("enforce: fix\nset: [{package: htop}]\n").find("'fix' is not known here") !=
        std::string::npos);
}

TEST_CASE("a resource marked secret is refused, and so is a private key in a text") {
  CHECK(item_refusal("{file: /etc/key, content: x, secret: true}")
            .find("this release does not handle secrets") != std::string::npos);
  CHECK(item_refusal("{file: /etc/key, content: x, secret: false}").empty());
  CHECK(item_refusal("{file: /etc/key, content: \"-----BEGIN RSA PRIVATE KEY-----\"}")
            .find("holds a private key") != std::string::npos);
  CHECK(item_refusal("{file: /etc/key, source: secret.pem}").find("holds a private key") !=
        std::string::npos);
}

TEST_CASE("keys have the shape of their kind") {
  for (const char* bad : {"{file: etc/x, content: a}",
                          "{file: /etc/../x, content: a}",
                          "{file: /etc//x, content: a}",
                          "{file: /etc/x/, content: a}",
                          "{file: \"/etc/x\\ny\", content: a}",
                          "{file: /, content: a}",
                          "{package: Htop}",
                          "{package: h}",
                          "{package: +x}",
                          "{service: \"a b\", running: true}",
                          "{service: -x y, running: true}",
                          "{timer: x.service, calendar: daily, command: x}",
                          "{user: Root}",
                          "{user: 0root}",
                          "{group: \"a:b\"}",
                          "{sysctl: net..x, value: 1}",
                          "{sysctl: /net, value: 1}",
                          "{kernel_module: a/b, loaded: true}",
                          "{firewall: filter, ruleset: x}",
                          "{firewall: inet4 filter, ruleset: x}",
                          "{firewall: inet a b, ruleset: x}",
                          "{apt_source: A, suites: [x], uris: [x]}",
                          "{command: do it, run: x}"}) {
    CAPTURE(bad);
    CHECK_FALSE(item_refusal(bad).empty());
  }
}

TEST_CASE("values have the type of their field") {
  CHECK(item_refusal("{file: /a, content: x, mode: 8}").find("mode") != std::string::npos);
  CHECK(item_refusal("{file: /a, content: x, mode: 0888}").find("octal digits") !=
        std::string::npos);
  CHECK(item_refusal("{file: /a, content: x, owner: \"a b\"}").find("account name") !=
        std::string::npos);
  CHECK(item_refusal("{user: a, uid: -1}").find("out of range") != std::string::npos);
  CHECK(item_refusal("{user: a, home: x}").find("absolute path") != std::string::npos);
  CHECK(item_refusal("{user: a, comment: \"x\\ny\"}").find("one line") != std::string::npos);
  CHECK(item_refusal("{service: a, running: yes}").find("true or false") != std::string::npos);
  CHECK(item_refusal("{symlink: /a, to: \"\"}").find("may not be empty") != std::string::npos);
  CHECK(item_refusal("{group: a, members: x}").find("must be a list") != std::string::npos);
  CHECK(item_refusal("{file: /a, source: missing}").find("cannot be read") != std::string::npos);
  CHECK(item_refusal("{command: a, run: x, timeout: 0s}").find("out of range") !=
        std::string::npos);
  CHECK(item_refusal("{apt_source: a, uris: [x], suites: [y], signed_by: /k, types: [rpm]}")
            .find("'rpm' is not known here") != std::string::npos);
}

TEST_CASE("what a kind needs is asked for") {
  CHECK(item_refusal("{file: /a}").find("at least one is needed of: content") != std::string::npos);
  CHECK(item_refusal("{service: a}").find("at least one is needed of: enabled") !=
        std::string::npos);
  CHECK(item_refusal("{firewall: ip x}").find("exactly one is needed of: ruleset, source") !=
        std::string::npos);
  CHECK(item_refusal("{firewall: ip x, ruleset: a, source: b}").find("exactly one") !=
        std::string::npos);
  CHECK(item_refusal("{symlink: /a}").find("to: missing") != std::string::npos);
  CHECK(item_refusal("{mount: /a, device: x}").find("type: missing") != std::string::npos);
  CHECK(item_refusal("{apt_source: a, uris: [x], suites: [y]}").find("signed_by: missing") !=
        std::string::npos);
}

TEST_CASE("what is absent wants nothing else") {
  CHECK(item_refusal("{symlink: /a, absent: true}").empty());
  CHECK(item_refusal("{package: aa, absent: true, version: 1}").find("nothing else") !=
        std::string::npos);
  CHECK(item_refusal("{file: /a, absent: true, mode: 644}").find("nothing else") !=
        std::string::npos);
  CHECK(item_refusal("{package: aa, absent: false}").find("is true or left out") !=
        std::string::npos);
  CHECK(item_refusal("{service: a, absent: true, running: true}").find("not known here") !=
        std::string::npos);
  CHECK(item_refusal("{setting: /etc/x.ini, section: s, key: k, absent: true}").empty());
  CHECK(item_refusal("{setting: /etc/x.ini, section: s, key: k, value: v, absent: true}")
            .find("nothing else") != std::string::npos);
}

TEST_CASE("a part of a file is a line or a block") {
  CHECK(item_refusal("{file: /a, line: x, mode: 644}").find("a line has nothing but") !=
        std::string::npos);
  CHECK(item_refusal("{file: /a, line: x, absent: true}").empty());
  CHECK(item_refusal("{file: /a, block: b}").find("a block has") != std::string::npos);
  CHECK(item_refusal("{file: /a, block: b, content: x, absent: true}").find("a block has") !=
        std::string::npos);
  CHECK(item_refusal("{file: /a, block: B, content: x}").find("must be a name") !=
        std::string::npos);
  CHECK(item_refusal("{file: /a, block: b, content: x, mode: 644}").find("a block has") !=
        std::string::npos);
  CHECK(item_refusal("{file: /a, content: x, comment: \"#\"}").find("comment goes with") !=
        std::string::npos);
  CHECK(item_refusal("{file: /a, content: x, template: y}").find("at most one") !=
        std::string::npos);
}

TEST_CASE("a setting names its format unless the file is well known") {
  CHECK(item_refusal("{setting: /etc/x, key: k, value: v}").find("format: missing") !=
        std::string::npos);
  CHECK(item_refusal("{setting: /etc/x, key: k, value: v, format: key_value}").empty());
  CHECK(item_refusal("{setting: /etc/x, key: k, value: v, format: xml}").find("'xml'") !=
        std::string::npos);
  CHECK(item_refusal("{setting: /etc/login.defs, value: v}").find("key: missing") !=
        std::string::npos);
  CHECK(item_refusal("{setting: /etc/login.defs, key: \"a b\", value: v}").find("is made of") !=
        std::string::npos);
  CHECK(item_refusal("{setting: /etc/login.defs, key: k, section: s, value: v}")
            .find("format ini only") != std::string::npos);
  CHECK(item_refusal("{setting: /etc/login.defs, key: k, match: User x, value: v}")
            .find("format sshd only") != std::string::npos);
}

TEST_CASE("an authorized key is named by its key id") {
  CHECK(item_refusal("{authorized_key: a, pub: ssh-ed25519}").find("not a public key line") !=
        std::string::npos);
  CHECK(item_refusal("{authorized_key: a, pub: ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA}")
            .find("not a public key line") != std::string::npos);
  CHECK(item_refusal("{authorized_key: a}").find("pub: missing") != std::string::npos);
}

TEST_CASE("commands are programs with arguments, never shell text") {
  CHECK(item_refusal("{command: a, run: \"x | y\"}").find("there is no shell") !=
        std::string::npos);
  CHECK(item_refusal("{command: a, run: \"x $HOME\"}").find("there is no shell") !=
        std::string::npos);
  CHECK(item_refusal("{command: a, run: \"  \"}").find("begins with a program") !=
        std::string::npos);
  CHECK(item_refusal("{command: a, run: [\"\", x]}").find("begins with a program") !=
        std::string::npos);
  CHECK(item_refusal("{command: a, run: [sh, -c, \"x | y\"]}").empty());
}

TEST_CASE("handlers reload or restart a unit") {
  CHECK(item_refusal("{package: aa, then: start ssh}").find("'reload UNIT'") != std::string::npos);
  CHECK(item_refusal("{package: aa, then: reload}").find("'reload UNIT'") != std::string::npos);
  CHECK(item_refusal("{package: aa, then: reload a b}").find("name of a unit") !=
        std::string::npos);
  CHECK(item_refusal("{package: aa, then: []}").find("has 0 items") != std::string::npos);
}

TEST_CASE("no resource stands twice, and no part beside the whole") {
  CHECK(refusal("set:\n- {package: htop}\n- {package: htop}\n") ==
        "s.yaml:3:3 set[1]: 'package:htop' stands twice; first in line 2");
  CHECK(refusal("set:\n- {service: ssh, running: true}\n- {service: ssh.service, enabled: true}\n")
            .find("stands twice") != std::string::npos);
  CHECK(refusal("set:\n- {file: /etc/login.defs, mode: 644}\n"
                "- {setting: /etc/login.defs, key: k, value: v}\n")
            .find("wanted as a whole and in another way; see line 2") != std::string::npos);
  CHECK(refusal("set:\n- {file: /a, line: x}\n- {symlink: /a, to: b}\n").find("as a whole") !=
        std::string::npos);
  CHECK(refusal("set:\n- {file: /a, line: x}\n- {file: /a, line: y}\n").empty());
}
