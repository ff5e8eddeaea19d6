# shellcheck shell=bash
# What the scripts share. Sourced, not run.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SOCRATE_CACHE=${SOCRATE_CACHE:-${HOME:?set HOME or SOCRATE_CACHE}/.cache/socrate-encoder}
export SOCRATE_CACHE
local_cluster_script=$repository/kind-tests/local-cluster/build.sh
# Where the programs of the trial are built without Docker, and in which profile: `trial` is built sooner, `release` is what is shipped.
trial_target=x86_64-unknown-linux-gnu
trial_profile=${SOCRATE_PROFILE:-trial}
trial_programs=$SOCRATE_CACHE/target/$trial_target/$trial_profile
kind_name=${SOCRATE_KIND_CLUSTER:-socrate}
kind_kubeconfig=$SOCRATE_CACHE/kind-$kind_name.kubeconfig

say() { echo "$(basename "$0"): $*" >&2; }

fail() {
	say "$*"
	exit 1
}

# The comment at the head of a script is its help.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

# Which cluster: `existing` (KUBECONFIG), `kind` where a Docker engine answers, else `local`.
cluster_kind() {
	case "${CLUSTER:-}" in
	existing | kind | local) echo "$CLUSTER" ;;
	"") if command -v docker >/dev/null && docker info >/dev/null 2>&1; then echo kind; else echo local; fi ;;
	*) fail "CLUSTER is existing, kind or local, not \"$CLUSTER\"" ;;
	esac
}

# Which store the trial has: `file` (a directory of the node) or `s3` (a server inside the release).
store_kind() {
	case "${STORE:-file}" in
	file | s3) echo "${STORE:-file}" ;;
	*) fail "STORE is file or s3, not \"$STORE\"" ;;
	esac
}

# Points kubectl, helm and KUBECONFIG at the cluster; the variables are also what the tests read.
use_cluster() {
	HELM=${HELM:-$(command -v helm || "$local_cluster_script" helm)}
	case "$(cluster_kind)" in
	existing)
		KUBECONFIG=${KUBECONFIG:-$HOME/.kube/config}
		KUBECTL=${KUBECTL:-kubectl}
		;;
	kind)
		KUBECONFIG=$kind_kubeconfig
		KUBECTL=${KUBECTL:-$(command -v kubectl || echo "$(dirname "$("$local_cluster_script")")/kubectl")}
		;;
	local)
		local program
		program=$("$local_cluster_script")
		KUBECONFIG=$("$program" kubeconfig --path)
		KUBECTL=${KUBECTL:-$(dirname "$program")/kubectl}
		;;
	esac
	# Elsewhere the API is reached through a port that kubectl forwards.
	if [ "$(cluster_kind)" != existing ]; then export SOCRATE_API_URL=${SOCRATE_API_URL:-http://127.0.0.1:30080}; fi
	export HELM KUBECONFIG KUBECTL
}
