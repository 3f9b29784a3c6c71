-- The two roles and the database, once for each installation, as a superuser (docs/deployment.md):
--
--   psql -f deploy/roles.sql postgres
--   psql -c '\password ressourcefy_owner' -c '\password ressourcefy_app' postgres

-- Owns the schema. Used by `manage.py migrate` and `manage.py prune`, through DATABASE_OWNER_URL.
CREATE ROLE ressourcefy_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;

-- The web servers and the outbox workers, through DATABASE_URL. docs/deployment.md counts what they
-- need; the limit keeps connections free for the owner and for whoever repairs things.
CREATE ROLE ressourcefy_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
    CONNECTION LIMIT 80;

-- The product sets the same for each connection. Here they hold for everything else as well, and
-- behind a pooler that drops what a client asks for at the start.
ALTER ROLE ressourcefy_app SET statement_timeout = '15s';
ALTER ROLE ressourcefy_app SET lock_timeout = '8s';
ALTER ROLE ressourcefy_app SET idle_in_transaction_session_timeout = '60s';

CREATE DATABASE ressourcefy OWNER ressourcefy_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE ressourcefy FROM PUBLIC;
GRANT CONNECT ON DATABASE ressourcefy TO ressourcefy_app;
