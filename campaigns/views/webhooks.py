"""Where ESPs post their events: verified, stored, answered; processed by a task."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.webhooks import signatures, storing

MAX_BODY = 2 * 2**20  # bytes; Django's own limit lies above it, SendGrid's batches far below


@csrf_exempt
@require_POST
def sendgrid(request: HttpRequest) -> HttpResponse:
    """SendGrid's signed event webhook: 204 once stored, 403 unless genuine, 400 unless readable."""
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdigit()):
        return HttpResponse(status=400)
    if len(length) > 12 or int(length) > MAX_BODY:
        return HttpResponse(status=413)
    header = "X-Twilio-Email-Event-Webhook"
    try:
        signatures.verify(
            settings.SENDGRID_WEBHOOK_VERIFICATION_KEY,
            request.headers.get(f"{header}-Signature", ""),
            request.headers.get(f"{header}-Timestamp", ""),
            request.body,
        )
        storing.store("sendgrid", request.body)
    except signatures.NotGenuine:
        return HttpResponse(status=403)
    except storing.Unreadable as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return HttpResponse(status=204)
