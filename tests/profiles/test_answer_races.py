"""The same question answered twice at the same moment: one answer stands, nobody sees an error."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from profiles.models import Answer, Member, Question
from profiles.preferences import answer
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_the_later_answer_replaces_the_earlier_one() -> None:
    club = cast.club()
    gloria = cast.gloria(club)
    wish = Question.objects.create(
        group=club.aisles.group, key="wish", kind="text", text={"en": "Wish?"}
    )
    start = Barrier(4)

    def say(text: str) -> None:
        try:
            start.wait(timeout=20)
            answer(Member.objects.get(pk=gloria.pk), wish, text)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(say, ["olives", "bread", "wine", "figs"]))
    assert Answer.objects.filter(member=gloria, question=wish).count() == 1
