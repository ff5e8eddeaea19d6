#!/usr/bin/env bash
# Installs what is missing: Rust's, Go's and C's own tools must be there, the rest are packages of Debian.
#
#   prerequisites.sh               install what is missing, and say what
#   prerequisites.sh --check       only say
#   prerequisites.sh --dashboard   what the dashboard is checked and tried with, besides: Node and a browser
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

check='' dashboard=''
for argument in "$@"; do
	case "$argument" in
	--check) check=yes ;;
	--dashboard) dashboard=yes ;;
	-h | --help)
		usage
		exit 0
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
done

for program in cargo go cc; do
	command -v "$program" >/dev/null || fail "$program is missing: install Rust (rustup.rs), Go (go.dev) and a C compiler first"
done

# The least Node that ESLint runs on, and that takes a script with an import for a module.
least_node=20.19
# Complains of a Node that is older.
check_node() {
	local found
	found=$(node --version)
	[ "$(printf '%s\n' "$least_node" "${found#v}" | sort --version-sort | head -n 1)" = "$least_node" ] ||
		fail "node is ${found#v}, and the dashboard is checked with $least_node or later: install it from nodejs.org, or use Debian 13 or later"
}

packages=()
# need PACKAGE PROGRAM…: the package, unless its programs are there. The last directory holds the network plugins.
need() {
	local package=$1 program
	shift
	for program in "$@"; do
		if ! PATH=$PATH:/usr/sbin:/sbin:/usr/lib/cni command -v "$program" >/dev/null; then
			packages+=("$package")
			return
		fi
	done
}

need git git
need python3 python3
need util-linux flock setpriv
if [ "$(cluster_kind)" = local ]; then
	need mmdebstrap mmdebstrap
	need containerd containerd containerd-shim-runc-v2 ctr
	need runc runc
	need containernetworking-plugins bridge host-local loopback
	need iptables iptables iptables-save iptables-restore
	need iproute2 ip
	need conntrack conntrack
	need ipset ipset
	need ethtool ethtool
	need mount mount umount
	[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || need kmod modprobe
fi
# The tests of the API start servers of their own.
[ -n "$(compgen -G '/usr/lib/postgresql/*/bin/initdb')" ] || packages+=(postgresql)
need redis-server redis-server
need curl curl
# Where the API is killed at its calls of the file system.
need strace strace
# The library that fuzzes is made of C++.
need g++ c++
if [ -n "$dashboard" ]; then
	if command -v node >/dev/null; then check_node; fi
	need nodejs node
	need npm npm
	[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || packages+=(chromium)
fi

if [ ${#packages[@]} -eq 0 ]; then exit 0; fi
say "missing packages: ${packages[*]}"
[ -z "$check" ] || exit 1
as_root=()
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || fail "run as root: apt-get install --yes --no-install-recommends ${packages[*]}"
	as_root=(sudo)
fi
command -v apt-get >/dev/null || fail "this is no Debian: install the like of these packages by hand"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update --quiet --quiet >&2
# Debian would start a server of its own for each of these packages: nobody needs it.
"${as_root[@]}" mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
	echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
"${as_root[@]}" apt-get install --yes --quiet --quiet --no-install-recommends "${packages[@]}" >&2
say "installed: ${packages[*]}"
[ -z "$dashboard" ] || check_node
