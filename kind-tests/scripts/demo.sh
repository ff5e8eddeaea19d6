#!/usr/bin/env bash
# Shows a document's way through the installed platform, in six steps.
#
#   demo.sh FILE   FILE: the document
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in
-h | --help)
	usage
	exit 0
	;;
"")
	usage >&2
	exit 2
	;;
esac
use_cluster
# Without Docker it was built together with the programs of the images.
if [ "$(cluster_kind)" = local ] && [ -x "$trial_programs/demo" ]; then exec "$trial_programs/demo" "$1"; fi
cd "$repository"
exec cargo run --quiet --locked --package kind-tests --bin demo -- "$1"
