#!/usr/bin/env bash
# Copies the release build to where it is used: deploy/install.sh DESTDIR PREFIX
# With an empty DESTDIR it also creates the system user, if systemd can, and tells systemd about the unit.
set -euo pipefail
cd "$(dirname "$0")/.."

destdir=$1
prefix=${2:-/usr/local}
conf=$destdir/etc/warrenmq/warrenmq.conf

install -D -m 755 build/release/bin/warrenmq-server "$destdir$prefix/bin/warrenmq-server"
install -D -m 755 build/release/bin/warrenctl "$destdir$prefix/bin/warrenctl"
for name in rabbitmqctl rabbitmq-diagnostics rabbitmq-queues rabbitmq-streams rabbitmq-plugins rabbitmq-upgrade; do
  ln -sf warrenctl "$destdir$prefix/bin/$name"
done
share=$destdir$prefix/share
install -D -m 644 deploy/completions/warrenctl.bash "$share/bash-completion/completions/warrenctl"
install -D -m 644 deploy/completions/_warrenctl "$share/zsh/vendor-completions/_warrenctl"
install -D -m 644 deploy/completions/warrenctl.fish "$share/fish/vendor_completions.d/warrenctl.fish"
for name in rabbitmqctl rabbitmq-diagnostics rabbitmq-queues rabbitmq-streams rabbitmq-plugins rabbitmq-upgrade; do
  ln -sf warrenctl "$share/bash-completion/completions/$name"
  ln -sf warrenctl.fish "$share/fish/vendor_completions.d/$name.fish"
done
mkdir -p "$destdir$prefix/lib/systemd/system"
sed "s|@bindir@|$prefix/bin|" deploy/warrenmq.service >"$destdir$prefix/lib/systemd/system/warrenmq.service"
install -D -m 644 deploy/warrenmq.sysusers "$destdir$prefix/lib/sysusers.d/warrenmq.conf"
[[ -e $conf ]] || install -D -m 644 deploy/warrenmq.conf "$conf"  # what is configured stays

if [[ -z $destdir && -d /run/systemd/system && $(id -u) == 0 ]]; then
  systemd-sysusers "$prefix/lib/sysusers.d/warrenmq.conf"
  systemctl daemon-reload
  echo "Start it with: systemctl enable --now warrenmq"
fi
