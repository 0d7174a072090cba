"""How a Regulars deployment is put together: settings, URLs, Celery, WSGI."""
