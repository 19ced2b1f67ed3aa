"""The file that a gradebook is kept in: its tables, and how it is opened so that nothing is lost in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    URL,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import NullPool

from crmlab.language.catalogue import _, number
from crmlab.language.errors import InputError

KIND, FORMAT = "crmlab gradebook", 1
"""What the file says it is, and the number of this form of its tables."""
PATIENCE = 60
"""Seconds to wait for another program that is writing."""

TABLES = MetaData()


def _key(*more: object) -> Column:
    return Column("submission", Integer, ForeignKey("submission.id"), *more, nullable=False)


ABOUT = Table("about", TABLES, Column("name", String(40), primary_key=True), Column("value", String(200)))
STUDENT = Table(
    "student", TABLES,
    Column("token", String(20), primary_key=True),
    Column("student", String(200), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("place", Integer, nullable=False),
)  # fmt: skip
ACTIVITY = Table(
    "activity", TABLES,
    Column("activity", String(200), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("place", Integer, nullable=False),
)  # fmt: skip
QUESTION = Table(
    "question", TABLES,
    Column("activity", String(200), ForeignKey("activity.activity"), primary_key=True),
    Column("question", String(200), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("of", Float, nullable=False),
    Column("rubric", JSON),
)  # fmt: skip
SUBMISSION = Table(
    "submission", TABLES,
    Column("id", Integer, primary_key=True),
    Column("activity", String(200), ForeignKey("activity.activity"), nullable=False),
    Column("token", String(20), nullable=False, index=True),
    Column("content", String(200), nullable=False),
    Column("arrived", String(40), nullable=False),
    Column("language", String(10), nullable=False),
    Column("file", Text, nullable=False),
    Column("edition", String(200), nullable=False),
    Column("checks", String(200), nullable=False),
    Column("guards", JSON),
    Column("seconds", Float),
    Column("notes", JSON),
    Column("who", String(200), nullable=False),
    Column("stored", String(40), nullable=False),
    UniqueConstraint("activity", "token", "content"),
)  # fmt: skip
PART = Table(
    "part", TABLES,
    _key(),
    Column("question", String(200), nullable=False),
    Column("points", Float),
    Column("of", Float, nullable=False),
    Column("source", String(40), nullable=False),
    Column("by", String(200), nullable=False),
    Column("verdict", JSON),
    UniqueConstraint("submission", "question"),
)  # fmt: skip
CHANGE = Table(
    "change", TABLES,
    Column("id", Integer, primary_key=True),
    _key(),
    Column("question", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("before", Float),
    Column("after", Float),
    Column("of", Float, nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", String(40), nullable=False),
    Column("why", Text, nullable=False),
)  # fmt: skip


def opened(path: Path, new: bool) -> Engine:
    """The gradebook in ``path``; where there is none yet and ``new`` allows it, an empty one.

    Raises InputError where there is none, where the file is something else, and where a newer crmlab made it.
    """
    if not new and not path.is_file():
        raise InputError(_("There is no file {file}.").format(file=path))
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        # a connection a transaction: none is carried over a fork, and none is left open
        poolclass=NullPool,
        connect_args={"timeout": PATIENCE},
        json_serializer=partial(json.dumps, allow_nan=False),
    )
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)
    with reading(engine, path) as connection:
        made = _is_ours(connection, path)
    if not made:
        with writing(engine, path) as connection:
            if not _is_ours(connection, path):  # another may have made it meanwhile
                TABLES.create_all(connection)
                rows = [{"name": "kind", "value": KIND}, {"name": "format", "value": str(FORMAT)}]
                connection.execute(insert(ABOUT), rows)
    return engine


def _connected(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    # a rollback journal, not WAL: the gradebook is one file, and one that is copied alone is whole
    for pragma in ("foreign_keys = ON", "synchronous = EXTRA"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_ours(connection: Connection, path: Path) -> bool:
    """Whether the file is a gradebook; False where it is empty. Raises InputError where it is anything else."""
    names = inspect(connection).get_table_names()
    if not names:
        return False
    about = {}
    if ABOUT.name in names and {column["name"] for column in inspect(connection).get_columns("about")} == {
        "name",
        "value",
    }:
        about = {row.name: row.value for row in connection.execute(select(ABOUT))}
    if about.get("kind") != KIND or not str(about.get("format")).isdecimal():
        raise InputError(_("{file} is no gradebook of crmlab.").format(file=path.name))
    if int(about["format"]) > FORMAT:
        text = _("{file} was made by a newer crmlab (form {theirs}; this one reads {ours}). Install the newer one.")
        raise InputError(text.format(file=path.name, theirs=about["format"], ours=number(FORMAT)))
    return True


@contextmanager
def reading(engine: Engine, path: Path) -> Iterator[Connection]:
    """A transaction that reads: what it sees is the state of one moment."""
    with _said(path), engine.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine, path: Path) -> Iterator[Connection]:
    """A transaction that writes, one at a time: it is kept whole when the block ends, and not at all where it fails."""
    with _said(path), engine.execution_options(writes=True).begin() as connection:
        yield connection


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """What the database says of its file, in a person's words."""
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as error:
        reason = str(error.orig)
        if "not a database" in reason:
            text = _("{file} is no gradebook of crmlab.")
        elif "locked" in reason:
            text = _("Another program has been writing to {file} for a minute. Close it and try again.")
        else:
            text = _("{file} can't be read or written: {reason}")
        raise InputError(text.format(file=path.name, reason=reason)) from None
