"""Rows of the feed follow resources, profiles and tags, on every path and in the same transaction.

Whoever writes takes locks in one order: what is filed, tags, profiles, accounts, rows of the feed,
each by id.
A change of a name takes rows of the feed after the row with the name, and never a resource's own:
so it waits for whoever publishes, votes or files, and none of them waits for it holding a row that
it needs. Rows are first locked and then worked out by the next statement, which sees what was
committed meanwhile.
"""

from django.db import migrations

LOCK = """
LOCK TABLE resources_resource, resources_resource_tags, core_tag, users_profile
    IN SHARE ROW EXCLUSIVE MODE;
-- Counters change all the time: with room on their page, they leave the indexes alone.
ALTER TABLE resources_feedrow SET (fillfactor = 85);
"""

# A profile that is there cannot change before the transaction ends; nor can one appear: whoever adds
# one holds the account as well.
NAMES = """
CREATE FUNCTION resources_feed_hold_names(authors uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    held int;
BEGIN
    PERFORM FROM users_profile WHERE user_id = ANY (authors) ORDER BY user_id FOR SHARE;
    GET DIAGNOSTICS held = ROW_COUNT;
    IF held < cardinality(authors) THEN
        PERFORM FROM users_user WHERE id = ANY (authors) ORDER BY id FOR UPDATE;
    END IF;
END $$;

CREATE FUNCTION resources_feed_rename() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    authors uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        authors := ARRAY(SELECT user_id FROM added);
        PERFORM FROM users_user WHERE id = ANY (authors) ORDER BY id FOR KEY SHARE;
    ELSIF TG_OP = 'DELETE' THEN
        authors := ARRAY(SELECT user_id FROM gone);
    ELSE
        authors := ARRAY[OLD.user_id, NEW.user_id];
    END IF;
    PERFORM FROM resources_feedrow
    WHERE author_id = ANY (authors) ORDER BY resource_id FOR NO KEY UPDATE;
    IF FOUND THEN
        UPDATE resources_feedrow AS feed
        SET author_name = profile.username, author_avatar = profile.avatar_url
        FROM unnest(authors) AS author (id)
            LEFT JOIN users_profile AS profile ON user_id = author.id
        WHERE feed.author_id = author.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_name_added
    AFTER INSERT ON users_profile REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION resources_feed_rename();
CREATE TRIGGER feed_name_removed
    AFTER DELETE ON users_profile REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION resources_feed_rename();
CREATE TRIGGER feed_name_changed
    AFTER UPDATE ON users_profile FOR EACH ROW
    WHEN ((OLD.user_id, OLD.username, OLD.avatar_url)
        IS DISTINCT FROM (NEW.user_id, NEW.username, NEW.avatar_url))
    EXECUTE FUNCTION resources_feed_rename();
"""

NAMES_REVERSE = """
DROP TRIGGER feed_name_added ON users_profile;
DROP TRIGGER feed_name_removed ON users_profile;
DROP TRIGGER feed_name_changed ON users_profile;
DROP FUNCTION resources_feed_rename();
DROP FUNCTION resources_feed_hold_names(uuid[]);
"""

TAGS = """
CREATE FUNCTION resources_feed_retag(changed uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM resources_feedrow
    WHERE resource_id = ANY (changed) ORDER BY resource_id FOR NO KEY UPDATE;
    UPDATE resources_feedrow AS feed SET tags = found.names
    FROM (
        SELECT wanted.id, coalesce(
            array_agg(tag.name ORDER BY tag.name, tag.id) FILTER (WHERE tag.id IS NOT NULL), '{}'
        ) AS names
        FROM unnest(changed) AS wanted (id)
        LEFT JOIN resources_resource_tags AS filed ON filed.resource_id = wanted.id
        LEFT JOIN core_tag AS tag ON tag.id = filed.tag_id AND tag.deleted_at IS NULL
        GROUP BY wanted.id
    ) AS found
    WHERE feed.resource_id = found.id AND feed.tags IS DISTINCT FROM found.names;
END $$;

CREATE FUNCTION resources_feed_file(tags uuid[], resources uuid[]) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO resources_feedtag (tag_id, created_at, resource_id)
    SELECT filed.tag_id, feed.created_at, feed.resource_id
    FROM unnest(tags, resources) AS filed (tag_id, resource_id)
    JOIN resources_feedrow AS feed USING (resource_id)
$$;

CREATE FUNCTION resources_feed_unfile(tags uuid[], resources uuid[]) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM resources_feedtag AS place
    USING unnest(tags, resources) AS filed (tag_id, resource_id)
        JOIN resources_feedrow AS feed USING (resource_id)
    WHERE (place.tag_id, place.created_at, place.resource_id)
        = (filed.tag_id, feed.created_at, feed.resource_id)
$$;

-- A tag that something is filed under does not change its name before the transaction ends.
CREATE FUNCTION resources_feed_filed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM core_tag WHERE id IN (SELECT tag_id FROM added) ORDER BY id FOR SHARE;
        PERFORM resources_feed_retag(ARRAY(SELECT DISTINCT resource_id FROM added));
        PERFORM resources_feed_file(array_agg(tag_id), array_agg(resource_id)) FROM added;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM resources_feed_retag(ARRAY(SELECT DISTINCT resource_id FROM gone));
        PERFORM resources_feed_unfile(array_agg(tag_id), array_agg(resource_id)) FROM gone;
    ELSE
        PERFORM FROM core_tag WHERE id IN (SELECT tag_id FROM added) ORDER BY id FOR SHARE;
        PERFORM resources_feed_retag(
            ARRAY(SELECT resource_id FROM added UNION SELECT resource_id FROM gone));
        PERFORM resources_feed_unfile(array_agg(tag_id), array_agg(resource_id)) FROM gone;
        PERFORM resources_feed_file(array_agg(tag_id), array_agg(resource_id)) FROM added;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_filed
    AFTER INSERT ON resources_resource_tags REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION resources_feed_filed();
CREATE TRIGGER feed_unfiled
    AFTER DELETE ON resources_resource_tags REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION resources_feed_filed();
CREATE TRIGGER feed_refiled
    AFTER UPDATE ON resources_resource_tags REFERENCING NEW TABLE AS added OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION resources_feed_filed();

CREATE FUNCTION resources_feed_tag_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tags uuid[] := ARRAY(
        SELECT id FROM gone JOIN added USING (id)
        WHERE (gone.name, gone.deleted_at IS NULL) <> (added.name, added.deleted_at IS NULL)
    );
BEGIN
    IF tags <> '{}' THEN
        PERFORM resources_feed_retag(ARRAY(
            SELECT DISTINCT resource_id FROM resources_resource_tags WHERE tag_id = ANY (tags)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_tag_changed
    AFTER UPDATE ON core_tag REFERENCING NEW TABLE AS added OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION resources_feed_tag_changed();
"""

