"""Settings of the Django Ninja peer: the database, and nothing that costs a request anything."""

import os

import dj_database_url

ALLOWED_HOSTS = ["bench.example"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=600)}
# As the floor: prepared statements, bound by the server.
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 0}
ROOT_URLCONF = "bench.peers.ninja"
USE_TZ = True
# The product's gunicorn.conf.py asks for it.
METRICS_PORT = 0
# It names the length of the answer; without it gunicorn would send chunks.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
