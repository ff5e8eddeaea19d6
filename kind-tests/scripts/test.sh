#!/usr/bin/env bash
# Everything that continuous integration runs, stage by stage, with a closing table of seconds. The first stage that
# fails ends it; the cluster is left as it is for a look.
#
#   test.sh
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case "${1:-}" in
"") ;;
*)
	usage
	exit 2
	;;
esac
cd "$repository"

table=()
print_table() {
	echo
	echo "stage                          seconds"
	printf '%s\n' ${table[@]+"${table[@]}"}
	printf '%-30s %7d\n' total "$SECONDS"
}
trap print_table EXIT

# stage NAME COMMAND…
stage() {
	local name=$1 start=$SECONDS outcome=0
	shift
	echo
	echo "=== $name"
	"$@" || outcome=$?
	table+=("$(printf '%-30s %7d%s' "$name" $((SECONDS - start)) "$([ $outcome = 0 ] || echo '   failed')")")
	[ $outcome = 0 ] || exit "$outcome"
}

# shellcheck disable=SC2016 # The variables are those that cluster.sh sets.
helm_test() { "$repository/kind-tests/scripts/cluster.sh" run bash -c '"$HELM" test socrate --namespace socrate --timeout 3m'; }

# Where the API is killed is the same for the same commit, and never left out where it can be done.
commit=$(git rev-parse --short=6 HEAD 2>/dev/null) || commit=0
export SOCRATE_KILL_FROM=${SOCRATE_KILL_FROM:-$((16#$commit))}
[ "$(cluster_kind)" != local ] || export SOCRATE_KILLS_REQUIRED=yes

stage prerequisites make prerequisites
stage lint make lint
stage "unit tests" make test-unit
stage "cluster up" make cluster-up
stage images make images
stage install make install
stage "helm test" helm_test
stage "cluster tests" make test-cluster
stage "contract tests" make test-contract CONTRACT="--max-examples 5 --seed 1"
stage "clients of the API" make test-examples
stage dashboard make test-dashboard
stage demo make demo

# The same cluster on S3: what a store is used for, and what happens to it when parts of the platform end.
on_s3=(uploads:: faults:: guards::an_encoders_pod_has_no_key bad_input::uploads_that_cannot cancelling::documents_that_are_cancelled_at_once
	sources::an_object_of_another_tenant disturbances::an_operator_restarted disturbances::standing_pods_deleted leadership::a_leader_that_is_killed)
export STORE=s3
stage "images for S3" make images
stage "install on S3" make install
stage "helm test on S3" helm_test
stage "cluster tests on S3" make test-cluster TESTS="${on_s3[*]}"
stage "contract tests on S3" make test-contract CONTRACT="--max-examples 5 --seed 1"
