"""Free-text practice: a customer's words, a reply in the learner's own, and what the listed phrases find in it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import traitlets

from crmlab.language.catalogue import _, language, prose, speaking
from crmlab.language.errors import InputError
from crmlab.notebook.living import Living, script
from crmlab.roleplay.phrases import Found, find, limits, passed_over, plain, shown
from crmlab.roleplay.scene import Script
from crmlab.roleplay.shelf import find as scene_of


@dataclass(frozen=True)
class Hints:
    """What is found in a reply; printed it is plain text, in a notebook's cell it is marked. Never a mark."""

    text: str
    found: list[Found]
    passed_over: list[Found]

    def __str__(self) -> str:
        return plain(self.text)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f'<div lang="{language()}">{shown(self.text)}</div>'


def hints(text: str) -> Hints:
    """The listed phrases in a reply, by plain call: ``print(hints("..."))``.

    Raises InputError where ``text`` is no text or has more than 20,000 characters.

    >>> [found.kind for found in hints("I'm sorry. I'll ring you at four.").found]
    ['apology', 'commitment']
    """
    return Hints(text, find(text), passed_over(text))


class FreeText(Living):
    """The field for one reply; ``result`` is what stands below it, as HTML.

    >>> practice = FreeText("Where is my card?")
    >>> practice.ask("<i>Sorry!</i>")
    >>> "&lt;i&gt;" in practice.result and 'class="apology"' in practice.result
    True
    """

    _esm = script("roleplay/free_text.js")

    customer = traitlets.Unicode().tag(sync=True)
    captions = traitlets.Dict().tag(sync=True)
    reply = traitlets.Unicode().tag(sync=True)
    asked = traitlets.Int().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    result = traitlets.Unicode().tag(sync=True)

    def __init__(self, customer: str = "") -> None:
        super().__init__(
            customer=customer,
            language=language(),
            captions={
                "title": _("In your own words"),
                "customer": _("The customer says:"),
                "reply": _("Your reply"),
                "look": _("What is in it?"),
                "keys": prose([_("Ctrl+Enter looks, too."), _("What you write is sent to nobody.")]),
            },
        )
        self.observe(lambda _change: self._look(), "asked")

    def ask(self, reply: str) -> None:
        """Write ``reply`` into the field and press the button."""
        self.reply = reply
        self.asked += 1

    def still(self) -> str:
        """The customer's words, and what a hint is worth, as plain HTML."""
        who = _("The customer says:")
        said = f"<p>{escape(who)}</p><blockquote>{escape(self.customer)}</blockquote>" if self.customer else ""
        return f"{said}<p>{escape(limits())}</p>"

    def _look(self) -> None:
        with speaking(self.language), self.hold_sync():
            try:
                told = "" if self.reply.strip() else _("Write a reply first.")
                self.result = f"<p>{escape(told)}</p>" if told else shown(self.reply)
            except InputError as error:
                self.result = f"<p>{escape(str(error))}</p>"
            self.answered = self.asked


def free_text(customer: str = "", *, scene: str | Path | Script | None = None, node: str | None = None) -> FreeText:
    """Practice in one's own words: a reply to ``customer``, or to the customer at a ``node`` of a ``scene``.

    ``scene`` is a name, a file or a scene; ``node`` its first unless told. What is found is a hint and never a mark.
    Raises InputError for an unknown scene or node, and where both ``customer`` and ``scene`` are given.

    >>> free_text("My card has gone.").customer
    'My card has gone.'
    >>> free_text(scene="moon")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: There is no role play 'moon'; there are: ...
    """
    if not isinstance(customer, str):
        raise InputError(_("What the customer says must be text, not {value}.").format(value=repr(customer)))
    if scene is None:
        if node is not None:
            raise InputError(_("A node is one of a scene: name the scene too."))
        return FreeText(customer)
    if customer:
        raise InputError(_("Give the customer's words or a scene, not both."))
    script = scene if isinstance(scene, Script) else scene_of(scene)
    name = script.start if node is None else node
    if name not in script.nodes:
        text = _("{scene} has no node {name!r}; there are: {names}.")
        raise InputError(text.format(scene=script.id, name=name, names=_(", ").join(script.nodes)))
    return FreeText(str(script.nodes[name].say))