TAGS_REVERSE = """
DROP TRIGGER feed_filed ON resources_resource_tags;
DROP TRIGGER feed_unfiled ON resources_resource_tags;
DROP TRIGGER feed_refiled ON resources_resource_tags;
DROP TRIGGER feed_tag_changed ON core_tag;
DROP FUNCTION resources_feed_tag_changed();
DROP FUNCTION resources_feed_filed();
DROP FUNCTION resources_feed_file(uuid[], uuid[]);
DROP FUNCTION resources_feed_unfile(uuid[], uuid[]);
DROP FUNCTION resources_feed_retag(uuid[]);
"""

RESOURCES = """
CREATE FUNCTION resources_feed_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM resources_feed_hold_names(ARRAY(SELECT DISTINCT author_id FROM added));
    INSERT INTO resources_feedrow (
        resource_id, created_at, author_id, price_cents, comment_count, upvotes, downvotes,
        is_live, visibility, title, excerpt, attribution, author_name, author_avatar, tags)
    SELECT added.id, added.created_at, added.author_id, price_cents, comment_count, upvotes,
        downvotes, added.deleted_at IS NULL, visibility, title, left(description, 200),
        attribution, profile.username, profile.avatar_url, '{}'
    FROM added LEFT JOIN users_profile AS profile ON profile.user_id = added.author_id;
    PERFORM resources_feed_retag(ARRAY(
        SELECT DISTINCT resource_id FROM resources_resource_tags
        WHERE resource_id IN (SELECT id FROM added)));
    PERFORM resources_feed_file(array_agg(tag_id), array_agg(resource_id))
    FROM resources_resource_tags WHERE resource_id IN (SELECT id FROM added);
    RETURN NULL;
END $$;
CREATE TRIGGER feed_resource_added
    AFTER INSERT ON resources_resource REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION resources_feed_added();

CREATE FUNCTION resources_feed_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.author_id <> OLD.author_id THEN
        PERFORM resources_feed_hold_names(ARRAY[NEW.author_id]);
        UPDATE resources_feedrow SET (author_id, author_name, author_avatar) = (
            SELECT NEW.author_id, username, avatar_url
            FROM (SELECT) AS always LEFT JOIN users_profile ON user_id = NEW.author_id)
        WHERE resource_id = OLD.id;
    END IF;
    IF (NEW.id, NEW.created_at) <> (OLD.id, OLD.created_at) THEN
        UPDATE resources_feedtag SET created_at = NEW.created_at, resource_id = NEW.id
        WHERE resource_id = OLD.id AND created_at = OLD.created_at AND tag_id IN (
            SELECT tag_id FROM resources_resource_tags WHERE resource_id IN (OLD.id, NEW.id));
    END IF;
    UPDATE resources_feedrow SET
        resource_id = NEW.id, created_at = NEW.created_at, is_live = NEW.deleted_at IS NULL,
        visibility = NEW.visibility, price_cents = NEW.price_cents, title = NEW.title,
        excerpt = left(NEW.description, 200), attribution = NEW.attribution
    WHERE resource_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_resource_changed
    AFTER UPDATE OF id, created_at, deleted_at, visibility, price_cents, title, description,
        attribution, author_id ON resources_resource FOR EACH ROW
    EXECUTE FUNCTION resources_feed_changed();

-- Apart, because it happens far more often and must not look at descriptions.
CREATE FUNCTION resources_feed_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE resources_feedrow SET comment_count = NEW.comment_count, upvotes = NEW.upvotes,
        downvotes = NEW.downvotes
    WHERE resource_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_resource_counted
    AFTER UPDATE OF comment_count, upvotes, downvotes ON resources_resource FOR EACH ROW
    WHEN ((OLD.comment_count, OLD.upvotes, OLD.downvotes)
        IS DISTINCT FROM (NEW.comment_count, NEW.upvotes, NEW.downvotes))
    EXECUTE FUNCTION resources_feed_counted();

CREATE FUNCTION resources_feed_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What is filed under tags goes by itself, before the resource or after it.
    DELETE FROM resources_feedtag
    WHERE resource_id = OLD.id AND created_at = OLD.created_at AND tag_id IN (
        SELECT tag_id FROM resources_resource_tags WHERE resource_id = OLD.id);
    DELETE FROM resources_feedrow WHERE resource_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_resource_removed
    AFTER DELETE ON resources_resource FOR EACH ROW EXECUTE FUNCTION resources_feed_removed();
"""

