"""The ledger: what a payment or refund says of money never changes, and no row goes."""

from django.db import migrations

LEDGER = """
CREATE FUNCTION monetization_refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is immutable' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payment_immutable
    BEFORE UPDATE ON monetization_payment FOR EACH ROW
    WHEN ((OLD.id, OLD.user_id, OLD.amount_cents, OLD.currency, OLD.provider_reference)
        IS DISTINCT FROM
        (NEW.id, NEW.user_id, NEW.amount_cents, NEW.currency, NEW.provider_reference))
    EXECUTE FUNCTION monetization_refuse_ledger_change();
CREATE TRIGGER payment_stays
    BEFORE DELETE ON monetization_payment FOR EACH ROW
    EXECUTE FUNCTION monetization_refuse_ledger_change();
CREATE TRIGGER refund_immutable
    BEFORE UPDATE ON monetization_refund FOR EACH ROW
    WHEN ((OLD.id, OLD.payment_id, OLD.amount_cents)
        IS DISTINCT FROM (NEW.id, NEW.payment_id, NEW.amount_cents))
    EXECUTE FUNCTION monetization_refuse_ledger_change();
CREATE TRIGGER refund_stays
    BEFORE DELETE ON monetization_refund FOR EACH ROW
    EXECUTE FUNCTION monetization_refuse_ledger_change();
"""

LEDGER_REVERSE = """
DROP TRIGGER payment_immutable ON monetization_payment;
DROP TRIGGER payment_stays ON monetization_payment;
DROP TRIGGER refund_immutable ON monetization_refund;
DROP TRIGGER refund_stays ON monetization_refund;
DROP FUNCTION monetization_refuse_ledger_change();
"""


class Migration(migrations.Migration):
    dependencies = [("monetization", "0001_initial")]

    operations = [migrations.RunSQL(LEDGER, LEDGER_REVERSE)]
