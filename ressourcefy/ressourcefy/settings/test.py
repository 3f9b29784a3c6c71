"""Settings of the test run: as in development, writing only to the tests' own places."""

import os
import tempfile
from pathlib import Path

from ressourcefy.settings import *  # noqa: F403

DATA_DIR = Path(tempfile.gettempdir()) / f"ressourcefy-tests-{os.getuid()}"
MAILBOX_DIR = DATA_DIR / "mailbox"
EXPORTS_DIR = DATA_DIR / "exports"
STORAGES["exports"]["OPTIONS"]["location"] = EXPORTS_DIR  # noqa: F405
# A key in the developer's own environment must not let tests send mails.
RESEND_API_KEY = ""

# The tests read log lines with assertLogs; on the screen they would hide the failures.
LOGGING["handlers"]["console"] = {"class": "logging.NullHandler"}  # noqa: F405

# Static files are looked for when they are asked for: not all of them by each of the thousands of
# clients, of which each has a middleware of its own.
WHITENOISE_AUTOREFRESH = True

# The product's at a lower price; test_hashers and test_settings look at the real one.
PASSWORD_HASHERS = ["core.tests.quick_hasher.QuickHasher"]

# Everything is counted, and next to nothing refused; the tests of the limits set this to 1.
RATE_LIMIT_FACTOR = 100
SILENCED_SYSTEM_CHECKS = ["application.W002"]

# A thread of its own would write into the transactions of whatever test runs at the time.
ANALYTICS_FLUSH_SECONDS = 0.0

# What a test has just changed it has to see at once; tests of what is kept set this.
HOT_READ_SECONDS = 0
# Of the developer's own environment.
REDIS_URL = ""
CACHES["hot"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "hot"}  # noqa: F405
