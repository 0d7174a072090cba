"""The member's pages; joining and reading are Wagtail pages."""

from django.conf import settings
from django.urls import path
from django.urls.resolvers import URLPattern

from portal.views import (
    account,
    asking,
    carding,
    confirming,
    dressing,
    inbox,
    inviting,
    my_data,
    offering,
    preferring,
    rewarding,
    stating,
    unsubscribing,
)

app_name = "portal"
urlpatterns: list[URLPattern] = [
    path("brand/<slug:slug>.css", dressing.brand_css, name="brand_css"),
    path("confirm/<str:token>/", confirming.confirm, name="confirm"),
    path("welcome/<str:token>/", confirming.welcome, name="welcome"),
    path("preferences/<str:token>/", preferring.preferences, name="preferences"),
    path("preferences/<str:token>/leave/", preferring.leaving, name="leave"),
    path("unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("offer/<str:token>/", offering.offer, name="offer"),
    path("offers/<int:offer_id>/", offering.public_offer, name="public_offer"),
    path("card/<str:token>/", carding.card, name="card"),
    path("card/<str:token>/statement/", stating.pages, name="statement"),
    path("card/<str:token>/statement.csv", stating.as_csv, name="statement_csv"),
    path("card/<str:token>/rewards/", rewarding.catalogue, name="rewards"),
    path("card/<str:token>/rewards/<slug:key>/", rewarding.reward, name="reward"),
    path("card/<str:token>/question/<int:question_id>/", asking.one_question, name="one_question"),
    path("answer/<str:token>/", asking.answer, name="answer"),
    path("card/<str:token>/friends/", inviting.link, name="friend_link"),
    path("friend/<str:code>/", inviting.invitation, name="friend"),
    path("account/", account.account, name="account"),
    path("account/address/", account.address, name="address"),
    path("account/address/<str:token>/", account.new_address, name="new_address"),
    path("account/data/", my_data.overview, name="my_data"),
    path("account/data/copy.json", my_data.as_json, name="my_data_json"),
    path("account/data/copy.html", my_data.as_html, name="my_data_html"),
    path("account/data/erase/", my_data.erasing, name="erase"),
    path("account/messages/", account.messages, name="messages"),
    path("account/messages/<int:pk>/", account.message, name="message"),
    path("account/messages/<int:pk>/mail/", account.message_body, name="message_body"),
    path("card/<str:token>/taken/<uuid:number>/", rewarding.taken, name="reward_taken"),
]

if settings.REGULARS_DEMO:
    urlpatterns += [
        path("demo/inbox/", inbox.mails, name="inbox"),
        path("demo/inbox/<slug:folder>/<slug:name>/", inbox.mail, name="mail"),
        path("demo/inbox/<slug:folder>/<slug:name>/page/", inbox.page, name="mail_page"),
    ]
