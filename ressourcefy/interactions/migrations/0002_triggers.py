"""A reply stays on its parent's resource; counters follow comments and votes."""

from django.db import migrations

PARENT = """
ALTER TABLE interactions_comment ADD CONSTRAINT comment_parent_on_same_resource
    FOREIGN KEY (parent_id, resource_id) REFERENCES interactions_comment (id, resource_id)
    DEFERRABLE INITIALLY DEFERRED;
"""

PARENT_REVERSE = """
ALTER TABLE interactions_comment DROP CONSTRAINT comment_parent_on_same_resource;
"""

COMMENTS = """
CREATE FUNCTION interactions_count_comment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL AND OLD.hidden_at IS NULL THEN
        UPDATE resources_resource SET comment_count = comment_count - 1 WHERE id = OLD.resource_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL AND NEW.hidden_at IS NULL THEN
        UPDATE resources_resource SET comment_count = comment_count + 1 WHERE id = NEW.resource_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER comment_added
    AFTER INSERT OR DELETE ON interactions_comment FOR EACH ROW
    EXECUTE FUNCTION interactions_count_comment();
CREATE TRIGGER comment_changed
    AFTER UPDATE ON interactions_comment FOR EACH ROW
    WHEN ((OLD.deleted_at IS NULL, OLD.hidden_at IS NULL, OLD.resource_id)
        IS DISTINCT FROM (NEW.deleted_at IS NULL, NEW.hidden_at IS NULL, NEW.resource_id))
    EXECUTE FUNCTION interactions_count_comment();
"""

COMMENTS_REVERSE = """
DROP TRIGGER comment_added ON interactions_comment;
DROP TRIGGER comment_changed ON interactions_comment;
DROP FUNCTION interactions_count_comment();
"""

VOTES = """
CREATE FUNCTION interactions_count_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE interactions_comment
        SET upvotes = upvotes - (OLD.value = 1)::int, downvotes = downvotes - (OLD.value = -1)::int
        WHERE id = OLD.comment_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE interactions_comment
        SET upvotes = upvotes + (NEW.value = 1)::int, downvotes = downvotes + (NEW.value = -1)::int
        WHERE id = NEW.comment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER comment_vote_added
    AFTER INSERT OR DELETE ON interactions_commentvote FOR EACH ROW
    EXECUTE FUNCTION interactions_count_vote();
CREATE TRIGGER comment_vote_changed
    AFTER UPDATE ON interactions_commentvote FOR EACH ROW
    WHEN ((OLD.value, OLD.comment_id) IS DISTINCT FROM (NEW.value, NEW.comment_id))
    EXECUTE FUNCTION interactions_count_vote();
"""

VOTES_REVERSE = """
DROP TRIGGER comment_vote_added ON interactions_commentvote;
DROP TRIGGER comment_vote_changed ON interactions_commentvote;
DROP FUNCTION interactions_count_vote();
"""


class Migration(migrations.Migration):
    dependencies = [("interactions", "0001_initial"), ("resources", "0002_triggers")]

    operations = [
        migrations.RunSQL(PARENT, PARENT_REVERSE),
        migrations.RunSQL(COMMENTS, COMMENTS_REVERSE),
        migrations.RunSQL(VOTES, VOTES_REVERSE),
    ]
