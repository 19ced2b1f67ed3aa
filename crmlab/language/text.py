"""A text that is written in both languages and read in one."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from crmlab.language.catalogue import language

CHECKED = re.compile(r"\{\{\s*(?P<shown>[^={}]+?)\s*=\s*(?P<code>(?:(?!\}\}).)+?)\s*\}\}")
"""A number that the code computes, with the expression that must give it: ``{{800 = firm.level}}``."""


def shown(text: str) -> str:
    """``text`` as the reader sees it, each checked expression replaced by its number.

    >>> shown("It heads for {{800 = 40 / 0.05}}.")
    'It heads for 800.'
    """
    return CHECKED.sub(lambda match: match["shown"], text)


class Strict(BaseModel):
    """What an author writes as data: frozen once read, and a misspelt name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Strict):
    """A text in both languages; as a string it is the one in the language spoken now.

    >>> from crmlab.language.catalogue import speaking
    >>> with speaking("zh"):
    ...     str(Text(en="month", zh="月"))
    '月'
    """

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def __str__(self) -> str:
        return shown(getattr(self, language()))

    def __repr__(self) -> str:
        return repr(str(self))
