-- Purpose: write any number of transfers and the accounts that they moved; answers how many of each were written.
-- Called by: points/ledger.py (Book.write).
-- Locks: none new; the accounts were locked by lock_accounts.sql, and are written only at the version that was read.
-- Index: points_account_pkey; inserts into points_transfer's keys (id), (kind, reference), and one (account, version).
WITH posted AS (
    INSERT INTO points_transfer (
        id, kind, reference, asset, amount, debit_id, credit_id,
        debit_version, debit_balance, credit_version, credit_balance,
        first_month, by_month, label_zh, label_en, fact_kind, fact_id,
        reverses_id, rule_version_id, credit_tenths, credit_until, posted_at
    )
    SELECT
        id, kind, reference, asset, amount, debit_id, credit_id,
        debit_version, debit_balance, credit_version, credit_balance,
        first_month, by_month::integer[], label_zh, label_en, fact_kind, fact_id,
        reverses_id, rule_version_id, credit_tenths, credit_until, $22::timestamptz
    FROM unnest(
        $1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::uuid[], $7::uuid[],
        $8::integer[], $9::bigint[], $10::integer[], $11::bigint[],
        $12::integer[], $13::text[], $14::text[], $15::text[], $16::text[], $17::uuid[],
        $18::uuid[], $19::uuid[], $20::integer[], $21::date[]
    ) AS line (
        id, kind, reference, asset, amount, debit_id, credit_id,
        debit_version, debit_balance, credit_version, credit_balance,
        first_month, by_month, label_zh, label_en, fact_kind, fact_id,
        reverses_id, rule_version_id, credit_tenths, credit_until
    )
    RETURNING 1
), moved AS (
    UPDATE points_account AS account
    SET version = page.version,
        balance = page.balance,
        first_month = page.first_month,
        by_month = page.by_month::integer[],
        recovery = page.recovery
    FROM unnest(
        $23::uuid[], $24::integer[], $25::integer[], $26::bigint[], $27::integer[], $28::text[], $29::bigint[]
    ) AS page (id, read_version, version, balance, first_month, by_month, recovery)
    WHERE account.id = page.id AND account.version = page.read_version
    RETURNING 1
)
SELECT (SELECT count(*) FROM posted) AS transfers, (SELECT count(*) FROM moved) AS accounts
