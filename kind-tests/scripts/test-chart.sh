#!/usr/bin/env bash
# Lints the chart and renders it: what should be in it for each store is, what should not is not, and what cannot work is
# refused. Needs no cluster.
#
#   test-chart.sh
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
cd "$repository/charts/socrate-encoder"

helm=${HELM:-$(command -v helm || "$local_cluster_script" helm)}
# A helm built from source takes the cluster for an old one where it is not told.
version=(--kube-version "$(awk '$1 == "k8s.io/kubernetes" { print $2 }' "$repository/kind-tests/local-cluster/go.mod")")
team=(--set-json 'tenantNamespaces=[{"name":"team-a"}]')
on_file=(--values values-trial.yaml)
on_s3=(--values values-trial.yaml --values values-trial-s3.yaml)
on_external_s3=(--values values-trial.yaml --set "store.url=s3://bucket/prefix,store.s3.endpoint=https://s3.example:9000"
	--set "store.s3.region=eu-south-1,store.s3.existingSecret=keys,store.s3.caConfigMap=authorities,networkPolicy.storePorts={9000},networkPolicy.storeCidrs={192.0.2.0/24}")

# render ARGUMENT…: the objects, without comments
render() { "$helm" template "${version[@]}" socrate . --namespace socrate "${team[@]}" "$@" | sed '/^ *#/d'; }

# has NAME RENDERED TEXT, has_no NAME RENDERED TEXT: NAME says what was rendered
has() { grep -qF -- "$3" <<<"$2" || fail "$1: \"$3\" is missing"; }
has_no() { ! grep -qF -- "$3" <<<"$2" || fail "$1: \"$3\" should not be there"; }

# refused MESSAGE ARGUMENT…: helm must not render it, and say so
refused() {
	local message=$1 said
	shift
	if said=$("$helm" template "${version[@]}" socrate . "$@" 2>&1 >/dev/null); then fail "the chart takes $*"; fi
	[[ $said == *"$message"* ]] || fail "the chart refuses $* with the words: $said"
}

"$helm" lint --strict --quiet "${version[@]}" . "${on_file[@]}"
"$helm" lint --strict --quiet "${version[@]}" . "${on_s3[@]}"
"$helm" lint --strict --quiet "${version[@]}" . --set postgres.existingSecret=database,store.existingClaim=true,watchNamespaces='{team-a}'

file=$(render "${on_file[@]}")
has file "$file" '{name: SOCRATE_STORE_URL, value: "file:///store"}'
has file "$file" 'name: socrate-store-team-a'
for absent in AWS_ SOCRATE_STORE_PUBLIC_ENDPOINT socrate-s3 SOCRATE_OIDC SOCRATE_JWT; do has_no file "$file" "$absent"; done

# Bearer tokens: of an issuer with keys of its own, or with a shared secret, and never without an audience.
issuer=api.oidc.issuer=https://id.example
tokens=$(render "${on_file[@]}" --set "$issuer,api.oidc.audience=socrate,api.oidc.algorithm=ES256")
has tokens "$tokens" '{name: SOCRATE_OIDC_ISSUER, value: "https://id.example"}'
has tokens "$tokens" '{name: SOCRATE_OIDC_ALGORITHM, value: "ES256"}'
has_no tokens "$tokens" SOCRATE_JWT_SECRET
has_no tokens "$tokens" SOCRATE_OIDC_CA_FILE
for which in on_file on_s3; do
	declare -n values=$which
	authority=$(render "${values[@]}" --set "$issuer,api.oidc.audience=socrate,api.oidc.caConfigMap=ca" --show-only templates/api.yaml)
	has "$which, an authority" "$authority" '{name: oidc, mountPath: /oidc, readOnly: true}'
	has "$which, an authority" "$authority" '{name: oidc, configMap: {name: ca, items: [{key: ca.crt, path: ca.crt}]}}'
done
secret=$(render "${on_file[@]}" --set "$issuer,api.oidc.audience=socrate,api.oidc.existingSecret=shared")
has 'a shared secret' "$secret" '{name: SOCRATE_JWT_SECRET, valueFrom: {secretKeyRef: {name: shared, key: jwt-secret}}}'
for bad in "$issuer" "$issuer,api.oidc.audience=socrate,api.oidc.algorithm=none" api.session.idleSeconds=0; do
	refused "values don't meet the specifications of the schema" "${on_file[@]}" --set "$bad"
done

