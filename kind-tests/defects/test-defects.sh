#!/usr/bin/env bash
# Proves that guards guard: seeds one defect after the other into a copy of the sources, and expects the test that stands
# against it to fail. Without a defect all of these tests pass.
#
#   test-defects.sh [--list] [NAME…]   NAME: of a patch in this folder, without .patch; none: all of them
#
# A patch begins with lines that say which test of which package must fail (`test: …`, `package: …`) and what the defect
# is; after them comes a unified diff. The copy and what is built of it stay in SOCRATE_CACHE, so that a second run is
# quicker; CARGO_TARGET_DIR names another place for what is built.
set -euo pipefail
# shellcheck source=../scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

defects=$repository/kind-tests/defects
copy=$SOCRATE_CACHE/defects/sources
log=$SOCRATE_CACHE/defects/log
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$SOCRATE_CACHE/defects/target}

# head_of PATCH FIELD: the field's value in the lines before the diff
head_of() { sed -n '/^--- /q; s/^'"$2"': //p' "$1"; }

# What the defect is: the rest of these lines.
words_of() { sed -n '/^--- /q; /^test: /d; /^package: /d; /./p' "$1"; }

names=()
for argument in "$@"; do
	case "$argument" in
	-h | --help)
		usage
		exit 0
		;;
	--list)
		for patch in "$defects"/*.patch; do printf '%-32s %s\n' "$(basename "$patch" .patch)" "$(words_of "$patch")"; done
		exit 0
		;;
	-*)
		usage >&2
		exit 2
		;;
	*)
		[ -f "$defects/$argument.patch" ] || fail "there is no defect named $argument: see --list"
		names+=("$argument")
		;;
	esac
done
if [ ${#names[@]} -eq 0 ]; then
	for patch in "$defects"/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi

# All that is not ignored, with the times of its last change, by which cargo knows what to build again.
rm -rf "$copy"
mkdir -p "$copy"
cd "$repository"
git ls-files --cached --others --exclude-standard -z | while IFS= read -r -d '' file; do
	[ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --create --null --files-from=- | tar --extract --directory="$copy"
cd "$copy"

# run PACKAGE TEST…: exactly these tests of the package's library and programs; the log says how each ended
run() {
	local package=$1
	shift
	cargo test --quiet --package "$package" --lib --bins --no-fail-fast -- --exact --format=pretty "$@" >"$log" 2>&1
}

# Whether the tests were built: a defect that does not compile proves nothing.
were_run() { grep -q '^running [1-9]' "$log"; }

failed=0
outcome() { printf '%-32s %s\n' "$1" "$2"; }

# First without any defect, all tests of a package at a time.
packages=$(for name in "${names[@]}"; do head_of "$defects/$name.patch" package; done | sort -u)
for package in $packages; do
	tests=()
	for name in "${names[@]}"; do
		[ "$(head_of "$defects/$name.patch" package)" != "$package" ] || tests+=("$(head_of "$defects/$name.patch" test)")
	done
	if ! run "$package" "${tests[@]}"; then
		cat "$log" >&2
		fail "without a defect the tests of $package do not pass"
	fi
	for test in "${tests[@]}"; do
		grep -qF "test $test ... ok" "$log" || fail "$package has no test $test"
	done
done

for name in "${names[@]}"; do
	patch=$defects/$name.patch
	test=$(head_of "$patch" test)
	if ! GIT_CEILING_DIRECTORIES=$SOCRATE_CACHE git apply -C1 "$patch" 2>"$log"; then
		outcome "$name" "does not apply: $(head -n 1 "$log")"
		failed=$((failed + 1))
		continue
	fi
	if run "$(head_of "$patch" package)" "$test"; then
		outcome "$name" "is not noticed by $test"
		failed=$((failed + 1))
	elif ! were_run || ! grep -qF "test $test ... FAILED" "$log"; then
		outcome "$name" "could not be tried: $(grep -m 1 '^error' "$log" || echo 'no test ran')"
		failed=$((failed + 1))
	else
		outcome "$name" "noticed by $test"
	fi
	GIT_CEILING_DIRECTORIES=$SOCRATE_CACHE git apply -C1 --reverse "$patch"
done
[ "$failed" = 0 ] || fail "$failed of ${#names[@]} defects are not noticed as they should be"
say "all ${#names[@]} defects are noticed"
