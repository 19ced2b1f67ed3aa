"""Role plays in the gradebook: the score of the replay, whatever the file claims."""

import json

import pandas as pd
import pytest

from crmlab.data.report import HTML
from crmlab.data.tokens import token
from crmlab.gradebook.book import Gradebook
from crmlab.language.errors import InputError
from crmlab.roleplay import shelf
from crmlab.roleplay.marks import mark, marked, pages, plays
from crmlab.roleplay.play import Play
from crmlab.roleplay.search import search
from crmlab.roleplay.transcript import of, write

ANN, BO, STRANGER = (token(b"role plays", name) for name in ("ann", "bo", "stranger"))


@pytest.fixture(scope="module")
def found():
    return search(shelf.find("complaint-b"))


@pytest.fixture(scope="module")
def best(found):
    return [reply for _node, reply in found.best_path]


@pytest.fixture(scope="module")
def worst(found):
    return [reply for _node, reply in found.worst_path]


@pytest.fixture
def handed(tmp_path):
    """Play ``replies`` (their ids in the file) and hand in."""

    def made(replies, whose, language="en", attempt=1, mode="graded"):
        play = Play("complaint-b", language, mode, whose, attempt)
        for reply in replies:
            play.say(next(letter for letter, one in zip(play.replies, play.shown, strict=True) if one.id == reply))
        return write(of(play), tmp_path)

    return made


@pytest.fixture
def book(tmp_path):
    with Gradebook(tmp_path / "book.db") as made:
        made.enrol(pd.DataFrame({"student": ["1", "2"], "name": ["Ann", "波"], "token": [ANN, BO]}))
        yield made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_best_path_has_full_marks_and_a_page(best, handed, book, tmp_path, language):
    handed(best, ANN, language)
    paths = plays([tmp_path])
    taken = mark(paths, book, "test")
    assert taken.refused == []
    assert taken.became["new"] == 1
    row = book.marks("complaint-b").set_index("student").loc["1"]
    assert (row["points"], row["of"], row["source"]) == (100, 100, "replay")
    assert book.marks("complaint-b").set_index("student").loc["2", "state"] == "missing"
    (page,) = pages(taken, book, tmp_path / "pages")
    text = page.read_text(encoding="utf-8")
    assert ("Score: 100 of 100" if language == "en" else "100") in text
    assert f'lang="{HTML[language]}"' in text
    assert list(pages(taken, book, tmp_path / "pages")) == []


def test_a_claimed_score_is_not_believed(handed, worst, book):
    path = handed(worst, ANN)
    made = json.loads(path.read_text(encoding="utf-8"))
    made["claimed"] = {"score": 100, "ending": "content"}
    path.write_text(json.dumps(made), encoding="utf-8")
    taken = mark([path], book, "test")
    assert taken.refused or book.marks("complaint-b").set_index("student").loc["1", "points"] == 0


@pytest.mark.parametrize("forged", [{"token": BO}, {"attempt": 2}, {"seed": 7}, {"edition": "0" * 64}])
def test_a_forged_transcript_is_refused_with_the_reason(handed, best, book, forged):
    path = handed(best, ANN)
    made = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(made | forged), encoding="utf-8")
    taken = mark([path], book, "test")
    assert len(taken.refused) == 1
    assert str(path) in taken.refused[0]
    assert "complaint-b" not in book.activities() or book.marks("complaint-b")["points"].isna().all()


def test_practice_strangers_and_unfinished_plays_do_not_count(handed, best, book):
    paths = [handed(best, ANN, mode="practice"), handed(best, STRANGER), handed(best[:3], BO)]
    taken = mark(paths, book, "test")
    assert len(taken.refused) == 3
    assert taken.became["new"] == 0


def test_a_later_attempt_counts(handed, best, worst, book):
    mark([handed(worst, ANN)], book, "test")
    mark([handed(best, ANN, attempt=2)], book, "test")
    assert book.marks("complaint-b").set_index("student").loc["1", "points"] == 100
    assert len(book.counted("complaint-b", "all")) == 2


def test_without_the_scores_nothing_is_marked(handed, best, monkeypatch):
    path = handed(best, ANN)
    student = shelf.find(shelf.folder().with_name(shelf.HANDOUT) / "complaint-b.json")
    monkeypatch.setattr(shelf, "find", lambda _name: student)
    with pytest.raises(InputError, match="complaint-b"):
        marked(path)
