#include "cli/testbed/hello_package.h"

namespace twoseal::testbed {
namespace {

// $1: the directory. Modes are given, so that the umask of the caller does not matter.
constexpr const char* kScript = R"(set -e
umask 022
mkdir -p "$1"
cd "$1"
for version in 1.0 1.1; do
  tree=$1/testbed-hello-$version
  mkdir -p "$tree/DEBIAN" "$tree/usr/bin" "$tree/etc" "$tree/lib/systemd/system"
  cat >"$tree/DEBIAN/control" <<END
Package: testbed-hello
Version: $version
Architecture: all
Maintainer: twoseal test bed <testbed@twoseal.invalid>
Description: says hello, for tests of package changes
END
  printf '/etc/testbed-hello.conf\n' >"$tree/DEBIAN/conffiles"
  printf 'greeting = hello from %s\n' "$version" >"$tree/etc/testbed-hello.conf"
  printf '#!/bin/sh\necho "hello %s"\n' "$version" >"$tree/usr/bin/testbed-hello"
  chmod 0755 "$tree/usr/bin/testbed-hello"
  cat >"$tree/lib/systemd/system/testbed-hello.service" <<END
[Unit]
Description=testbed-hello $version

[Service]
ExecStart=/bin/sleep infinity
ExecReload=/bin/true

[Install]
WantedBy=multi-user.target
END
  dpkg-deb --root-owner-group -Zgzip -b "$tree" "testbed-hello_${version}_all.deb" >/dev/null
  rm -r "$tree"
done
dpkg-scanpackages -m . >Packages
)";

}  // namespace

Result<void> make_hello_repository(const std::string& directory, const Tools& tools) {
  TWOSEAL_TRY_VOID(tools.run(Errc::testbed_base_failed, {"sh", "-c", kScript, "hello", directory}));
  return {};
}

std::string_view hello_recipe() {
  return kScript;
}

}  // namespace twoseal::testbed
