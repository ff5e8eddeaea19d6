#!/usr/bin/env bash
# Checks format, lints, generated files, chart and scripts.
#
#   lint.sh
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

say "format"
cargo fmt --all --check
say "clippy"
cargo clippy --workspace --all-targets --all-features --locked -- --deny warnings

say "Go"
unformatted=$(gofmt -l kind-tests/local-cluster)
[ -z "$unformatted" ] || fail "not formatted, run make fmt: $unformatted"
# The rest is Kubernetes itself, which takes minutes to compile and is not ours.
(cd kind-tests/local-cluster && go vet ./internal/...)

say "Python"
kind-tests/scripts/lint-python.py

say "dashboard"
kind-tests/dashboard/with-packages.sh npm run --silent lint

say "generated files"
cargo run --quiet --locked --package crds --example print-crd | diff -u crds/documentencodings.yaml - >&2 ||
	fail "crds/documentencodings.yaml is behind the types: run make generate"
cmp -s crds/documentencodings.yaml charts/socrate-encoder/files/documentencodings.yaml ||
	fail "the chart's copy of the CRD is behind: run make generate"

say "chart"
kind-tests/scripts/test-chart.sh

say "scripts"
while IFS= read -r script; do
	if ! head -n 1 "$script" | grep -q '^#!/bin/sh'; then bash -n "$script"; else sh -n "$script"; fi
done < <(git ls-files '*.sh' .ci/run)
if command -v shellcheck >/dev/null; then
	git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck --severity=warning --external-sources --source-path=SCRIPTDIR
else
	say "shellcheck is not installed: scripts were only parsed"
fi
if command -v cargo-deny >/dev/null; then
	cargo deny --all-features check --hide-inclusion-graph
fi
