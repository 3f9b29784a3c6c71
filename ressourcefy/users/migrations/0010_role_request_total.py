"""The total of requests for roles, which the list of all of them tells."""

from django.db import migrations

TOTAL = """
LOCK TABLE users_rolerequest IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION users_tally_role_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_tally (name, number)
    VALUES ('role-requests/all', CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END);
    RETURN NULL;
END $$;
CREATE TRIGGER role_request_tally
    AFTER INSERT OR DELETE ON users_rolerequest FOR EACH ROW
    EXECUTE FUNCTION users_tally_role_request();

INSERT INTO core_tally (name, number)
SELECT 'role-requests/all', count(*) FROM users_rolerequest HAVING count(*) > 0;
"""

TOTAL_REVERSE = """
DROP TRIGGER role_request_tally ON users_rolerequest;
DROP FUNCTION users_tally_role_request();
DELETE FROM core_tally WHERE name LIKE 'role-requests/%';
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0009_account_erasure"), ("core", "0005_tally")]

    operations = [migrations.RunSQL(TOTAL, TOTAL_REVERSE)]
