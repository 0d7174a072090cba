"""The API of tills and shops. Every call is safe to repeat.

Authorisation: ``Authorization: Bearer <till key>``. A repeated key with the same body gets the
same answer; with another body, 409. The description is served as OpenAPI under ``openapi.json``.
"""

from typing import Annotated

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, NinjaAPI
from ninja.security import HttpBearer

from loyalty import purchases, till_keys, vouchers
from loyalty.api_schemas import Problem, PurchaseIn, PurchaseOut, RedeemIn, RedeemOut
from loyalty.idempotency import KeyReused, body_hash
from loyalty.models import Purchase, TillKey
from loyalty.purchases import REPLAYED_SOURCES, LineData, NotRecordable, PurchaseData

IdempotencyKey = Annotated[
    str,
    Header(alias="Idempotency-Key", min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$"),
]


class Till(HttpRequest):
    """A request whose till key was found."""

    auth: TillKey


class TillAuth(HttpBearer):
    """Lets in whoever shows a till key that was not revoked; everybody else gets 401."""

    def authenticate(self, _request: HttpRequest, token: str) -> TillKey | None:
        """Find the key."""
        return till_keys.find(token)


# No interactive pages: they would load scripts from elsewhere.
api = NinjaAPI(title="Regulars: tills and shops", version="1", docs_url=None, auth=TillAuth())


@api.exception_handler(KeyReused)
def _conflict(request: HttpRequest, error: KeyReused) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=409)


@api.exception_handler(NotRecordable)
def _not_recordable(request: HttpRequest, error: NotRecordable) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=422)


@api.exception_handler(vouchers.VoucherRefused)
def _refused(request: HttpRequest, error: vouchers.VoucherRefused) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=404)


@api.post("/purchases", response={200: PurchaseOut, 409: Problem, 422: Problem})
def record_purchase(request: Till, body: PurchaseIn) -> PurchaseOut:
    """Record a basket and let it earn points. Its ``external_id`` is the idempotency key."""
    key = request.auth
    data = PurchaseData(
        external_id=body.external_id,
        occurred_at=body.occurred_at,
        currency=body.currency,
        lines=tuple(LineData(**line.model_dump()) for line in body.lines),
        card=body.card,
        store_code=_store_code(key, body.store_code),
    )
    purchase = purchases.record(key.brand, key.source, data, _hash_of("purchase", body))
    earned = purchase.entries.filter(lot__isnull=False).aggregate(points=Sum("lot__original"))
    return PurchaseOut.of(purchase, int(earned["points"] or 0))


@api.post("/vouchers/redeem", response={200: RedeemOut, 404: Problem, 409: Problem, 422: Problem})
def redeem_voucher(request: Till, body: RedeemIn, key: IdempotencyKey) -> RedeemOut:
    """Use a voucher once. Whatever speaks against it, the refusal is the same 404."""
    till = request.auth
    use = vouchers.redeem(
        till.source,
        key,
        body.code,
        _hash_of("redeem", body),
        body.occurred_at or timezone.now(),
        purchases.find_store(till.brand, _store_code(till, body.store_code)),
        _purchase(till, body.purchase_external_id),
        replayed=till.source in REPLAYED_SOURCES,
        brand=till.brand,
        value_minor=body.value_minor,
    )
    return RedeemOut.of(use, till.brand.default_language)


def _store_code(key: TillKey, told: str) -> str:
    """The store that was named, else the one the key belongs to."""
    return told or (key.store.code if key.store else "")


def _purchase(key: TillKey, external_id: str) -> Purchase | None:
    """The purchase of this till that a voucher was used on; it may not have been reported yet."""
    if not external_id:
        return None
    return Purchase.objects.filter(source=key.source, external_id=external_id).first()


def _hash_of(what: str, body: PurchaseIn | RedeemIn) -> str:
    return body_hash(what, body.model_dump(mode="json"))
