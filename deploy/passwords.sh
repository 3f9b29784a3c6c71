#!/bin/sh
# Run once by the image of PostgreSQL, after roles.sql; the passwords come from compose.env.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set owner="$OWNER_PASSWORD" --set app="$APP_PASSWORD" <<'SQL'
ALTER ROLE ressourcefy_owner PASSWORD :'owner';
ALTER ROLE ressourcefy_app PASSWORD :'app';
SQL
