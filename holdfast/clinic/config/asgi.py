"""The ASGI application: `uvicorn holdfast.clinic.config.asgi:application`."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from holdfast.clinic.config.body_limit import BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.clinic.config.settings")
application = BodyLimit(get_asgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
