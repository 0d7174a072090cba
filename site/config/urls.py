"""Every route: staff site, API, member's pages, then Wagtail's page tree."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from loyalty.api import api
from portal.views.searching import search

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.sign_in_urls")),
    path("staff/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("api/", api.urls),
    path("", include("campaigns.urls")),
    path("", include("portal.urls")),
]

if not settings.PRODUCTION:
    # Embedded: no other server stands in front to hand out images.
    urlpatterns += [
        re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    ]

# Pages in the site's own language stand at the root, others below their code: /es/.
urlpatterns += i18n_patterns(
    path("search/", search, name="search"),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)

handler400 = "portal.views.dressing.bad_request"
handler403 = "portal.views.dressing.forbidden"
handler404 = "portal.views.dressing.not_found"
handler500 = "portal.views.dressing.server_error"
