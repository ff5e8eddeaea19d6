#!/usr/bin/env bash
# Builds the images of operator, encoder-job and api, without a container engine, loads them into the cluster
# together with those of Postgres and Redis, and writes chart values that name them. Their tags come from their
# content: what has not changed is neither packed nor loaded again, and what has changed rolls out.
#
#   build-images.sh           build, load, print the path of the values file
#   build-images.sh --build   only build and pack
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

target=x86_64-unknown-linux-gnu
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

export CARGO_TARGET_DIR=$SOCRATE_CACHE/target
export RUSTFLAGS="-C target-feature=+crt-static"
mkdir -p "$SOCRATE_CACHE/images"
exec 9>"$SOCRATE_CACHE/images/.lock"
flock 9

cd "$repository"
start=$SECONDS
cargo build --release --locked --target "$target" "${programs[@]/#/--package=}" >&2
say "built the programs in $((SECONDS - start)) s"

builder=$("$local_cluster_script")
tars=()
declare -A reference
for program in "${programs[@]}"; do
	binary=$CARGO_TARGET_DIR/$target/release/$program
	tag=$(sha256sum "$binary" | cut -c1-16)
	tar=$SOCRATE_CACHE/images/$program-$tag.tar
	reference[$program]=localhost/socrate-$program:$tag
	if [ ! -f "$tar" ]; then
		rm -f "$SOCRATE_CACHE/images/$program-"*.tar
		"$builder" build-image --tag "${reference[$program]}" --binary "$binary" --out "$tar.part" >/dev/null
		mv "$tar.part" "$tar"
	fi
	tars+=("$tar")
done

values=$SOCRATE_CACHE/images/values.yaml
cat >"$values" <<END
operator: {image: "${reference[operator]}"}
encoder: {image: "${reference[encoder-job]}"}
api: {image: "${reference[api]}"}
END

if [ -n "$load" ]; then
	mapfile -t databases < <("$repository/kind-tests/images/debian-image.sh" all)
	"$repository/kind-tests/scripts/cluster.sh" load "${tars[@]}" "${databases[@]}" >&2
fi
echo "$values"
