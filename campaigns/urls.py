"""What mails and ESPs call."""

from django.urls import path

from campaigns.views import tracked, webhooks

app_name = "campaigns"
urlpatterns = [
    path("c/<str:token>/", tracked.click, name="click"),
    path("o/<str:token>.gif", tracked.opened, name="open"),
    path("view/<str:token>/", tracked.view, name="view"),
    path("webhooks/sendgrid/", webhooks.sendgrid, name="sendgrid"),
]
