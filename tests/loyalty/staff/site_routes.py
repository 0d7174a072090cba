"""Every route of the staff site, and addresses that stand for it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver, reverse

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")
Values = Mapping[str, Sequence[object]]


@dataclass(frozen=True)
class Route:
    """A route: its name with its namespaces, its pattern, and the model its view is about."""

    name: str
    pattern: str
    model: type[Model] | None

    @property
    def app(self) -> str:
        """Whose it is, as far as the name or the model says."""
        return self.model._meta.app_label if self.model else self.name.split("_")[0]

    def addresses(self, values: Values, most: int) -> Iterator[str]:
        """At most so many addresses, with values by the argument's name; ``""`` for others."""
        path = GROUP.sub(r"<\1>", self.pattern.replace("^", "").replace("$", ""))
        path = path.replace("\\.", ".")
        names = ARGUMENT.findall(path)
        choices = [self._choices(name, values) for name in names]
        for chosen in islice(product(*choices), most):
            address = path
            for name, value in zip(names, chosen, strict=True):
                address = re.sub(rf"<(?:\w+:)?{name}>", str(value), address, count=1)
            yield f"/{address}"

    def _choices(self, name: str, values: Values) -> Sequence[object]:
        if name == "pk" and self.model:
            found = list(self.model._default_manager.values_list("pk", flat=True)[:20])
            return found or [1]
        return values.get(f"{self.name} {name}") or values.get(name) or values[""]


def routes() -> list[Route]:
    """Every route below the staff site's first page."""
    start = reverse("wagtailadmin_home").lstrip("/")
    return [one for one in _walk(get_resolver(), "", "") if one.pattern.startswith(start)]


def _walk(resolver: URLResolver, names: str, path: str) -> Iterator[Route]:
    for one in resolver.url_patterns:
        here = path + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one, f"{names}{one.namespace}:" if one.namespace else names, here)
        else:
            yield Route(f"{names}{one.name or here}", here, _model(one))


def _model(pattern: URLPattern) -> type[Model] | None:
    callback: Any = pattern.callback
    told = getattr(callback, "view_initkwargs", {})
    model = told.get("model") or getattr(getattr(callback, "view_class", None), "model", None)
    return model if isinstance(model, type) and issubclass(model, Model) else None


def seeded(*labels: str) -> Sequence[int]:
    """The primary keys of all rows of our apps' models (of these apps), each once."""
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    keys = {pk for model in models for pk in model._default_manager.values_list("pk", flat=True)}
    return sorted(pk for pk in keys if isinstance(pk, int))


def is_refused(answer: HttpResponseBase) -> bool:
    """Whether somebody may not see this: Wagtail says so on its first page."""
    if answer.status_code == 302:
        where = str(answer["Location"])
        return where == reverse("wagtailadmin_home") or reverse("wagtailadmin_login") in where
    return answer.status_code == 403
