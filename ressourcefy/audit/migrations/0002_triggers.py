"""An audit entry never changes. Only the owner role may remove old ones (`docs/operations.md`)."""

from django.db import migrations

ENTRIES = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is immutable' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_log_immutable
    BEFORE UPDATE ON audit_auditlog FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
"""

ENTRIES_REVERSE = """
DROP TRIGGER audit_log_immutable ON audit_auditlog;
DROP FUNCTION audit_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(ENTRIES, ENTRIES_REVERSE)]
