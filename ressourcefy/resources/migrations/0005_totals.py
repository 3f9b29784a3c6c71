"""Totals of live resources by visibility."""

from django.db import migrations

TOTALS = """
LOCK TABLE resources_resource IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION resources_tally_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_tally (name, number)
    SELECT 'resources/' || visibility, count(*) FROM added WHERE deleted_at IS NULL GROUP BY 1;
    RETURN NULL;
END $$;
CREATE TRIGGER resource_tally_added
    AFTER INSERT ON resources_resource REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION resources_tally_added();

CREATE FUNCTION resources_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted_at IS NULL THEN
        INSERT INTO core_tally (name, number) VALUES ('resources/' || OLD.visibility, -1);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.deleted_at IS NULL THEN
        INSERT INTO core_tally (name, number) VALUES ('resources/' || NEW.visibility, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER resource_tally_changed
    AFTER UPDATE ON resources_resource FOR EACH ROW
    WHEN ((OLD.visibility, OLD.deleted_at IS NULL)
        IS DISTINCT FROM (NEW.visibility, NEW.deleted_at IS NULL))
    EXECUTE FUNCTION resources_tally_changed();
CREATE TRIGGER resource_tally_removed
    AFTER DELETE ON resources_resource FOR EACH ROW EXECUTE FUNCTION resources_tally_changed();

INSERT INTO core_tally (name, number)
SELECT 'resources/' || visibility, count(*) FROM resources_resource
WHERE deleted_at IS NULL GROUP BY 1;
"""

TOTALS_REVERSE = """
DROP TRIGGER resource_tally_added ON resources_resource;
DROP TRIGGER resource_tally_changed ON resources_resource;
DROP TRIGGER resource_tally_removed ON resources_resource;
DROP FUNCTION resources_tally_added();
DROP FUNCTION resources_tally_changed();
DELETE FROM core_tally WHERE name LIKE 'resources/%';
"""


class Migration(migrations.Migration):
    dependencies = [("resources", "0004_progress_name"), ("core", "0005_tally")]

    operations = [migrations.RunSQL(TOTALS, TOTALS_REVERSE)]
