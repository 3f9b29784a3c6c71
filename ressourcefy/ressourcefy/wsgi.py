"""The WSGI application, for gunicorn and other servers."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

# gunicorn ends when a process leaves with this status before it was ready; for any other it would
# start processes for ever.
_CANNOT_BOOT = 3

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ressourcefy.settings")

try:
    application = get_wsgi_application()
except SystemExit as refusal:
    sys.stderr.write(f"{refusal.code}\n")
    sys.exit(_CANNOT_BOOT)

# What is loaded stays: the collector need not look through it again at every full collection.
gc.freeze()
