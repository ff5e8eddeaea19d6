#!/usr/bin/env bash
# Makes the images of PostgreSQL and Redis from Debian's packages, without Docker and
# without a registry, and prints the path of the image's tar on standard output.
#
#   debian-image.sh postgres     localhost/socrate-postgres:15
#   debian-image.sh redis        localhost/socrate-redis:7
#   debian-image.sh all          both, one path per line
#
# Load them with: local-cluster load-image TAR
#
# A finished image is kept in ${SOCRATE_CACHE:-~/.cache/socrate-encoder}, named after what
# it was made from. DEBIAN_MIRROR names a mirror to use in place of Debian's own.
set -euo pipefail

directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${SOCRATE_CACHE:-${HOME:?set HOME or SOCRATE_CACHE}/.cache/socrate-encoder}
release=bookworm
user=65532:65532
# A fixed time instead of today's: the same packages give the same image.
export SOURCE_DATE_EPOCH=1700000000
workspace=

say() { echo "debian-image.sh: $*" >&2; }

usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

make_root() { # PACKAGES OUT HOOK…: a root file system as a tar
	local packages=$1 out=$2 mirror=()
	shift 2
	[ -z "${DEBIAN_MIRROR:-}" ] || mirror=("$DEBIAN_MIRROR")
	mmdebstrap --quiet --variant=minbase --include="$packages" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--skip=output/dev \
		"$@" --customize-hook="$directory/trim-root.sh" \
		"$release" "$out" ${mirror[@]+"${mirror[@]}"} >&2
}

build_postgres() { # WORKSPACE OUT
	make_root postgresql-15 "$1/root.tar" \
		--essential-hook='mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"' \
		--customize-hook="upload '$directory/postgres-entrypoint.sh' /usr/local/bin/postgres-entrypoint" \
		--customize-hook='chmod 0755 "$1/usr/local/bin/postgres-entrypoint"'
	# SIGINT is the "fast" shutdown: on the usual signal the server waits for its clients.
	"$builder" build-image --tag localhost/socrate-postgres:15 --base-layer "$1/root.tar" --user "$user" \
		--stop-signal SIGINT --entrypoint /usr/local/bin/postgres-entrypoint --out "$2" >/dev/null
}

build_redis() { # WORKSPACE OUT
	make_root redis-server "$1/root.tar" \
		--customize-hook='install -d -m 0770 -o 65532 -g 65532 "$1/data"'
	"$builder" build-image --tag localhost/socrate-redis:7 --base-layer "$1/root.tar" --user "$user" \
		--workdir /data --entrypoint /usr/bin/redis-server --out "$2" >/dev/null
}

# make NAME FILE…: builds the image unless one made from the same files is kept.
make() {
	local name=$1 key out start=$SECONDS
	shift
	key=$(cd "$directory" && sha256sum -- "$@" | sha256sum | cut -c1-16)
	out=$cache/image-$name-$key.tar
	if [ ! -f "$out" ]; then
		if ! command -v mmdebstrap >/dev/null; then
			say "mmdebstrap is missing; install it with: apt-get install --yes --no-install-recommends mmdebstrap"
			exit 1
		fi
		builder=$("$directory/../local-cluster/build.sh")
		mkdir -p "$cache"
		workspace=$(mktemp -d "$cache/.image-$name.XXXXXX")
		trap 'rm -rf -- "$workspace"' EXIT
		say "making the image of $name from Debian's packages (half a minute)"
		"build_$name" "$workspace" "$workspace/image.tar"
		mv "$workspace/image.tar" "$out"
		rm -rf "$workspace"
		trap - EXIT
		say "made the image of $name in $((SECONDS - start)) s: $(du -h "$out" | cut -f1)"
	fi
	echo "$out"
}

make_postgres() { make postgres debian-image.sh trim-root.sh postgres-entrypoint.sh; }
make_redis() { make redis debian-image.sh trim-root.sh; }

case "${1:-}" in
postgres) make_postgres ;;
redis) make_redis ;;
all)
	make_redis
	make_postgres
	;;
-h | --help | help) usage ;;
*)
	usage >&2
	exit 2
	;;
esac
