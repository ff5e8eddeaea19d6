#!/usr/bin/env bash
# Typesets the documents of this folder again, from the King James Version in Debian's package bible-kjv-text and from report.html.
# Its packages: bible-kjv, groff, libreoffice-writer-nogui, fonts-dejavu.
#
#   typeset.sh [FOLDER]    FOLDER: where they go; this folder by default
#
# After it the golden texts want reading beside the pictures of their pages: see README.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case "${1:-}" in
-h | --help)
	sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
	exit 0
	;;
esac
out=${1:-$here}
for program in bible groff soffice; do
	command -v "$program" >/dev/null || {
		echo "typeset.sh: $program is missing: apt-get install bible-kjv groff libreoffice-writer-nogui fonts-dejavu" >&2
		exit 1
	}
done

# chapters BOOK FROM TO: the chapters between two verses, each under a heading.
chapters() {
	bible -f "$1$2-$1$3" | awk '
		{
			split($1, place, ":")
			sub(/^[^ ]+ /, "")
			sub(/^[A-Za-z]*/, "", place[1])
			if (place[1] != chapter) { chapter = place[1]; print ".SH 1\nChapter " chapter }
			gsub(/\\/, "\\e")
			print ".PP\n" place[2] ". " $0
		}'
}

# The dates in the file are replaced, by as many digits, so that the same text gives the same file.
pdf() { groff -t -ms -Tpdf "$@" | LC_ALL=C sed -E 's/\(D:[0-9]{14}/(D:20000101000000/'; }

two_columns() {
	printf '.nr PS 10\n.nr VS 12\n.ds CF %%\n.TL\nThe Beginning\n.AU\nFrom the version of 1611\n.AB\n'
	printf 'The first chapters of Genesis, set in two columns under a title that spans both, with a foot note and numbered pages.\n.AE\n.2C\n'
	chapters gen 1:1 3:24
	printf '.FS\n* A note at the foot of a column: Eden is a garden, and also a place.\n.FE\n'
	chapters gen 4:1 14:24
}

three_columns() {
	printf '.nr PS 9\n.nr VS 11\n.nr LL 6.8i\n.nr PO 0.85i\n.ds LH Proverbs\n.ds CH\n.ds RH %%\n.ds CF\n.MC 2.1i 0.25i\n'
	chapters pro 1:1 22:29
}

book() {
	printf '.nr PS 11\n.nr VS 14\n.nr LL 4.6i\n.nr PO 1.9i\n.ds LH The Book of Jonah\n.ds CH\n.ds RH %%\n.ds CF\n'
	chapters jonah 1:1 4:11
	printf '.bp\n.ds LH The Book of Ruth\n'
	chapters ruth 1:1 4:22
}

tables() {
	cat <<-'TABLES'
		.nr PS 11
		.nr VS 14
		.SH 1
		Of weights and measures
		.PP
		Prose stands above the first table, and tells what it shows: the measures of the old books, and about how much they hold today.
		.TS
		center, box, tab(|);
		cb cb cb
		l n l.
		Measure|Litres|Use
		Ephah|22.0|grain
		Bath|22.0|oil and wine
		Omer|2.2|manna
		Hin|3.7|oil
		.TE
		.PP
		Between two tables stands a paragraph again, which is long enough to fill more than one line of the page, as paragraphs do.
		.TS
		center, tab(|);
		lb rb rb rb
		l n n n.
		Year|North|South|Both
		1601|1,204|980|2,184
		1602|1,317|1,002|2,319
		1603|998|1,140|2,138
		1604|1,455|1,201|2,656
		Sum|4,974|4,323|9,297
		.TE
		.PP
		A last paragraph ends the page.
	TABLES
}

two_columns | pdf -P-pa4 >"$out/two-columns.pdf"
three_columns | pdf -P-pletter >"$out/three-columns.pdf"
book | pdf -P-pa4 >"$out/book.pdf"
tables | pdf -P-pa4 >"$out/tables.pdf"
two_columns | awk 'NR <= 120' | pdf -dpaper=a4l -P-l -P-pa4 >"$out/landscape.pdf"
workspace=$(mktemp -d)
trap 'rm -rf -- "$workspace"' EXIT
SOURCE_DATE_EPOCH=946684800 soffice "-env:UserInstallation=file://$workspace/profile" --headless \
	--infilter='HTML (StarWriter)' --convert-to pdf --outdir "$workspace" "$here/report.html" >&2
mv "$workspace/report.pdf" "$out/report.pdf"
