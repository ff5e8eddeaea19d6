#!/usr/bin/env bash
# Runs a program in this folder, with node_modules as package-lock.json names it: installed when that has changed. Node and a browser are installed
# where they are missing.
#
#   with-packages.sh PROGRAM…   such as: npm test
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../scripts/common.sh
. "$here/../scripts/common.sh"

case "${1:-}" in
-h | --help)
	usage
	exit 0
	;;
"" | -*)
	usage >&2
	exit 2
	;;
esac
"$repository/kind-tests/scripts/prerequisites.sh" --dashboard
cd "$here"

# What is there was installed from this.
installed=node_modules/.installed-from
wanted() { cat package.json package-lock.json .npmrc; }

if ! cmp --silent "$installed" <(wanted); then
	mkdir -p "$SOCRATE_CACHE"
	exec {lock}>"$SOCRATE_CACHE/.dashboard-packages.lock"
	flock "$lock"
	# Who waited for another may have nothing left to do.
	if ! cmp --silent "$installed" <(wanted); then
		say "installing what package-lock.json names"
		npm ci --no-progress --loglevel=error >&2 || fail "the packages cannot be installed: see the lines above"
		wanted >"$installed"
	fi
	exec {lock}>&-
fi
PATH=$here/node_modules/.bin:$PATH exec "$@"
