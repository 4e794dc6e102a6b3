#!/usr/bin/env bash
# Installs the Debian packages that building and testing need: tools/install_packages.sh [build] [test] [bench] [fuzz] [lint] [package]
# Knows Debian 12 and 13. Says nothing when nothing is missing; otherwise says what it installs and why. Needs root or sudo.
set -euo pipefail

# Debian 12's default Boost is 1.74; Beast, JSON and URL are used as of 1.81.
boost=libboost-dev
[[ $(. /etc/os-release 2>/dev/null && echo "${ID:-}${VERSION_ID:-}") == debian12 ]] && boost=libboost1.81-dev

# package and what it is for, one a line
packages_of() {
  case $1 in
  build) cat <<LIST
g++ compiler
cmake build description
ninja-build build runner
pkgconf finds libraries
ccache makes second builds quick
lld linker
python3 code generator and checks
$boost event loop, JSON, URL
libssl-dev TLS and password hashes
libpcre2-dev permission and policy patterns
zlib1g-dev compression of rotated log files
libxxhash-dev hashing
libfmt-dev text formatting
libcli11-dev command line
libmimalloc-dev memory allocator
LIST
    ;;
  test) cat <<LIST
libgtest-dev unit tests
python3-pytest end-to-end tests
python3-pika AMQP client for end-to-end tests
openssl certificates for the tests of TLS
amqp-tools librabbitmq's command-line clients for end-to-end tests
LIST
    ;;
  bench) cat <<LIST
libbenchmark-dev micro-benchmarks
LIST
    ;;
  fuzz) cat <<LIST
clang-19 compiler with libFuzzer
libclang-rt-19-dev libFuzzer and sanitizers
lld linker
LIST
    ;;
  lint) cat <<LIST
clang-format-19 layout of the source
clang-tidy-19 static checks
LIST
    ;;
  package) cat <<LIST
dpkg-dev finds the libraries that the package depends on
LIST
    ;;
  *)
    echo "install_packages: no set called '$1'; there are build, test, bench, fuzz, lint and package" >&2
    return 2
    ;;
  esac
}

is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | head -n 1) == installed ]]
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

sets=("$@")
[[ ${#sets[@]} -gt 0 ]] || sets=(build)

missing=()
reasons=
for set in "${sets[@]}"; do
  list=$(packages_of "$set")
  while read -r package reason; do
    if ! command -v dpkg-query >/dev/null || ! is_installed "$package"; then
      missing+=("$package")
      reasons+=$(printf '  %-20s %s' "$package" "$reason")$'\n'
    fi
  done <<<"$list"
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null; then
  printf 'This is not a Debian system. Install what these Debian packages hold by other means:\n%s' "$reasons" >&2
  exit 1
fi
if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
  printf 'Packages are missing:\n%s\nRun as root: apt-get update && apt-get install %s\n' "$reasons" "${missing[*]}" >&2
  exit 1
fi

printf 'Installing Debian packages that are missing:\n%s' "$reasons"
# Lists may be absent (a fresh container) or older than the mirror; an update may fail for a source that is not needed.
if ! apt-cache show "${missing[@]}" >/dev/null 2>&1 || ! install "${missing[@]}" 2>/dev/null; then
  as_root apt-get update -qq || true
  install "${missing[@]}"
fi
