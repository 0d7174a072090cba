"""A crowd of members by SQL alone: a million in seconds, on PostgreSQL."""

from typing import Any

from django.db import connection

from tests.cast import Club

BATCH = 200_000

MEMBERS = """
WITH numbers AS (SELECT generate_series(%(first)s, %(last)s) AS n),
accounts AS (
    INSERT INTO profiles_account (brand_id, public_id, external_id, opened_at)
    SELECT %(brand)s, gen_random_uuid(), '', now() FROM numbers RETURNING id
),
numbered AS (SELECT id, %(first)s - 1 + row_number() OVER () AS n FROM accounts)
INSERT INTO profiles_member (
    account_id, public_id, email, email_key, email_hash, phone, first_name, last_name, language,
    time_zone, status, tracking, source, created_at, joined_at
)
SELECT id, gen_random_uuid(), 'm' || n || '@example.com', 'm' || n || '@example.com',
    md5('m' || n) || md5('n' || n), '', (%(names)s::text[])[1 + n %% %(people)s], 'Ruiz ' || n,
    CASE WHEN n %% 3 = 0 THEN 'es' ELSE 'en' END, '', 'active', 'granted', 'bench', now(), now()
FROM numbered
"""
SUBSCRIPTIONS = """
INSERT INTO profiles_subscription (member_id, topic_id, state, changed_at)
SELECT id, %(topic)s, 'subscribed', now() FROM profiles_member
"""
ANSWERS = """
INSERT INTO profiles_answer (member_id, question_id, choice_id, text, answered_at, source)
SELECT id, %(question)s, %(choice)s, '', now(), 'bench' FROM profiles_member WHERE id %% 2 = 0
"""
WALLETS = """
INSERT INTO loyalty_wallet (account_id, active, pending, held, debt)
SELECT id, id %% 1000, 0, 0, 0 FROM profiles_account
"""
NAMES = ["Ana", "José", "Zoë", "Max", "Søren", "Łukasz", "Mary Ann", "O'Brien", "Μαρία", "李明"]


def crowd(club: Club, size: int) -> None:
    """Make ``size`` active members of the club, subscribed and trackable.

    Half of them like cheese, a third read Spanish; each has points.
    """
    choice = club.aisles.choices.get(key="cheese")
    for first in range(1, size + 1, BATCH):
        last = min(first + BATCH - 1, size)
        _run(MEMBERS, first=first, last=last, brand=club.brand.pk, names=NAMES, people=len(NAMES))
    _run(SUBSCRIPTIONS, topic=club.offers.pk)
    _run(ANSWERS, question=club.aisles.pk, choice=choice.pk)
    _run(WALLETS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _run(sql: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
