"""Role plays in the gradebook: the score of the replay, whatever the file claims."""

import json

import pandas as pd
import pytest

from crmlab.data.tokens import token
from crmlab.gradebook.book import Gradebook
from crmlab.language.errors import InputError
from crmlab.marking.classwork import PLAYS, Taken, found
from crmlab.page import HTML
from crmlab.roleplay import shelf
from crmlab.roleplay.marks import mark, marked, pages
from crmlab.roleplay.play import Play
from crmlab.roleplay.search import search
from crmlab.roleplay.transcript import of, write

ANN, BO, STRANGER = (token(b"role plays", name) for name in ("ann", "bo", "stranger"))


@pytest.fixture(scope="module")
def searched():
    return search(shelf.find("complaint-b"))


@pytest.fixture(scope="module")
def best(searched):
    return [reply for _node, reply in searched.best_path]


@pytest.fixture(scope="module")
def worst(searched):
    return [reply for _node, reply in searched.worst_path]


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


@pytest.fixture
def taken(book):
    made = Taken(book, "test")
    made.enrol(None)
    return made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_best_path_has_full_marks_and_a_page(best, handed, book, taken, tmp_path, language):
    handed(best, ANN, language)
    plays = mark(taken, found([tmp_path], PLAYS)[0])
    assert taken.apart == []
    assert taken.became["new"] == 1
    row = book.marks("complaint-b").set_index("student").loc["1"]
    assert (row["points"], row["of"], row["source"]) == (100, 100, "replay")
    assert book.marks("complaint-b").set_index("student").loc["2", "state"] == "missing"
    (page,) = pages(plays, book, tmp_path / "pages")
    assert page.name == "1_complaint-b_1.html"
    text = page.read_text(encoding="utf-8")
    assert {"en": "Score: 100 of 100", "zh": "得分：100（满分 100）"}[language] in text
    assert f'lang="{HTML[language]}"' in text
    assert pages(plays, book, tmp_path / "pages") == []


def test_a_page_is_called_by_the_attempt_however_the_file_is_called(best, handed, book, taken, tmp_path):
    path = handed(best, ANN, attempt=3)
    renamed = path.with_name("1_Ann Lee_1234_assignsubmission_file_complaint-b_1.play-7.json")
    path.rename(renamed)
    (page,) = pages(mark(taken, found([tmp_path], PLAYS)[0]), book, tmp_path / "pages")
    assert page.name == "1_complaint-b_3.html"


def test_a_file_of_ones_own_is_not_replaced_by_a_page(best, handed, book, taken, tmp_path):
    plays = mark(taken, [handed(best, BO), handed(best, ANN)])
    own = tmp_path / "1_complaint-b_1.html"
    own.write_text("my notes", encoding="utf-8")
    with pytest.raises(InputError, match=r"1_complaint-b_1\.html"):
        pages(plays, book, tmp_path)
    assert own.read_text(encoding="utf-8") == "my notes"
    assert not (tmp_path / "2_complaint-b_1.html").exists()


def test_what_an_attempt_was_handed_in_as_twice_has_one_page(best, worst, handed, book, taken, tmp_path):
    plays = mark(taken, [handed(worst, ANN), handed(best, ANN)])
    (page,) = pages(plays, book, tmp_path / "pages")
    assert "Score: 100 of 100" in page.read_text(encoding="utf-8")


def test_a_claimed_score_is_not_believed(handed, worst, book, taken):
    path = handed(worst, ANN)
    made = json.loads(path.read_text(encoding="utf-8"))
    made["claimed"] = {"score": 100, "ending": "content"}
    path.write_text(json.dumps(made), encoding="utf-8")
    mark(taken, [path])
    assert taken.apart == []
    assert book.marks("complaint-b").set_index("student").loc["1", "points"] == 0


@pytest.mark.parametrize("forged", [{"token": BO}, {"attempt": 2}, {"seed": 7}, {"edition": "0" * 64}])
def test_a_forged_transcript_is_refused_with_the_reason(handed, best, book, taken, forged):
    path = handed(best, ANN)
    made = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(made | forged), encoding="utf-8")
    mark(taken, [path])
    (line,) = taken.apart
    assert line.count(path.name) == 1
    assert str(path.parent) in line
    assert "complaint-b" not in book.activities() or book.marks("complaint-b")["points"].isna().all()


def test_practice_strangers_and_unfinished_plays_do_not_count(handed, best, taken):
    paths = [handed(best, ANN, mode="practice"), handed(best, STRANGER), handed(best[:3], BO)]
    assert mark(taken, paths) == []
    assert len(taken.apart) == 3
    assert taken.became["new"] == 0


def test_a_gradebook_without_students_says_what_to_do(tmp_path):
    with Gradebook(tmp_path / "empty.db") as empty, pytest.raises(InputError, match="--roster"):
        Taken(empty, "test").enrol(None)


def test_a_later_attempt_counts(handed, best, worst, book, taken):
    mark(taken, [handed(worst, ANN)])
    mark(taken, [handed(best, ANN, attempt=2)])
    assert book.marks("complaint-b").set_index("student").loc["1", "points"] == 100
    assert len(book.counted("complaint-b", every=True)) == 2


def test_without_the_scores_nothing_is_marked(handed, best, monkeypatch):
    path = handed(best, ANN)
    student = shelf.find(shelf.folder().with_name(shelf.HANDOUT) / "complaint-b.json")
    monkeypatch.setattr(shelf, "find", lambda _name: student)
    with pytest.raises(InputError, match="complaint-b"):
        marked(path)
