#!/usr/bin/env bash
# Hides which cluster it is: kind where a Docker engine answers, else kind-tests/local-cluster, or with
# CLUSTER=existing the one that KUBECONFIG names.
#
#   cluster.sh up             bring it up, or do nothing
#   cluster.sh load IMAGE…    make images usable in it: tars, or for kind the names of Docker's images
#   cluster.sh kubeconfig     print where the kubeconfig is
#   cluster.sh run PROGRAM…   run a program with KUBECONFIG, KUBECTL and HELM set
#   cluster.sh down           remove it, with everything that was in it
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The trial's volumes live here on the node: writable for the Pods' group, whose members inherit it.
trial_directory=/var/lib/socrate-encoder-trial
kind_version=v0.31.0

kind_program() {
	if command -v kind; then return; fi
	if [ ! -x "$SOCRATE_CACHE/bin/kind" ]; then
		say "building kind $kind_version"
		GOBIN=$SOCRATE_CACHE/bin go install "sigs.k8s.io/kind@$kind_version" >&2
	fi
	echo "$SOCRATE_CACHE/bin/kind"
}

up_kind() {
	local kind
	kind=$(kind_program)
	mkdir -p "$SOCRATE_CACHE"
	if ! "$kind" get clusters 2>/dev/null | grep -qx "$kind_name"; then
		"$kind" create cluster --name "$kind_name" --kubeconfig "$kind_kubeconfig" --wait 180s --config - <<-END
			kind: Cluster
			apiVersion: kind.x-k8s.io/v1alpha4
			nodes:
			  - role: control-plane
			    extraPortMappings:
			      - {containerPort: 30080, hostPort: 30080, listenAddress: 127.0.0.1}
			      - {containerPort: 30070, hostPort: 30070, listenAddress: 127.0.0.1}
		END
	fi
	"$kind" export kubeconfig --name "$kind_name" --kubeconfig "$kind_kubeconfig" >&2
	docker exec "$kind_name-control-plane" install -d -m 2770 -o root -g 65532 "$trial_directory" "$trial_directory/store"
}

up_local() {
	local program
	[ "$(id -u)" = 0 ] || fail "the local cluster needs root: run as root, start a Docker engine, or name a cluster with CLUSTER=existing"
	program=$("$local_cluster_script")
	"$program" up
	install -d -m 2770 -o root -g 65532 "$trial_directory" "$trial_directory/store"
}

down_existing() {
	use_cluster
	"$KUBECTL" delete documentencodings --all --all-namespaces --timeout=120s --ignore-not-found || say "some documents remain"
	"$HELM" uninstall socrate --namespace socrate --ignore-not-found --wait
	"$KUBECTL" delete namespace socrate socrate-encodings --ignore-not-found
	"$KUBECTL" delete crd documentencodings.encoding.socrate.ai --ignore-not-found
}

load() {
	case "$(cluster_kind)" in
	kind)
		# Docker's own images, by their names.
		"$(kind_program)" load docker-image --name "$kind_name" "$@"
		;;
	local) "$("$local_cluster_script")" load-image "$@" ;;
	existing) fail "images reach an existing cluster through its registry: set the chart's image values (EXTRA_VALUES=FILE)" ;;
	esac
}

command=${1:-}
[ $# -eq 0 ] || shift
case "$command" in
up)
	case "$(cluster_kind)" in
	existing)
		use_cluster
		"$KUBECTL" version >/dev/null || fail "the cluster of KUBECONFIG does not answer"
		;;
	kind) up_kind ;;
	local) up_local ;;
	esac
	;;
load) load "$@" ;;
kubeconfig)
	use_cluster
	echo "$KUBECONFIG"
	;;
run)
	use_cluster
	exec "$@"
	;;
down)
	case "$(cluster_kind)" in
	existing) down_existing ;;
	kind)
		"$(kind_program)" delete cluster --name "$kind_name"
		rm -f "$kind_kubeconfig"
		;;
	local)
		"$("$local_cluster_script")" down
		rm -rf "$trial_directory"
		;;
	esac
	;;
-h | --help | help) usage ;;
*)
	usage >&2
	exit 2
	;;
esac
