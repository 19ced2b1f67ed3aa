"""A font for Chinese in pictures: the machine's own where it has one, else the small one that comes along."""

from __future__ import annotations

from functools import cache
from pathlib import Path

BUNDLED = Path(__file__).parent / "fonts" / "crmlab-sans-sc.otf"
SYSTEM = (
    "PingFang SC", "Hiragino Sans GB", "Heiti TC", "STHeiti",  # macOS
    "Microsoft YaHei", "SimHei",  # Windows
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei",  # Linux
)  # fmt: skip


@cache
def families() -> list[str]:
    """Font families for matplotlib, in the order in which a character is looked for in them.

    Latin letters, digits and the minus sign come from matplotlib's own DejaVu Sans; Chinese from the first family
    in ``SYSTEM`` that the machine has, and what that one lacks from the bundled subset of Noto Sans CJK SC
    (SIL Open Font Licence), which is always there.

    >>> families()[0], families()[-1]
    ('DejaVu Sans', 'crmlab Sans SC')
    """
    from matplotlib.font_manager import fontManager

    fontManager.addfont(BUNDLED)
    names = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *[name for name in SYSTEM if name in names][:1], "crmlab Sans SC"]
