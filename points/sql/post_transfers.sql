-- Purpose: write any number of transfers and the accounts that they moved; answers how many of each were written.
-- Called by: points/ledger.py (Book.write).
-- Locks: none new; the accounts were locked by lock_accounts.sql, and are written only at the version that was read.
-- Index: points_account_pkey; inserts into points_transfer's keys (id), (reference, kind), and one (account, version).
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
        reverses_id, rule_version_id, credit_tenths, credit_until, $23::timestamptz
    FROM unnest(
        $1::text::uuid[], $2::text::uuid[], $3::text::bigint[], $4::text::uuid[], $5::text::uuid[],
        $6::text::integer[], $7::text::bigint[], $8::text::integer[], $9::text::bigint[], $10::text::integer[],
        $11::text[], $12::text::uuid[], $13::text::uuid[], $14::text::uuid[], $15::text::integer[], $16::text::date[],
        $17::text::integer[]
    ) AS line (
        id, reference, amount, debit_id, credit_id, debit_version, debit_balance, credit_version, credit_balance,
        first_month, by_month, fact_id, reverses_id, rule_version_id, credit_tenths, credit_until, words
    )
    JOIN unnest($18::text[], $19::text[], $20::text[], $21::text[], $22::text[])
        WITH ORDINALITY AS shared (kind, asset, label_zh, label_en, fact_kind, number) ON shared.number = line.words
    RETURNING 1
), moved AS (
    UPDATE points_account AS account
    SET version = page.version,
        balance = page.balance,
        first_month = page.first_month,
        by_month = page.by_month::integer[],
        recovery = page.recovery,
        used_year = page.used_year,
        uses = page.uses::bigint[]
    FROM unnest(
        $24::text::uuid[], $25::text::integer[], $26::text::integer[], $27::text::bigint[], $28::text::integer[],
        $29::text[], $30::text::bigint[], $31::text::smallint[], $32::text[]
    ) AS page (id, read_version, version, balance, first_month, by_month, recovery, used_year, uses)
    WHERE account.id = page.id AND account.version = page.read_version
    RETURNING 1
)
SELECT (SELECT count(*) FROM posted) AS transfers, (SELECT count(*) FROM moved) AS accounts
