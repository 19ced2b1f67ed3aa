"""What stands in a cell where no kernel runs: exported pages, closed notebooks, printed paper."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from crmlab.language.catalogue import _
from crmlab.place import PACKAGE


class Living(anywidget.AnyWidget):
    """A widget that puts a still picture of itself into the cell first, and hides it once it is alive in a page."""

    _css = PACKAGE / "notebook/notebook.css"

    language = traitlets.Unicode("en").tag(sync=True)

    def still(self) -> str:
        """The widget as plain HTML."""
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        hint = f"<p><em>{_('A still picture: run this cell to bring it to life.')}</em></p>"
        display(HTML(f'<div class="crmlab-still" lang="{self.language}">{self.still()}{hint}</div>'))
        bundle: Any = self._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        display({**data, "text/plain": ""}, raw=True, metadata=metadata)


def script(name: str) -> str:
    """The page's side of a widget: what all of them share, then its own, a file of the package."""
    return parts("notebook/page.js", name)


def parts(*names: str) -> str:
    """Files of the package as one text."""
    return "".join((PACKAGE / name).read_text(encoding="utf-8") for name in names)
