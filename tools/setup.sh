#!/usr/bin/env bash
# Installs the Debian packages that a group of targets needs, and nothing else. docs/dependencies.md
# says what each package is for.
#
#   tools/setup.sh [--list] [GROUP …]      groups: build test lint bench testbed; none = build test lint
#
# Asks dpkg first, so that it costs a few milliseconds and needs no rights once everything is there.
# Never removes a package: where apt-get could go on only by removing one, it stops and says so.
set -euo pipefail
export LC_ALL=C

packages_of() {
  case "$1" in
    build)
      echo g++-12 cmake ninja-build ccache mold pkg-config \
        libssl-dev libsqlite3-dev libboost1.81-dev libboost-json1.81-dev libfmt-dev \
        libyaml-cpp-dev libcli11-dev libsystemd-dev libzstd-dev libxml2-dev libpcre2-dev librpm-dev python3
      ;;
    test)
      echo doctest-dev librapidcheck-dev python3 git openssl openssh-client unzip faketime \
        openscap-scanner ssg-debian ssg-debderived ssg-nondebian rpm sqlite3 debootstrap debian-archive-keyring mount time
      ;;
    lint) echo clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev lld python3 git ;;
    bench) echo cfengine3 time ;;
    testbed)
      echo debootstrap debian-archive-keyring systemd-container iproute2 e2fsprogs mount util-linux tar \
        dpkg-dev openssh-client python3
      ;;
    *)
      echo "setup: no group is named '$1'; there are build, test, lint, bench, testbed" >&2
      exit 64
      ;;
  esac
}

list_only=no
groups=()
for argument in "$@"; do
  case "$argument" in
    --list) list_only=yes ;;
    *) groups+=("$argument") ;;
  esac
done
[ ${#groups[@]} -gt 0 ] || groups=(build test lint)

wanted=()
for group in "${groups[@]}"; do
  listed=$(packages_of "$group")
  for package in $listed; do
    wanted+=("$package")
  done
done
if [ "$list_only" = yes ]; then
  printf '%s\n' "${wanted[@]}" | sort -u
  exit 0
fi
if [ ${#wanted[@]} -eq 0 ]; then
  echo "setup: ${groups[*]} needs no packages of its own"
  exit 0
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: no apt-get here, so nothing is installed. The names on Debian 12 are: ${wanted[*]}" >&2
  exit 0
fi

installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
  if ! grep -qx "$package installed" <<<"$installed"; then
    missing+=("$package")
  fi
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: every package for ${groups[*]} is here"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: as root, run: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 77
  fi
  as_root=(sudo)
fi

echo "setup: installing for ${groups[*]}: ${missing[*]}"
"${as_root[@]}" apt-get update -qq ||
  echo "setup: some package lists could not be refreshed; going on with those at hand" >&2
if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends --no-remove "${missing[@]}"; then
  echo "setup: apt-get did not succeed; its reason stands above. Where it would have to remove a" >&2
  echo "setup: package (another Boost, for example), that decision is yours: install by hand then." >&2
  exit 1
fi
echo "setup: done"
