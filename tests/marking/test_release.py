"""What students get."""

import json

import nbformat
import pandas as pd
import pytest

from crmlab.data.tokens import token
from crmlab.language.errors import InputError
from crmlab.marking import exercise
from crmlab.marking.prove import unsolved
from crmlab.marking.release import notebook, release

TOKEN = token(b"release", "7")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_students_notebook_is_a_notebook_in_one_language(eight, language):
    book = nbformat.from_dict(notebook(eight, language, TOKEN))
    nbformat.validate(book)
    text = "\n".join(cell["source"] for cell in book["cells"])
    assert f'TOKEN = "{TOKEN}"' in text
    assert f'set_language("{language}")' in text
    assert ("# solution" in text, "# end" in text) == (False, False)
    prose = "\n".join(cell["source"] for cell in book["cells"] if cell["cell_type"] == "markdown")
    assert (language == "zh") == any("\u4e00" <= letter <= "\u9fff" for letter in prose)
    assert ("(4 points)" in prose) == (language == "en")
    assert unsolved(eight, language) == []


def test_locked_cells_are_locked_and_answers_stay(eight):
    for cell in notebook(eight, "en", TOKEN)["cells"]:
        kind, marks = cell["metadata"]["crmlab"]["kind"], cell["metadata"]
        assert marks["deletable"] is False
        assert marks.get("editable", True) is (kind in ("answer", "text", "check") or cell["id"] == "hand-in-run")


def test_it_names_nobody(eight):
    students = pd.DataFrame({"student": ["2026001"], "name": ["Lin Wei"], "token": [TOKEN]})
    text = json.dumps(notebook(eight, "zh", students["token"][0]), ensure_ascii=False)
    assert "2026001" not in text
    assert "Lin" not in text


def test_a_class_gets_a_notebook_each_and_work_is_never_overwritten(eight, tmp_path):
    students = pd.DataFrame({"student": ["2026001", "a/b"], "name": ["", ""], "token": [TOKEN, token(b"release", "8")]})
    first = release(eight, "zh", tmp_path, students)
    assert len(first.written) == 4
    assert not first.kept
    mine = tmp_path / "2026001" / "08-keeping-customers.ipynb"
    assert (tmp_path / "a_b" / mine.name).exists()
    assert not list(tmp_path.rglob("*hidden*"))
    assert not list(tmp_path.rglob("*rubric*"))
    mine.write_text("work", encoding="utf-8")
    again = release(eight, "zh", tmp_path, students)
    assert again.written == []
    assert again.kept == [mine]
    assert mine.read_text(encoding="utf-8") == "work"


def test_numbers_that_would_share_a_folder_are_refused(eight, tmp_path):
    students = pd.DataFrame({"student": ["a/b", "a?b"], "token": [TOKEN, TOKEN]})
    with pytest.raises(InputError):
        release(eight, "en", tmp_path, students)


def test_a_wrong_token_or_language_is_refused(eight):
    with pytest.raises(InputError):
        notebook(eight, "en", "XXXX-XXXX-XXXX-XX")
    with pytest.raises(InputError):
        notebook(eight, "fr")


@pytest.mark.parametrize(
    ("line", "instead", "finding"),
    [
        ("    # end\n", "", "a solution"),
        ("TOKEN = None\n", "", "start"),
        ('question="q2" points=6', 'question="q1" points=6', "called as its cell"),
        ('question="q9" points=5', 'question="q9" points=6', "its rubric gives 5"),
        ("points=4 visible=2", "points=4 visible=5", "points are above 0"),
        ('key="q3-task"', 'key="q3-text"', "q3-task"),
    ],
)
def test_what_is_wrong_with_a_source_is_found(eight, tmp_path, line, instead, finding):
    for path in eight.chapter.path.parent.glob("08*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / eight.chapter.path.name
    text = path.read_text(encoding="utf-8")
    assert line in text
    path.write_text(text.replace(line, instead), encoding="utf-8")
    found = exercise.read(path).findings
    assert any(finding in one for one in found), found
    with pytest.raises(InputError):
        release(exercise.read(path), "en", tmp_path / "out", pd.DataFrame({"student": ["1"], "token": [TOKEN]}))


def test_an_exercise_is_called_as_what_is_handed_in_may_be(eight, tmp_path):
    path = tmp_path / "08-Keeping_customers.md"
    path.write_bytes(eight.chapter.path.read_bytes())
    assert "its file has to be called 08-small-letters.md" in exercise.read(path).findings[0]


def test_a_leak_is_found(eight, tmp_path):
    for path in eight.chapter.path.parent.glob("08*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    checks = tmp_path / eight.visible.name
    checks.write_text(
        checks.read_text("utf-8") + "\nCREDIT = '''\nmonthly = over(overall, 6, 1)\n'''\n", encoding="utf-8"
    )
    found = unsolved(exercise.read(tmp_path / eight.chapter.path.name), "en")
    assert found == ["it holds a line of the solution: monthly = over(overall, 6, 1)"]


def test_exercises_are_found_by_number_or_name(eight, tmp_path):
    (tmp_path / eight.chapter.path.name).write_bytes(eight.chapter.path.read_bytes())
    assert exercise.find("8", tmp_path) == exercise.find("08", tmp_path) == exercise.find(eight.name, tmp_path)
    with pytest.raises(InputError, match="08-keeping-customers"):
        exercise.find("9", tmp_path)
    (tmp_path / "08-another.md").touch()
    with pytest.raises(InputError, match="08-another, 08-keeping-customers"):
        exercise.find("8", tmp_path)
