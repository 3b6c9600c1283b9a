"""Production's door to the shop: DEBUG is off unless set, SECRET_KEY is required."""

import os

from django.core.wsgi import get_wsgi_application

from config.middleware import with_plain_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = with_plain_headers(get_wsgi_application())

from config.health import tell_what_is_missing  # noqa: E402  (reads models)

tell_what_is_missing()
