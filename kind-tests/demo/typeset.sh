#!/usr/bin/env bash
# Typesets default.pdf: the four gospels in the King James Version, from Debian's package bible-kjv-text.
# Its packages: bible-kjv, groff.
#
#   typeset.sh [OUT]    OUT: default.pdf beside this script
set -euo pipefail
case "${1:-}" in
-h | --help)
	sed -n '2,5s/^# \{0,1\}//p' "$0"
	exit 0
	;;
esac
out=${1:-$(dirname "$0")/default.pdf}
for program in bible groff; do
	command -v "$program" >/dev/null || {
		echo "typeset.sh: $program is missing: apt-get install bible-kjv groff" >&2
		exit 1
	}
done

manuscript() {
	cat <<-'END'
		.nr PS 11
		.nr VS 14
		.nr LL 5.2i
		.nr PO 1.5i
		.ds CH
		.ds CF %
		.TL
		The Four Gospels
		.AU
		In the version of 1611, called King James's
	END
	local book abbreviation title
	for book in "mat Matthew 28:20" "mar Mark 16:20" "luk Luke 24:53" "joh John 21:25"; do
		read -r abbreviation title last <<<"$book"
		printf '.bp\n.SH 1\nThe Gospel according to %s\n' "$title"
		bible -f "${abbreviation}1:1-${abbreviation}$last" | awk '
			{
				split($1, place, ":")
				sub(/^[^ ]+ /, "")
				sub(/^[A-Za-z]*/, "", place[1])
				if (place[1] != chapter) { chapter = place[1]; print ".SH 2\nChapter " chapter }
				gsub(/\\/, "\\e")
				print ".PP\n" place[2] ". " $0
			}'
	done
}

# The dates in the file are replaced, by as many digits, so that the same text gives the same file.
manuscript | groff -ms -Tpdf -P-pletter | LC_ALL=C sed -E 's/\(D:[0-9]{14}/(D:20000101000000/' >"$out.part"
mv "$out.part" "$out"
echo "$out: $(stat --format=%s "$out") bytes" >&2
