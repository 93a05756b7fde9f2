#!/bin/sh
# Puts the Chinese characters of the catalogue into the three fonts, from Noto Sans SC. See README.md.
#   fonts/add_chinese.sh FOLDER    (in kiosk-app/ui; FOLDER holds NotoSansSC_400Regular.ttf, …_600SemiBold.ttf, …_700Bold.ttf)
set -eu
from=$1
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
LC_ALL=C.UTF-8 grep -rhoP '[\x{3000}-\x{303f}\x{4e00}-\x{9fff}\x{ff00}-\x{ffef}]' src ui | LC_ALL=C sort -u | tr -d '\n' > "$work/characters"
for pair in Regular:400Regular SemiBold:600SemiBold Bold:700Bold; do
    font=fonts/NotoSans-${pair%:*}.ttf
    # What is there besides Chinese, whatever an earlier run has added.
    pyftsubset "$font" --unicodes=U+0000-2FFF,U+FFFD --layout-features='*' --name-IDs='*' --notdef-outline \
        --output-file="$work/latin.ttf"
    pyftsubset "$from/NotoSansSC_${pair#*:}.ttf" --text-file="$work/characters" --layout-features= --no-hinting \
        --drop-tables+=vhea,vmtx,VORG,BASE,GPOS,GSUB,GDEF --output-file="$work/han.ttf"
    pyftmerge --output-file="$work/both.ttf" "$work/latin.ttf" "$work/han.ttf"
    # Lines keep the height of the Latin font: the merger takes the larger of each measure.
    python3 - "$work/latin.ttf" "$work/both.ttf" "$font" <<'PYTHON'
import sys
from fontTools.ttLib import TTFont
latin, both = TTFont(sys.argv[1]), TTFont(sys.argv[2], recalcTimestamp=False)
for table, names in {
    "hhea": ("ascent", "descent", "lineGap"),
    "OS/2": ("sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent"),
}.items():
    for name in names:
        setattr(both[table], name, getattr(latin[table], name))
both["name"] = latin["name"]
both["head"].modified = latin["head"].modified
both.save(sys.argv[3])
PYTHON
done
