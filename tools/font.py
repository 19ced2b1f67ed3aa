"""Make the bundled Chinese font anew: ``python tools/font.py`` (needs Debian's package fonts-noto-cjk).

A subset of Noto Sans CJK SC Regular: the 3755 everyday characters of GB 2312 (level 1), its punctuation and full-width
forms, and whatever else the course's own Chinese uses. OFL 1.1; renamed, as a changed font should be.
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

ROOT = Path(__file__).parent.parent
SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
TARGET = ROOT / "crmlab/language/fonts/crmlab-sans-sc.otf"
NAME = "crmlab Sans SC"


def characters() -> set[int]:
    """The code points that the font has to hold."""
    rows = [*range(0xA1, 0xA4), *range(0xB0, 0xD8)]
    everyday = b"".join(bytes([row, cell]) for row in rows for cell in range(0xA1, 0xFF)).decode("gb2312", "ignore")
    course = [*ROOT.glob("notebooks/*.*"), *ROOT.glob("crmlab/language/locale/*/*/*.po"), *ROOT.glob("*.md")]
    text = everyday + "".join(path.read_text(encoding="utf-8") for path in course if path.is_file())
    return {ord(character) for character in text if ord(character) > 31} | set(range(32, 127))


def main() -> None:
    """Cut the subset and write it."""
    faces = TTCollection(SOURCE).fonts
    font = next(face for face in faces if face["name"].getDebugName(1) == "Noto Sans CJK SC")
    options = subset.Options(layout_features=[], hinting=False, desubroutinize=True, name_IDs=[0, 1, 2, 4, 6, 13, 14])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = NAME
        if record.nameID == 6:
            record.string = NAME.replace(" ", "")
    font["CFF "].cff.fontNames = [NAME.replace(" ", "")]
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    TARGET.parent.mkdir(exist_ok=True)
    font.save(TARGET)
    print(f"{TARGET.relative_to(ROOT)}: {len(font.getBestCmap())} characters, {TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