s3=$(render "${on_s3[@]}")
has s3 "$s3" '{name: SOCRATE_STORE_URL, value: "s3://socrate/trial"}'
has s3 "$s3" '{name: AWS_ENDPOINT_URL, value: "http://socrate-s3.socrate.svc:7070"}'
has s3 "$s3" '{name: SOCRATE_STORE_PUBLIC_ENDPOINT, value: "http://127.0.0.1:30070"}'
has s3 "$s3" 'mountPath: /buckets/socrate, subPath: s3/socrate'
has_no s3 "$s3" socrate-store

# Settings of the embedded Postgres: each is an argument of its own, whatever else is set.
settings=$(render "${on_file[@]}" --set-json 'postgres.settings={"shared_buffers":"1GB","log_line_prefix":"%m: "}' --show-only templates/postgres.yaml)
for setting in '- "shared_buffers=1GB"' '- "log_line_prefix=%m: "' '- "max_connections=100"'; do has postgres "$settings" "$setting"; done

# Only who works with it reaches the embedded server, unless it has an address outside of the cluster.
policies=$(render "${on_s3[@]}" --set store.s3.service.type=ClusterIP --show-only templates/network-policies.yaml)
policy=${policies##*name: socrate-s3}
for who in 'app.kubernetes.io/component: api' 'app.kubernetes.io/component: operator' encoding.socrate.ai/encoding-uid; do
	has 's3, its network policy' "$policy" "$who"
done

# The role of maintenance is the sweeper's and the cleanup's, and out of reach of requests.
for which in on_file on_s3; do
	declare -n values=$which
	deployment=$(render "${values[@]}" --show-only templates/sweeper.yaml)
	has "$which, the sweeper" "$deployment" 'name: SOCRATE_MAINTENANCE_DATABASE_URL'
	has "$which, the sweeper" "$deployment" 'serviceAccountName: socrate-api'
	has "$which, the sweeper" "$deployment" 'livenessProbe: {httpGet: {path: /healthz, port: metrics}'
	cleanup=$(render "${values[@]}" --show-only templates/cleanup.yaml)
	has "$which, the cleanup" "$cleanup" 'name: SOCRATE_MAINTENANCE_DATABASE_URL'
	has "$which, the cleanup" "$cleanup" 'encoding.socrate.ai/queue: maintenance'
	has_no "$which, the cleanup" "$cleanup" 'serviceAccountName'
	has_no "$which, the cleanup" "$cleanup" '--dry-run'
	has "$which, the cleanup" "$cleanup" 'activeDeadlineSeconds: 21600'
	served=$(render "${values[@]}" --show-only templates/api.yaml | sed -n '/args: \[serve\]/,$p')
	has "$which, the API" "$served" 'name: SOCRATE_MIRROR_DATABASE_URL'
	has_no "$which, the API" "$served" 'MAINTENANCE'
done

# What speaks to addresses that people chose has nothing else: no store, no identity in the cluster, no role that sees documents.
dispatcher=$(render "${on_s3[@]}" --show-only templates/dispatcher.yaml)
has 'the dispatcher' "$dispatcher" 'name: SOCRATE_DISPATCHER_DATABASE_URL'
has 'the dispatcher' "$dispatcher" 'automountServiceAccountToken: false'
for absent in AWS_ STORE MAINTENANCE MIRROR '{name: SOCRATE_DATABASE_URL' 'serviceAccountName: socrate-api'; do
	has_no 'the dispatcher' "$dispatcher" "$absent"
done
webhooks=(--set 'webhooks.allowedAddresses={10.20.0.0/16,fd00::/8},webhooks.caConfigMap=receivers')
allowed=$(render "${on_file[@]}" "${webhooks[@]}")
[ "$(grep -cF '{name: SOCRATE_WEBHOOK_ALLOWED_ADDRESSES, value: "10.20.0.0/16,fd00::/8"}' <<<"$allowed")" = 2 ] ||
	fail 'webhooks: what serves and what sends should be told the same'
has webhooks "$allowed" 'cidr: "10.20.0.0/16"'
has webhooks "$allowed" 'configMap: {name: receivers, items: [{key: ca.crt, path: ca.crt}]}'
policies=$(render "${on_file[@]}" --show-only templates/network-policies.yaml)
policy=${policies##*name: socrate-dispatcher}
has 'the dispatcher, its network policy' "$policy" '10.0.0.0/8'
has_no 'the dispatcher, its network policy' "$policy" '10.20.0.0/16'
has_no 'the dispatcher, its network policy' "$policy" 'port: 80,'
denied=(--set 'webhooks.deniedAddresses={192.0.9.0/24,2a01:4f8:1::/48,fd00::/8},webhooks.allowHttp=true')
has webhooks "$(render "${on_file[@]}" "${denied[@]}")" '{name: SOCRATE_WEBHOOK_DENIED_ADDRESSES, value: "192.0.9.0/24,2a01:4f8:1::/48,fd00::/8"}'
policies=$(render "${on_file[@]}" "${denied[@]}" --show-only templates/network-policies.yaml)
policy=${policies##*name: socrate-dispatcher}
# An exception that is not within its network makes the whole policy invalid.
for line in '- 192.0.9.0/24' '- "2a01:4f8:1::/48"' 'port: 80,' '{port: 1024, endPort: 65535, protocol: TCP}'; do
	has 'what is denied, the network policy' "$policy" "$line"
done
has_no 'what is denied, the network policy' "$policy" '- "fd00::/8"'
for bad in 'webhooks.allowedAddresses={everything}' 'webhooks.deniedAddresses={0.0.0.0/0}'; do
	refused "values don't meet the specifications of the schema" "${on_file[@]}" --set "$bad"
done

has_no 'a cleanup that is not wanted' "$(render "${on_file[@]}" --set cleanup.schedule=)" 'kind: CronJob'
has 'a dry cleanup' "$(render "${on_file[@]}" --set cleanup.dryRun=true)" '- --dry-run'
has 'a long cleanup' "$(render "${on_file[@]}" --set cleanup.activeDeadlineSeconds=2000000)" 'activeDeadlineSeconds: 2000000'
refused "values don't meet the specifications of the schema" "${on_file[@]}" --set cleanup.activeDeadlineSeconds=0

external=$(render "${on_external_s3[@]}")
has external "$external" '{name: SOCRATE_STORE_URL, value: "s3://bucket/prefix"}'
has external "$external" '{name: AWS_ENDPOINT_URL, value: "https://s3.example:9000"}'
has external "$external" '{name: AWS_CA_BUNDLE, value: /store-authorities/ca.crt}'
[ "$(grep -c 'configMap: {name: authorities,' <<<"$external")" = 4 ] || fail "external: API, sweeper, cleanup and operator should have the authorities"
has external "$external" '{name: AWS_REGION, value: "eu-south-1"}'
has external "$external" 'secretKeyRef: {name: keys, key: AWS_SECRET_ACCESS_KEY}'
for absent in socrate-store socrate-s3 SOCRATE_STORE_PUBLIC_ENDPOINT; do has_no external "$external" "$absent"; done

# What an encoder's namespace gets: a way to the store and no keys to it.
for which in on_s3 on_external_s3; do
	declare -n values=$which
	namespace=$(render "${values[@]}" --show-only templates/tenant-namespace.yaml)
	for absent in AWS_ s3-secret existingSecret PersistentVolume; do has_no "$which, a namespace of Jobs" "$namespace" "$absent"; done
	if [ "$which" = on_s3 ]; then has "$which" "$namespace" 'ports: [{port: 7070, protocol: TCP}]'; fi
done
has external "$namespace" '{port: 9000, protocol: TCP}'
has external "$namespace" 'cidr: "192.0.2.0/24"'

# An unknown value, and what the programs would refuse at their start.
for bad in api.replica=2 encoder.cpu=0 encoder.cpu=1Gi encoder.cpu=1.5m encoder.memory=1.5Gi encoder.memory=0 \
	encoder.memoryCap=500m encoder.sandbox=Off postgres.settings.Work-Mem=1MB store.url=s3:// store.url=s3://Bucket store.url=s3://bucket//prefix \
	store.url=http://bucket store.s3.endpoint=s3.example store.s3.publicEndpoint=https://s3.example/path; do
	refused "values don't meet the specifications of the schema" "${on_file[@]}" --set-string "$bad"
done
refused 'store.s3.existingSecret is needed' "${on_file[@]}" --set store.url=s3://bucket
refused 'store.s3.embedded needs a bucket' "${on_file[@]}" --set store.s3.embedded=true
refused 'takes the place of store.s3.endpoint' "${on_s3[@]}" --set store.s3.endpoint=https://s3.example
refused 'set one of store.hostPath' "${on_file[@]}" --set store.hostPath=
