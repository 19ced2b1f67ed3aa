"""The grammar of every experiment: parameters with unit and bounds, and the verbs that all of them share."""

from __future__ import annotations

import json
import numbers
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from crmlab.language.catalogue import _, number, speaking
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MONTHS = (0, 1200)
REPLICATES = (1, 1_000_000)


def parameter(
    default: float,
    *,
    low: float,
    high: float,
    label: str,
    unit: str,
    slider: tuple[float, float, float] | None = None,
    above: bool = False,
) -> Any:
    """A number that an experiment takes: its default, what is allowed, and what a learner reads beside its slider.

    ``low`` and ``high`` are the bounds, both allowed (``above=True``: more than ``low``). ``slider`` is the range and
    the step offered for playing, where the bounds are too wide for it. ``label`` and ``unit`` are English and marked
    for the catalogue; the unit ``"share"`` is shown as a percentage.

    >>> class Shop(Experiment):
    ...     doors: int = parameter(2, low=1, high=9, label="doors", unit="doors")
    >>> Shop(doors=10)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: doors (doors) is 10; allowed is 1 to 9.
    """
    shown = {"unit": unit, "low": low, "high": high, "above": above, "slider": slider}
    bound = {"gt": low} if above else {"ge": low}
    return Field(default, **bound, le=high, title=label, json_schema_extra={"crmlab": shown})


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _plain(value: Any) -> float:
    """A number as Python has it, or a complaint: text and truth values are none."""
    if not _is_number(value):
        raise PydanticCustomError("not_a_number", "not a number")
    plain = int(value) if isinstance(value, numbers.Integral) else float(value)
    return int(plain) if isinstance(plain, float) and plain.is_integer() and abs(plain) < 2**63 else plain


def whole(name: str, value: Any, low: int, high: int) -> int:
    """``value`` as a whole number within its bounds, for what is passed to a verb and is no field.

    >>> whole("months", 24.0, 0, 1200)
    24
    >>> whole("months", -1, 0, 1200)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: months is -1; allowed is a whole number from 0 to 1,200.
    """
    try:
        plain = _plain(value)
    except PydanticCustomError:
        plain = None
    if not isinstance(plain, int) or not low <= plain <= high:
        text = _("{name} is {value}; allowed is a whole number from {low} to {high}.")
        raise InputError(text.format(name=name, value=repr(value), low=number(low), high=number(high)))
    return plain


def real(name: str, value: Any, low: float, high: float) -> float:
    """``value`` as a number within its bounds, both allowed, for what is passed to a verb and is no field.

    >>> real("share", 0.5, 0, 1)
    0.5
    >>> real("share", "half", 0, 1)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: share is 'half'; allowed is 0 to 1.
    """
    try:
        plain = float(value) if _is_number(value) else None
    except OverflowError:  # a whole number too large for a float
        plain = None
    if plain is None or not low <= plain <= high:
        text = _("{name} is {value}; allowed is {low} to {high}.")
        raise InputError(text.format(name=name, value=repr(value), low=_bound(low), high=_bound(high)))
    return plain


def believed(level: Any, name: str = "level") -> float:
    """The ``level`` of an interval as a share strictly between 0 and 1; anything else raises InputError.

    >>> believed(0.9)
    0.9
    >>> believed(90)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: level is 90; allowed is a number between 0 and 1, both excluded.
    """
    if not _is_number(level) or not 0 < level < 1:
        text = _("{name} is {value}; allowed is a number between 0 and 1, both excluded.")
        raise InputError(text.format(name=name, value=repr(level)))
    return float(level)


