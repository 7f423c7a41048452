-- Purpose: what came to and went from an account in each month in Shanghai, the newest month first.
-- Called by: points/statement.py (month_sums).
-- Locks: none.
-- Index: points_transfer_debit, points_transfer_credit.
SELECT date_trunc('month', moved.posted_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
       coalesce(sum(moved.points) FILTER (WHERE moved.points > 0), 0)::bigint AS came,
       coalesce(-sum(moved.points) FILTER (WHERE moved.points < 0), 0)::bigint AS went
FROM (
    SELECT posted_at, -amount AS points FROM points_transfer WHERE debit_id = $1 AND debit_version IS NOT NULL
    UNION ALL
    SELECT posted_at, amount FROM points_transfer WHERE credit_id = $1 AND credit_version IS NOT NULL
) AS moved
GROUP BY 1
ORDER BY 1 DESC
