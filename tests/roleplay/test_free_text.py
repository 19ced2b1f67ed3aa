"""Free-text practice without a browser: what Python answers, and what stands where no kernel runs."""

from __future__ import annotations

import pytest

from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.free_text import free_text, hints
from crmlab.roleplay.phrases import limits
from crmlab.roleplay.scene import read
from crmlab.roleplay.shelf import folder, names


def test_a_reply_is_looked_through_in_the_language_the_practice_was_made_in(lang):
    with speaking(lang):
        practice = free_text("Where is my card?")
    practice.ask("Sorry, 明天给您回电话。")
    with speaking(lang):
        assert limits() in practice.result.replace("&#x27;", "'")
    assert practice.result.count("<mark") == 2
    assert practice.answered == practice.asked == 1


def test_nothing_written_is_not_looked_through(lang):
    with speaking(lang):
        practice = free_text()
        practice.ask(" \n　")
        assert practice.result == f"<p>{'Write a reply first.' if lang == 'en' else '请先写下回答。'}</p>"


def test_too_long_a_reply_is_said_and_kept():
    practice = free_text()
    practice.ask("<b>" * 10_000)
    assert "20,000" in practice.result
    assert practice.reply == "<b>" * 10_000
    practice.ask("Thanks!")
    assert "<mark" in practice.result


def test_what_was_written_does_not_become_a_tag():
    practice = free_text("<script>alert(1)</script>")
    practice.ask("<img src=x onerror=alert(1)> sorry")
    assert "<img" not in practice.result
    assert "<script" not in practice.still()


def test_the_customer_of_a_scene_speaks_at_every_node(lang):
    for name in names():
        file = folder() / f"{name}.yml"
        if not file.exists():
            continue
        scene = read(file)
        with speaking(lang):
            assert free_text(scene=scene).customer == str(scene.nodes[scene.start].say)
            for node, turn in scene.nodes.items():
                assert free_text(scene=scene, node=node).customer == str(turn.say)


@pytest.mark.parametrize(
    "given",
    [{"customer": 7}, {"scene": "moon"}, {"scene": 7}, {"node": "greeting"}, {"customer": "Hello?", "scene": "moon"}],
)
def test_what_makes_no_practice_is_refused(given, lang):
    with speaking(lang), pytest.raises(InputError):
        free_text(**given)


def test_an_unknown_node_is_refused_with_the_names_of_those_there_are():
    name = next(name for name in names() if (folder() / f"{name}.yml").exists())
    with pytest.raises(InputError, match="moon") as refused:
        free_text(scene=name, node="moon")
    assert read(folder() / f"{name}.yml").start in str(refused.value)


def test_hints_print_as_plain_text_and_show_as_html(lang):
    with speaking(lang):
        found = hints("抱歉，you must be mistaken.")
        assert [one.kind for one in found.found] == ["apology", "forbidden"]
        assert limits() in str(found)
        assert "<mark" in found._repr_html_()
        assert "<" not in str(found)
