#!/usr/bin/env bash
# Installs the Debian packages that building and testing need: tools/install_packages.sh [build] [test] [bench] [fuzz] [lint] [package]
# Knows Debian 12 and 13. Says nothing when nothing is missing; otherwise says what it installs and why. Installing needs root or sudo.
# What Debian 12 has only in too old a version comes from its backports; they are added to apt's sources if they are not among them.
set -euo pipefail

tools=$(cd "$(dirname "$0")/.." && pwd)/build/tools

# Debian 12's default Boost is 1.74; Beast, JSON and URL are used as of 1.81.
boost=libboost-dev
[[ $(. /etc/os-release 2>/dev/null && echo "${ID:-}${VERSION_ID:-}") == debian12 ]] && boost=libboost1.81-dev

# package (and the version that it must have at least) and what it is for, one a line
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
libraft-dev>=0.22 consensus for quorum queues
LIST
    ;;
  test) cat <<LIST
libgtest-dev unit tests
python3-pytest end-to-end tests
python3-pika AMQP client for end-to-end tests
openssl certificates for the tests of TLS
valgrind counts instructions
amqp-tools librabbitmq's command-line clients for end-to-end tests
nagios-plugins-rabbitmq a client of the HTTP API for end-to-end tests
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

# Programs from packages that would start a service if they were installed: package, path inside of it, and what it is for.
# They are unpacked into build/tools and nothing else of the package is kept.
programs_of() {
  case $1 in
  test) cat <<LIST
prometheus usr/bin/promtool reads our metrics as Prometheus does
rabbitmq-server usr/bin/rabbitmqadmin is a client of the HTTP API
LIST
    ;;
  esac
}

# An entry of such a list: `package` or `package>=version`.
name_of() { echo "${1%%>=*}"; }
is_new_enough() { # entry version
  [[ $1 != *'>='* ]] || dpkg --compare-versions "$2" ge "${1#*>=}"
}

is_installed() {
  local status version
  read -r status version <<<"$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$(name_of "$1")" 2>/dev/null | head -n 1)"
  [[ $status == installed ]] && is_new_enough "$1" "$version"
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

update() {
  as_root apt-get update -qq || true # it may fail for a source that is not needed
}

# What apt-get is to be told for an entry: the package, with the release to take it from if apt would choose too old a version.
# Fails if none of apt's sources has it.
target_of() {
  local package candidate release
  package=$(name_of "$1")
  candidate=$(apt-cache policy "$package" 2>/dev/null | sed -n 's/^ *Candidate: //p')
  [[ -n $candidate && $candidate != '(none)' ]] || return 1
  if is_new_enough "$1" "$candidate"; then
    echo "$package"
  else
    release=$(release_with "$1")
    [[ -n $release ]] && echo "$package/$release"
  fi
}

targets_of() {
  local entry
  for entry in "$@"; do target_of "$entry" || return 1; done
}

without_source() {
  local entry
  for entry in "$@"; do target_of "$entry" >/dev/null || echo "$entry"; done
}

# The first release among apt's sources that has the package in that version.
release_with() {
  local version source
  while IFS='|' read -r _ version source; do
    if [[ -n $version ]] && is_new_enough "$1" "${version// /}"; then
      awk '{ sub("/.*", "", $2); print $2 }' <<<"$source"
      return
    fi
  done <<<"$(apt-cache madison "$(name_of "$1")" 2>/dev/null)"
}

# Adds Debian's backports for this release, from the mirror that the machine has its packages from.
add_backports() {
  local id codename mirror file key=/usr/share/keyrings/debian-archive-keyring.gpg
  id=$(. /etc/os-release && echo "${ID:-}")
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  file=/etc/apt/sources.list.d/$codename-backports.sources
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: $codename" 'Component: main' | sed -n 1p)
  [[ $id == debian && -n $mirror && ! -e $file ]] || return 0
  echo "Adding Debian's backports to apt's sources, as $file, from $mirror:" \
    "$codename itself has no $*. Nothing else comes from there by itself."
  {
    printf 'Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\n' "$mirror" "$codename"
    [[ ! -e $key ]] || echo "Signed-By: $key"
  } | as_root tee "$file" >/dev/null
  update
  [[ -z $(without_source "$@") ]] || as_root rm "$file" # a mirror without backports
}

download() { # package folder
  (cd "$2" && apt-get download -qq -o Dpkg::Use-Pty=0 "$1" >/dev/null 2>&1)
}

# Needs no root unless apt's lists are absent. A program that cannot be had is missed by the tests that use it, and they say so.
unpack_program() { # package path reason
  local program=${2##*/} folder
  ! PATH=$tools:$PATH command -v "$program" >/dev/null || return 0
  printf 'Unpacking %s of the Debian package %s into %s: it %s. The package itself is not installed.\n' \
    "$program" "$1" "$tools" "$3"
  folder=$(mktemp -d)
  mkdir -p "$tools"
  if { download "$1" "$folder" || { update && download "$1" "$folder"; }; } &&
    dpkg --fsys-tarfile "$folder"/*.deb | tar -x -O "./$2" >"$tools/$program.new"; then
    chmod 755 "$tools/$program.new"
    mv "$tools/$program.new" "$tools/$program"
  else
    rm -f "$tools/$program.new"
    echo "$program cannot be had from apt's sources." >&2
  fi
  rm -rf "$folder"
}

unpack_programs() { # sets
  local set package path reason
  command -v apt-get >/dev/null || return 0
  for set in "$@"; do
    while read -r package path reason; do
      [[ -z $package ]] || unpack_program "$package" "$path" "$reason"
    done <<<"$(programs_of "$set")"
  done
}

install_packages() { # sets
  local set list package reason targets too_old absent missing=() reasons=
  for set in "$@"; do
    list=$(packages_of "$set")
    while read -r package reason; do
      if ! command -v dpkg-query >/dev/null || ! is_installed "$package"; then
        missing+=("$package")
        reasons+=$(printf '  %-20s %s' "$package" "$reason")$'\n'
      fi
    done <<<"$list"
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  if ! command -v apt-get >/dev/null; then
    printf 'This is not a Debian system. Install what these Debian packages hold by other means:\n%s' "$reasons" >&2
    exit 1
  fi
  if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
    printf 'Packages are missing:\n%s\nRun as root: %s\n' "$reasons" "$0 $*" >&2
    exit 1
  fi

  printf 'Installing Debian packages that are missing:\n%s' "$reasons"
  # Lists may be absent (a fresh container) or older than the mirror.
  if targets=$(targets_of "${missing[@]}") && install $targets 2>/dev/null; then
    return 0
  fi
  update
  too_old=$(without_source "${missing[@]}" | grep '>=' || true)
  [[ -z $too_old ]] || add_backports $too_old
  absent=$(without_source "${missing[@]}")
  if [[ -n $absent ]]; then
    printf 'None of the sources of apt has:\n%s\n' "$absent" >&2
    exit 1
  fi
  install $(targets_of "${missing[@]}")
}

sets=("$@")
[[ ${#sets[@]} -gt 0 ]] || sets=(build)
install_packages "${sets[@]}"
unpack_programs "${sets[@]}"
