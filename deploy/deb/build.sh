#!/usr/bin/env bash
# Packs the release build as build/warrenmq_VERSION_ARCH.deb, for the Debian release that it was built on.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/install_packages.sh package

version=$(sed -nE 's/^project\(warrenmq VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
arch=$(dpkg --print-architecture)
tree=build/deb/tree
rm -rf build/deb
mkdir -p "$tree/DEBIAN" "$tree/usr/share/doc/warrenmq"

deploy/install.sh "$PWD/$tree" /usr
strip --strip-unneeded "$tree/usr/bin/warrenmq-server" "$tree/usr/bin/warrenctl"
install -m 644 deploy/deb/copyright "$tree/usr/share/doc/warrenmq/copyright"
install -m 755 deploy/deb/postinst deploy/deb/prerm deploy/deb/postrm "$tree/DEBIAN/"
echo /etc/warrenmq/warrenmq.conf >"$tree/DEBIAN/conffiles"

# dpkg-shlibdeps wants a source package around it.
mkdir build/deb/debian
printf 'Source: warrenmq\n\nPackage: warrenmq\nArchitecture: any\n' >build/deb/debian/control
libraries=$(cd build/deb && dpkg-shlibdeps -O tree/usr/bin/warrenmq-server tree/usr/bin/warrenctl 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
archives=$(dpkg-query -W -f '${source:Package} (= ${source:Version})' libraft-dev)
sed -e "s/@version@/$version/" -e "s/@arch@/$arch/" -e "s/@libraries@/$libraries/" -e "s/@archives@/$archives/" \
  -e "s/@kilobytes@/$(du -sk --exclude=DEBIAN "$tree" | cut -f1)/" deploy/deb/control.in >"$tree/DEBIAN/control"
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

dpkg-deb --root-owner-group --build "$tree" "build/warrenmq_${version}_$arch.deb"
