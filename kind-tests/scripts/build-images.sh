#!/usr/bin/env bash
# Builds the images of operator, encoder-job and api (with Docker for a kind cluster, else without a container
# engine), loads them into the cluster together with those of Postgres, Redis and, with STORE=s3, an S3 server, and
# prints the path of a file of chart values that name them. Their tags come from their content: what has not changed is
# not packed or loaded again, and what has changed rolls out.
#
#   build-images.sh           build, load, print
#   build-images.sh --build   build and print
#
# Without Docker SOCRATE_PROFILE names cargo's profile: trial (by default) or release, which takes longer to build and is
# what Docker builds.
#
# With CLUSTER=existing nothing is built: EXTRA_VALUES names the images (see install.sh).
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

programs=(operator encoder-job api)
load=yes
case "${1:-}" in
"") ;;
--build) load= ;;
-h | --help)
	usage
	exit 0
	;;
*)
	usage >&2
	exit 2
	;;
esac

images=$SOCRATE_CACHE/images
mkdir -p "$images"
# One build at a time, as all share the folder.
exec 9>"$images/.lock"
flock 9
cd "$repository"
declare -A reference
to_load=()

# build_from_docker PROGRAM ARGUMENT…: Docker's arguments
build_from_docker() {
	local program=$1 name=localhost/socrate-$1
	shift
	docker build --tag "$name:dev" "$@" >&2
	reference[$program]=$name:$(docker inspect --format '{{.Id}}' "$name:dev" | sed 's/^sha256://' | cut -c1-16)
	docker tag "$name:dev" "${reference[$program]}"
	to_load+=("${reference[$program]}")
}

# pack PROGRAM BINARY
pack() {
	local program=$1 binary=$2 tag tar
	tag=$(sha256sum "$binary" | cut -c1-16)
	tar=$images/$program-$tag.tar
	reference[$program]=localhost/socrate-$program:$tag
	if [ ! -f "$tar" ]; then
		rm -f "$images/$program-"*.tar
		"$builder" build-image --tag "${reference[$program]}" --binary "$binary" --out "$tar.part" >/dev/null
		mv "$tar.part" "$tar"
	fi
	to_load+=("$tar")
}

build_with_docker() {
	local program
	for program in "${programs[@]}"; do build_from_docker "$program" --target "$program" .; done
	docker build --file kind-tests/images/Dockerfile.postgres --tag localhost/socrate-postgres:15 kind-tests/images >&2
	docker build --file kind-tests/images/Dockerfile.redis --tag localhost/socrate-redis:7 kind-tests/images >&2
	to_load+=(localhost/socrate-postgres:15 localhost/socrate-redis:7)
	[ -z "$s3_server" ] || build_from_docker versitygw --file kind-tests/images/Dockerfile.versitygw "$(dirname "$s3_server")"
}

build_without_docker() {
	local target=$trial_target start=$SECONDS builder program databases
	# Only this build is static, and its folder is kept between clones. The demonstration comes along, as it shares what takes longest.
	CARGO_TARGET_DIR=$SOCRATE_CACHE/target RUSTFLAGS="-C target-feature=+crt-static" \
		cargo build --profile "$trial_profile" --locked --target "$target" "${programs[@]/#/--package=}" --package kind-tests \
		"${programs[@]/#/--bin=}" --bin demo >&2
	say "built the programs in $((SECONDS - start)) s"
	builder=$("$local_cluster_script")
	for program in "${programs[@]}"; do pack "$program" "$trial_programs/$program"; done
	[ -z "$s3_server" ] || pack versitygw "$s3_server"
	mapfile -t databases < <(kind-tests/images/debian-image.sh all)
	[ ${#databases[@]} -eq 2 ] || fail "the images of Postgres and Redis are missing"
	to_load+=("${databases[@]}")
}

s3_server=
store=$(store_kind)
[ "$store" = file ] || [ "$(cluster_kind)" = existing ] || s3_server=$("$local_cluster_script" versitygw)
values=$images/values.yaml
case "$(cluster_kind)" in
existing)
	[ -n "${EXTRA_VALUES:-}" ] || fail "an existing cluster needs images from a registry: name them in a file, EXTRA_VALUES=FILE"
	echo '{}' >"$values"
	echo "$values"
	exit 0
	;;
kind) build_with_docker ;;
local) build_without_docker ;;
esac

cat >"$values" <<END
operator: {image: "${reference[operator]}"}
encoder: {image: "${reference[encoder-job]}"}
api: {image: "${reference[api]}"}
END
[ -z "$s3_server" ] || echo "store: {s3: {image: \"${reference[versitygw]}\"}}" >>"$values"
[ -z "$load" ] || kind-tests/scripts/cluster.sh load "${to_load[@]}" >&2
echo "$values"
