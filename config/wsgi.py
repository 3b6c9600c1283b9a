"""Production's door to the shop: DEBUG is off unless set, SECRET_KEY is required."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