def critical(level: float) -> float:
    """The normal's two-sided critical value: 1.96 for a level of 0.95.

    >>> round(critical(0.95), 3)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri((1 + believed(level)) / 2))


def seeded(seed: Any) -> int | None:
    """``seed`` as ``numpy.random.default_rng`` takes it: a whole number from 0 on, or None for a new draw each time.

    >>> seeded(7)
    7
    """
    return None if seed is None else whole("seed", seed, 0, 2**32 - 1)


class Experiment(BaseModel):
    """A frozen set of parameters that can be run: ``expected``, ``simulate``, ``plot``, ``describe``.

    Every field is a number made by ``parameter``. Numpy's numbers are taken, and whole floats such as 1e6 where a
    whole number is wanted; text and truth values are not. What is not allowed raises InputError, which names the
    field, its value and its bounds. Copies are checked like new ones.

    >>> class Shop(Experiment):
    ...     doors: int = parameter(2, low=1, high=9, label="doors", unit="doors")
    >>> Shop(doors=3.0).doors, Shop().model_copy(update={"doors": 4}).doors
    (3, 4)
    >>> Shop(windows=1)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: Shop has no parameter 'windows'; it has: doors.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)
    horizon: ClassVar[int] = 24
    """The number of months that every verb looks ahead unless told."""
    columns: ClassVar[dict[str, str]] = {}
    """What a reader calls the columns of ``expected``, marked for the catalogue."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_options: Any) -> None:
        for name, field in cls.model_fields.items():
            if "crmlab" not in (field.json_schema_extra or {}):
                raise TypeError(f"{cls.__name__}.{name}: make it with parameter(...)")

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_only(cls, value: Any) -> float:
        return _plain(value)

    def __init__(self, /, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InputError(_complaint(type(self), error)) from None

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:  # pydantic would wrap the error once more
        """A checked experiment from a mapping of its parameters."""
        return obj if isinstance(obj, cls) else cls(**dict(obj))

    @classmethod
    def model_validate_json(cls, json_data: str | bytes, **options: Any) -> Self:
        """A checked experiment from JSON text, as ``model_dump_json`` writes it."""
        return cls(**json.loads(json_data))

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """A checked experiment: there is no way around the bounds."""
        return cls(**values)

    def model_copy(self, *, update: dict[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some parameters changed, checked like a new one."""
        return type(self)(**{**self.model_dump(), **(update or {})})

    def __setattr__(self, name: str, value: Any) -> None:
        text = _(
            "An experiment stays as it is; for a changed one write experiment.model_copy(update={{{name!r}: ...}})."
        )
        raise InputError(text.format(name=name))

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def copy(self, **options: Any) -> Self:
        """The same as ``model_copy``."""
        return self.model_copy(update=options.get("update"))

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, exact or in closed form, up to ``months`` (unless told: ``horizon``)."""
        raise NotImplementedError(f"{type(self).__name__} lacks expected")

    def simulate(self, months: int | None = None, *, seed: int | None = None, replicates: int = 1) -> pd.DataFrame:
        """Random histories: replicate and the columns of ``expected``, a row for each of its rows and replicate.

        They go up to ``months`` (unless told: ``horizon``); ``replicates`` of them, 1 to 1,000,000, are drawn at once.
        The same ``seed``, a whole number from 0 on, gives the same histories. Anything else raises InputError.
        """
        months, replicates = self._ahead(months), whole("replicates", replicates, *REPLICATES)
        return self._simulate(months, replicates, np.random.default_rng(seeded(seed)))

    def plot(self, ax: Axes | None = None, *, months: int | None = None) -> Axes:
        """Draw the experiment's one picture, on ``ax`` where one is given, and return the Axes."""
        from crmlab.experiments.picture import canvas

        ahead, ax = self._ahead(months), canvas(ax)
        self._draw(ax, ahead)
        return ax

    def describe(self, language: str | None = None, *, months: int | None = None) -> str:
        """The picture in words, in the language spoken now or in ``language``."""
        with speaking(language):
            return self._words(self._ahead(months))

    def _ahead(self, months: int | None) -> int:
        """``months`` checked, or the horizon."""
        return whole("months", self.horizon if months is None else months, *MONTHS)

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        raise NotImplementedError(f"{type(self).__name__} lacks _simulate")

    def _draw(self, ax: Axes, months: int) -> None:
        raise NotImplementedError(f"{type(self).__name__} lacks _draw")

    def _words(self, months: int) -> str:
        raise NotImplementedError(f"{type(self).__name__} lacks _words")


def _complaint(model: type[Experiment], error: ValidationError) -> str:
    """What was wrong with the first field that was, in the language spoken now."""
    first = error.errors(include_url=False)[0]
    name, value = str(first["loc"][0]), repr(first["input"])
    if name not in model.model_fields:
        text = _("{model} has no parameter {name!r}; it has: {names}.")
        return text.format(model=model.__name__, name=name, names=", ".join(model.model_fields))
    field = model.model_fields[name]
    shown = field.json_schema_extra["crmlab"]
    if first["type"] == "not_a_number":
        text = _("{name} ({label}) must be a number, not {value}; allowed is {low} to {high}.")
    elif first["type"].startswith("int_"):
        text = _("{name} ({label}) is {value}; allowed is a whole number from {low} to {high}.")
    elif shown["above"]:
        text = _("{name} ({label}) is {value}; allowed is more than {low}, up to {high}.")
    else:
        text = _("{name} ({label}) is {value}; allowed is {low} to {high}.")
    low, high = (_bound(shown[end]) for end in ("low", "high"))
    return text.format(name=name, label=_(field.title), value=value, low=low, high=high)


def _bound(value: float) -> str:
    return number(value) if float(value).is_integer() else f"{value:g}"
