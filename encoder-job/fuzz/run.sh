#!/usr/bin/env bash
# Fuzzes the encoder, one target after the other, and says how often each was run.
#
#   run.sh [--seconds N] [--seed N] [--sanitizer none|address] [TARGET…]
#
# Without targets, all of them. With a seed other than 0 the same is tried every time, as far as the time goes.
# Ends with 1 where something was found; what found it is then in artifacts/<target>/.
# Needs a C++ compiler. cargo-fuzz is installed below ${SOCRATE_CACHE:-~/.cache/socrate-encoder} where it is missing.
set -euo pipefail
cd "$(dirname "$0")"

cargo_fuzz_version=0.13.2

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' run.sh; }

seconds=60
seed=0
# The encoder is safe Rust: what matters are panics, time, memory and the stack, which are found without a sanitizer, twice as fast.
sanitizer=none
targets=()
while [ $# -gt 0 ]; do
	case $1 in
	--seconds) seconds=${2:?how many seconds for each target?} && shift ;;
	--seed) seed=${2:?which seed?} && shift ;;
	--sanitizer) sanitizer=${2:?which sanitizer?} && shift ;;
	--help | -h) usage && exit 0 ;;
	-*)
		usage >&2
		exit 64
		;;
	*) targets+=("$1") ;;
	esac
	shift
done
tools=${SOCRATE_CACHE:-${HOME:?set HOME or SOCRATE_CACHE}/.cache/socrate-encoder}/tools
PATH=$PATH:$tools/bin
if ! command -v cargo-fuzz >/dev/null; then
	echo "run.sh: installing cargo-fuzz $cargo_fuzz_version" >&2
	cargo install --quiet --locked --root "$tools" "cargo-fuzz@$cargo_fuzz_version"
fi
# Instrumentation is not part of stable Rust yet; the compiler has it all the same.
export RUSTC_BOOTSTRAP=1
if [ ${#targets[@]} -eq 0 ]; then
	mapfile -t targets < <(cargo fuzz list --fuzz-dir .)
fi

cargo run --quiet --release --package fuzz-seeds -- corpus >/dev/null
# Built once, all together: what they share is most of it.
cargo fuzz build --fuzz-dir . --sanitizer "$sanitizer"

found=()
table=()
for target in "${targets[@]}"; do
	# Instrumented, all takes ten times as long and more.
	options=(-max_total_time="$seconds" -seed="$seed" -timeout=60 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 -verbosity=0)
	case $target in
	pdf | pdf_second_engine) options+=(-dict=dictionaries/pdf.dict) ;;
	html | docx | epub) options+=(-dict=dictionaries/markup.dict) ;;
	esac
	mkdir -p "corpus/$target" "artifacts/$target"
	log=artifacts/$target.log
	outcome=ok
	if ! cargo fuzz run --fuzz-dir . --sanitizer "$sanitizer" "$target" -- "${options[@]}" >"$log" 2>&1; then
		outcome="found something: see fuzz/$log"
		found+=("$target")
	fi
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
	table+=("$(printf '%-20s %12s  %s' "$target" "${executions:-?}" "$outcome")")
	echo "${table[-1]}"
done
echo
printf '%-20s %12s  %s\n' target executions "within $seconds s each"
printf '%s\n' "${table[@]}"
[ ${#found[@]} -eq 0 ]
