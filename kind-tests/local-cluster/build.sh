#!/usr/bin/env bash
# Builds what the local cluster needs, only when it is not built yet, and prints the path
# of the program asked for on standard output (progress goes to standard error).
#
#   build.sh            local-cluster; kubectl, and CoreDNS and pause, which it runs, come along
#   build.sh helm       Helm
#   build.sh versitygw  Versity's S3 gateway: the S3 server of tests and trials
#
# Everything lands in ${SOCRATE_CACHE:-~/.cache/socrate-encoder}, in a folder named after
# the content it was built from: a fresh checkout of the same sources builds nothing.
set -euo pipefail

source_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${SOCRATE_CACHE:-${HOME:?set HOME or SOCRATE_CACHE}/.cache/socrate-encoder}
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -buildvcs=false"

versitygw_version=v1.8.0

say() { echo "build.sh: $*" >&2; }

usage() { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

# with_progress WHAT COMMAND…: runs a long command and shows that it is still at work.
with_progress() {
	local what=$1 start=$SECONDS pid
	shift
	say "building $what (the first time this takes some minutes)"
	"$@" >&2 &
	pid=$!
	(
		# `read` rather than `sleep`: no child of the ticker can outlive it.
		exec {never}<> <(:)
		while ! read -rt 15 -u "$never" && kill -0 "$pid" 2>/dev/null; do
			say "still building $what ($((SECONDS - start)) s)"
		done
	) >&2 &
	local ticker=$! status=0
	# Neither the build nor the ticker may outlive an interrupted script.
	trap 'kill "$pid" "$ticker" 2>/dev/null || true' EXIT
	wait "$pid" || status=$?
	kill "$ticker" 2>/dev/null || true
	wait "$ticker" 2>/dev/null || true
	trap - EXIT
	if [ "$status" -ne 0 ]; then
		say "failed to build $what: see the lines above"
		return "$status"
	fi
	say "built $what in $((SECONDS - start)) s"
}

# once FOLDER BUILD_FUNCTION: fills the folder in a draft beside it, under a lock, and
# moves it into place when complete. An interrupted build leaves nothing that looks done.
once() {
	local folder=$1 build=$2 lock
	[ ! -d "$folder" ] || return 0
	mkdir -p "$cache"
	exec {lock}>"$cache/.$(basename "$folder").lock"
	flock "$lock"
	if [ ! -d "$folder" ]; then
		rm -rf "$folder.draft"
		mkdir "$folder.draft"
		"$build" "$folder.draft"
		mv "$folder.draft" "$folder"
	fi
	exec {lock}>&-
}

need_go() {
	if ! command -v go >/dev/null; then
		say "Go is not installed: install Go 1.25 or newer, then run this again"
		exit 1
	fi
}

# version MODULE: the one that go.mod names.
version() { awk -v module="$1" '$1 == module && $2 ~ /^v/ { print $2; exit }' "$source_directory/go.mod"; }

# Clients of a cluster decide by its version; without these every part would call
# itself v0.0.0.
version_flags() {
	local package kubernetes_version minor
	kubernetes_version=$(version k8s.io/kubernetes)
	minor=${kubernetes_version#v1.}
	for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
		printf -- '-X %s.gitVersion=%s -X %s.gitMajor=1 -X %s.gitMinor=%s ' \
			"$package" "$kubernetes_version" "$package" "$package" "${minor%.*}"
	done
}

build_local_cluster() {
	need_go
	cd "$source_directory"
	with_progress "local-cluster with Kubernetes $(version k8s.io/kubernetes)" \
		go build -trimpath -ldflags "-s -w $(version_flags)" -o "$1/local-cluster" .
	go build -trimpath -ldflags "-s -w" -o "$1/" ./coredns ./pause >&2
	ln -s local-cluster "$1/kubectl"
}

# With the clients that Kubernetes has compiled anyway.
build_helm() {
	need_go
	cd "$source_directory"
	with_progress "Helm $(version helm.sh/helm/v3)" \
		go build -trimpath -ldflags "-s -w $(version_flags)" -o "$1/helm" helm.sh/helm/v3/cmd/helm
}

# A module of its own: it shares nothing with Kubernetes, and is not to change what that is built with.
build_versitygw() {
	need_go
	GOBIN=$1 with_progress "versitygw $versitygw_version" \
		go install -trimpath -ldflags "-s -w" "github.com/versity/versitygw/cmd/versitygw@$versitygw_version"
}

# The content that decides what the binary is: every source but the tests, what is embedded, and this script.
content_hash() {
	cd "$source_directory"
	{
		find . -type f \( -name '*.go' -o -path '*/templates/*' \) ! -name '*_test.go'
		printf '%s\n' ./go.mod ./go.sum ./build.sh
	} | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16
}

case "${1:-local-cluster}" in
local-cluster)
	folder=$cache/local-cluster-$(content_hash)
	once "$folder" build_local_cluster
	echo "$folder/local-cluster"
	;;
helm)
	folder=$cache/helm-$(version helm.sh/helm/v3)-kubernetes-$(version k8s.io/kubernetes)
	once "$folder" build_helm
	echo "$folder/helm"
	;;
versitygw)
	folder=$cache/versitygw-$versitygw_version
	once "$folder" build_versitygw
	echo "$folder/versitygw"
	;;
-h | --help | help) usage ;;
*)
	usage >&2
	exit 2
	;;
esac
