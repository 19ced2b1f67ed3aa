"""Guards: when a reply is on offer, as a small safe expression such as ``receipt and trust >= 4``."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache

from crmlab.language.catalogue import _, number
from crmlab.language.errors import InputError

LONGEST = 200
"""Letters that a guard may have."""
COMPARE: dict[type, Callable[[int, int], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
Values = Mapping[str, int]
Test = Callable[[Values], int]


class Guard:
    """An expression that holds or not: names of facts and variables, whole numbers, comparisons, and, or, not.

    A fact stands alone (it is true once it was told); a variable is compared. Raises InputError for all else.

    >>> guard = Guard("receipt and 2 <= trust < 5")
    >>> guard({"receipt": True, "trust": 2}), guard({"receipt": True, "trust": 5})
    (True, False)
    >>> sorted(guard.facts), sorted(guard.variables)
    (['receipt'], ['trust'])
    >>> Guard("__import__('os').getcwd()")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: The guard "__import__('os').getcwd()" ...
    """

    __slots__ = ("_test", "facts", "text", "variables")

    def __init__(self, text: str) -> None:
        self.text = text
        self.facts: frozenset[str] = frozenset()
        self.variables: frozenset[str] = frozenset()
        if len(text) > LONGEST:
            words = _("A guard has at most {count} letters; this one has {found}.")
            raise InputError(words.format(count=number(LONGEST), found=number(len(text))))
        if "#" in text:
            raise InputError(self._refused())
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise InputError(self._refused()) from None
        self._test = self._truth(tree)

    def __call__(self, values: Values) -> bool:
        """Whether it holds for these values of variables and facts."""
        return bool(self._test(values))

    def _truth(self, tree: ast.expr) -> Test:
        """What is true or false: a fact, a comparison, or these joined by and, or, not."""
        if isinstance(tree, ast.BoolOp):
            parts = [self._truth(part) for part in tree.values]
            every = isinstance(tree.op, ast.And)
            return lambda values: (all if every else any)(part(values) for part in parts)
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
            inner = self._truth(tree.operand)
            return lambda values: not inner(values)
        if isinstance(tree, ast.Name):
            self.facts |= {tree.id}
            name = tree.id
            return lambda values: values[name]
        if isinstance(tree, ast.Compare) and all(type(sign) in COMPARE for sign in tree.ops):
            sides = [self._number(side) for side in (tree.left, *tree.comparators)]
            steps = list(zip(sides, (COMPARE[type(sign)] for sign in tree.ops), sides[1:], strict=False))
            if len(steps) == 1:
                left, compare, right = steps[0]
                return lambda values: compare(left(values), right(values))
            return lambda values: all(compare(left(values), right(values)) for left, compare, right in steps)
        raise InputError(self._refused())

    def _number(self, tree: ast.expr) -> Test:
        """A side of a comparison: a variable or a whole number."""
        if isinstance(tree, ast.Name):
            self.variables |= {tree.id}
            name = tree.id
            return lambda values: values[name]
        minus = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)
        digits = tree.operand if minus else tree
        if isinstance(digits, ast.Constant) and type(digits.value) is int:
            value = -digits.value if minus else digits.value
            return lambda _values: value
        raise InputError(self._refused())

    def _refused(self) -> str:
        text = _(
            'The guard "{guard}" is not allowed: it may hold the names of facts, comparisons of variables with whole '
            "numbers (such as trust >= 4), and, or, not, and parentheses."
        )
        return text.format(guard=self.text)


@lru_cache(maxsize=4096)
def guard(text: str) -> Guard:
    """The guard of ``text``, read once.

    >>> guard("anger >= 8")({"anger": 8})
    True
    """
    return Guard(text)
