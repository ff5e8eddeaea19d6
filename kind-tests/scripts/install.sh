#!/usr/bin/env bash
# Installs or upgrades the trial release in the cluster with the images that build-images.sh made, and waits until
# it is ready.
#
#   install.sh VALUES   VALUES: the file that build-images.sh printed
#
# STORE=s3 gives the release an S3 server in place of a directory of the node. EXTRA_VALUES names one more file of chart values.
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
chart=$repository/charts/socrate-encoder
files=(--values "$chart/values-trial.yaml" --values "$1")
store=$(store_kind)
[ "$store" = file ] || files+=(--values "$chart/values-trial-$store.yaml")
# A test receives webhooks on this machine, at the address that is the cluster's way to it.
node=$("$KUBECTL" get nodes --output='jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}')
receiver=$(ip -oneline route get "$node" 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p')
[ -z "$receiver" ] || files+=(--set "webhooks.allowHttp=true,webhooks.allowedAddresses={$receiver/32}")
[ -z "${EXTRA_VALUES:-}" ] || files+=(--values "$EXTRA_VALUES")

"$KUBECTL" create namespace socrate --dry-run=client --output=yaml | "$KUBECTL" apply --filename=- >/dev/null
"$KUBECTL" label namespace socrate pod-security.kubernetes.io/enforce=restricted --overwrite >/dev/null
# What an interrupted run left half-done would refuse every later one.
"$KUBECTL" --namespace socrate delete secret --ignore-not-found \
	--selector 'owner=helm,name=socrate,status in (pending-install,pending-upgrade,pending-rollback)' >/dev/null
say "installing the release socrate in the namespace socrate, with the store $store"
if ! "$HELM" upgrade socrate "$chart" --install --take-ownership --namespace socrate "${files[@]}" \
	--wait --timeout "${INSTALL_TIMEOUT:-5m}" >/dev/null; then
	"$KUBECTL" --namespace socrate get pods,persistentvolumeclaims --output=wide >&2 || true
	"$KUBECTL" --namespace socrate get events --sort-by=.lastTimestamp 2>/dev/null | tail -n 15 >&2 || true
	fail "the release did not become ready"
fi
"$KUBECTL" --namespace socrate get pods >&2