RESOURCES_REVERSE = """
DROP TRIGGER feed_resource_added ON resources_resource;
DROP TRIGGER feed_resource_changed ON resources_resource;
DROP TRIGGER feed_resource_counted ON resources_resource;
DROP TRIGGER feed_resource_removed ON resources_resource;
DROP FUNCTION resources_feed_added();
DROP FUNCTION resources_feed_changed();
DROP FUNCTION resources_feed_counted();
DROP FUNCTION resources_feed_removed();
"""

# Rows of the feed are counted by the month, day and hour in which their resource was made.
COUNTS = """
CREATE FUNCTION resources_feed_step(
    made_at timestamptz, is_live boolean, visibility text, price_cents int, number int
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO resources_feedcount (span, begins_at, free, for_sale, secret, is_folded)
    SELECT span, date_trunc(span, made_at, 'UTC'),
        CASE WHEN visibility = 'public' AND price_cents IS NULL THEN number ELSE 0 END,
        CASE WHEN visibility <> 'private' AND (visibility <> 'public' OR price_cents IS NOT NULL)
            THEN number ELSE 0 END,
        CASE WHEN visibility = 'private' THEN number ELSE 0 END, false
    FROM unnest(ARRAY['month', 'day', 'hour']) AS span WHERE is_live
$$;

CREATE FUNCTION resources_feed_count_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO resources_feedcount (span, begins_at, free, for_sale, secret, is_folded)
    SELECT span, date_trunc(span, created_at, 'UTC'),
        count(*) FILTER (WHERE visibility = 'public' AND price_cents IS NULL),
        count(*) FILTER (WHERE visibility <> 'private'
            AND (visibility <> 'public' OR price_cents IS NOT NULL)),
        count(*) FILTER (WHERE visibility = 'private'), false
    FROM added, unnest(ARRAY['month', 'day', 'hour']) AS span WHERE is_live GROUP BY 1, 2;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_count_added
    AFTER INSERT ON resources_feedrow REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION resources_feed_count_added();

CREATE FUNCTION resources_feed_count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM resources_feed_step(
        OLD.created_at, OLD.is_live, OLD.visibility, OLD.price_cents, -1);
    IF TG_OP = 'UPDATE' THEN
        PERFORM resources_feed_step(
            NEW.created_at, NEW.is_live, NEW.visibility, NEW.price_cents, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_count_changed
    AFTER UPDATE OF created_at, is_live, visibility, price_cents ON resources_feedrow FOR EACH ROW
    WHEN ((OLD.created_at, OLD.is_live, OLD.visibility, OLD.price_cents IS NULL)
        IS DISTINCT FROM (NEW.created_at, NEW.is_live, NEW.visibility, NEW.price_cents IS NULL))
    EXECUTE FUNCTION resources_feed_count_changed();
CREATE TRIGGER feed_count_removed
    AFTER DELETE ON resources_feedrow FOR EACH ROW
    EXECUTE FUNCTION resources_feed_count_changed();
"""

COUNTS_REVERSE = """
DROP TRIGGER feed_count_added ON resources_feedrow;
DROP TRIGGER feed_count_changed ON resources_feedrow;
DROP TRIGGER feed_count_removed ON resources_feedrow;
DROP FUNCTION resources_feed_count_added();
DROP FUNCTION resources_feed_count_changed();
DROP FUNCTION resources_feed_step(timestamptz, boolean, text, int, int);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_tag_search"),
        ("resources", "0007_feed_rows"),
        ("users", "0009_account_erasure"),
    ]

    operations = [
        migrations.RunSQL(LOCK, migrations.RunSQL.noop),
        migrations.RunSQL(COUNTS, COUNTS_REVERSE),
        migrations.RunSQL(NAMES, NAMES_REVERSE),
        migrations.RunSQL(TAGS, TAGS_REVERSE),
        migrations.RunSQL(RESOURCES, RESOURCES_REVERSE),
    ]
