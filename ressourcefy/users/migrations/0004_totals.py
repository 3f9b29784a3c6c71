"""Totals of live accounts by role and state."""

from django.db import migrations

TOTALS = """
LOCK TABLE users_user IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION users_tally_name(role text, is_active boolean, is_activated boolean)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'users/' || role
        || CASE WHEN is_active THEN '/active' ELSE '/inactive' END
        || CASE WHEN is_activated THEN '/activated' ELSE '/unactivated' END
$$;

CREATE FUNCTION users_tally_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_tally (name, number)
    SELECT users_tally_name(role, is_active, is_activated), count(*)
    FROM added WHERE deleted_at IS NULL GROUP BY 1;
    RETURN NULL;
END $$;
CREATE TRIGGER user_tally_added
    AFTER INSERT ON users_user REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION users_tally_added();

CREATE FUNCTION users_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted_at IS NULL THEN
        INSERT INTO core_tally (name, number)
        VALUES (users_tally_name(OLD.role, OLD.is_active, OLD.is_activated), -1);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.deleted_at IS NULL THEN
        INSERT INTO core_tally (name, number)
        VALUES (users_tally_name(NEW.role, NEW.is_active, NEW.is_activated), 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER user_tally_changed
    AFTER UPDATE ON users_user FOR EACH ROW
    WHEN ((OLD.role, OLD.is_active, OLD.is_activated, OLD.deleted_at IS NULL)
        IS DISTINCT FROM (NEW.role, NEW.is_active, NEW.is_activated, NEW.deleted_at IS NULL))
    EXECUTE FUNCTION users_tally_changed();
CREATE TRIGGER user_tally_removed
    AFTER DELETE ON users_user FOR EACH ROW EXECUTE FUNCTION users_tally_changed();

INSERT INTO core_tally (name, number)
SELECT users_tally_name(role, is_active, is_activated), count(*) FROM users_user
WHERE deleted_at IS NULL GROUP BY 1;
"""

TOTALS_REVERSE = """
DROP TRIGGER user_tally_added ON users_user;
DROP TRIGGER user_tally_changed ON users_user;
DROP TRIGGER user_tally_removed ON users_user;
DROP FUNCTION users_tally_added();
DROP FUNCTION users_tally_changed();
DROP FUNCTION users_tally_name(text, boolean, boolean);
DELETE FROM core_tally WHERE name LIKE 'users/%';
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0003_administration_indexes"), ("core", "0005_tally")]

    operations = [migrations.RunSQL(TOTALS, TOTALS_REVERSE)]
