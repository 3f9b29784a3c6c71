"""Versions never change or go; the vote counters of a resource follow its votes."""

from django.db import migrations

VERSIONS = """
CREATE FUNCTION resources_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a resource version is immutable' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER resource_version_immutable
    BEFORE UPDATE ON resources_resourceversion FOR EACH ROW
    WHEN ((OLD.id, OLD.resource_id, OLD.version_number, OLD.file_url)
        IS DISTINCT FROM (NEW.id, NEW.resource_id, NEW.version_number, NEW.file_url))
    EXECUTE FUNCTION resources_refuse_version_change();
CREATE TRIGGER resource_version_stays
    BEFORE DELETE ON resources_resourceversion FOR EACH ROW
    EXECUTE FUNCTION resources_refuse_version_change();
"""

VERSIONS_REVERSE = """
DROP TRIGGER resource_version_immutable ON resources_resourceversion;
DROP TRIGGER resource_version_stays ON resources_resourceversion;
DROP FUNCTION resources_refuse_version_change();
"""

VOTES = """
CREATE FUNCTION resources_count_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE resources_resource
        SET upvotes = upvotes - (OLD.value = 1)::int, downvotes = downvotes - (OLD.value = -1)::int
        WHERE id = OLD.resource_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE resources_resource
        SET upvotes = upvotes + (NEW.value = 1)::int, downvotes = downvotes + (NEW.value = -1)::int
        WHERE id = NEW.resource_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER resource_vote_added
    AFTER INSERT OR DELETE ON resources_resourcevote FOR EACH ROW
    EXECUTE FUNCTION resources_count_vote();
CREATE TRIGGER resource_vote_changed
    AFTER UPDATE ON resources_resourcevote FOR EACH ROW
    WHEN ((OLD.value, OLD.resource_id) IS DISTINCT FROM (NEW.value, NEW.resource_id))
    EXECUTE FUNCTION resources_count_vote();
"""

VOTES_REVERSE = """
DROP TRIGGER resource_vote_added ON resources_resourcevote;
DROP TRIGGER resource_vote_changed ON resources_resourcevote;
DROP FUNCTION resources_count_vote();
"""


class Migration(migrations.Migration):
    dependencies = [("resources", "0001_initial")]

    operations = [
        migrations.RunSQL(VERSIONS, VERSIONS_REVERSE),
        migrations.RunSQL(VOTES, VOTES_REVERSE),
    ]
