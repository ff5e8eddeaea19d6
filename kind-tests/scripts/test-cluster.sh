#!/usr/bin/env bash
# Runs the tests against the cluster, where the platform is installed.
#
#   test-cluster.sh [NAME…]   NAME: part of the names of tests, of which there must be one; none: all tests
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case "${1:-}" in
-*)
	usage
	exit 2
	;;
esac
cd "$repository"

# One of them starts the API itself.
cargo build --locked --package api
tests=(cargo test --locked --package kind-tests --features cluster)
if [ $# -gt 0 ]; then
	listed=$("${tests[@]}" -- --list)
	for name in "$@"; do
		grep -qF -- "$name" <<<"$listed" || fail "there is no test with $name in its name"
	done
fi
exec kind-tests/scripts/cluster.sh run "${tests[@]}" -- --show-output "$@"
