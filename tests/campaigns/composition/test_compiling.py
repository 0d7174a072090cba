"""Compiling: same content, same bytes; any change, another hash; JSON loses nothing."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.conf import settings

from campaigns.composition.blocks import EmailBodyBlock
from campaigns.composition.compiling import Compiled, CompositionError, compile_email
from campaigns.composition.rendering import render, render_parts
from tests.campaigns.composition.mails import ANA, BLOCKS, LA_ESQUINA, SOURCE, TO_ANA, compiled

HASH = (
    "import django; django.setup(); from tests.campaigns.composition.mails import compiled;"
    "print(compiled().content_hash)"
)


def test_compiling_unchanged_content_gives_the_same_mail() -> None:
    assert compile_email(SOURCE) == compile_email(SOURCE)
    assert compiled().content_hash == compiled().content_hash


def test_another_process_compiles_the_same_mail() -> None:
    root = settings.BASE_DIR
    found = subprocess.run(
        [sys.executable, "-c", HASH],
        env={
            "PYTHONPATH": f"{root}:{root}/site",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "REGULARS_VAR": str(settings.VAR_DIR),
            "PYTHONHASHSEED": "4711",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == compiled().content_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Other"},
        {"preheader": "Other"},
        {"language": "es"},
        {"topic": "Wine"},
        {"tracked": False},
        {"kind": "service"},
        {"brand": replace(LA_ESQUINA, accent="#224488")},
        {"brand": replace(LA_ESQUINA, sender_name="La Otra")},
        {"blocks": BLOCKS[:-1]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_any_change_gives_another_hash(changes: dict[str, object]) -> None:
    assert compiled(**changes).content_hash != compiled().content_hash


def test_json_loses_nothing() -> None:
    mail = compiled()
    stored = json.loads(json.dumps(mail.to_json()))
    again = Compiled.from_json(stored)
    assert again == mail
    assert again.content_hash == mail.content_hash
    assert render(again, ANA, TO_ANA) == render(mail, ANA, TO_ANA)


def test_json_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        Compiled.from_json({**compiled().to_json(), "version": 0})


def test_a_wagtail_value_compiles_like_its_json() -> None:
    blocks = [{**block, "id": str(number)} for number, block in enumerate(BLOCKS[:3])]
    value = EmailBodyBlock().to_python(blocks)
    assert compile_email(replace(SOURCE, blocks=value)) == compiled(*blocks)


def test_fields_that_a_block_learned_later_may_be_absent() -> None:
    compiled(
        {"type": "header", "value": {}},
        {"type": "hero", "value": {"title": "Only a title"}},
        {"type": "offers", "value": {}},
        {"type": "points", "value": {}},
        {"type": "columns", "value": {}},
    )


def test_lists_are_read_with_and_without_the_ids_of_their_items() -> None:
    def question(answers: Sequence[object]) -> Compiled:
        value = {"text": "Which?", "answers": answers}
        return compiled({"type": "question", "value": value})

    items = [{"type": "item", "id": "1", "value": "Meat"}, {"type": "item", "value": "Fish"}]
    assert question(items) == question(["Meat", "Fish"])


def test_an_empty_subject_and_a_broken_sender_are_named() -> None:
    with pytest.raises(CompositionError) as refusal:
        compiled(subject=" ", brand=replace(LA_ESQUINA, sender_email="no address"))
    assert len(refusal.value.problems) == 2


def test_the_compilers_own_words_follow_the_language() -> None:
    spanish = render_parts(compiled(language="es"), ANA)
    assert "Te llega este correo porque sigues «Weekly offers» en La Esquina." in spanish.text
    assert "Darme de baja" in spanish.html
    assert '<html lang="es"' in spanish.html
    assert "Unsubscribe" not in spanish.html
