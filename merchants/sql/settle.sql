-- Purpose: make the statements of a period for all merchants at once, and put every sale that belongs into its own.
-- Called by: merchants/settlement.py (settle). $1 the period, $2 its last day, $3 the moment after it, $4 now,
--            $5 an id for each merchant who may need a statement, $6 these merchants.
-- Locks: the caller holds the settlers' advisory lock, so no other transaction sets `statement`.
-- Index: merchants_sale_unsettled for the lines, (redemption_id, sign) for the sale behind an undo.
WITH due AS (  -- an undo goes with its sale: both are in one statement, whatever midnight lay between them
    SELECT sale.*
    FROM merchants_sale AS sale
    JOIN merchants_sale AS first ON first.redemption_id = sale.redemption_id AND first.sign = 1
    WHERE sale.statement IS NULL AND first.sold_at < $3
      AND NOT EXISTS (SELECT 1 FROM merchants_statement AS old WHERE old.merchant = sale.merchant AND old.period = $1)
), numbered AS (
    SELECT given.id, due.merchant,
           (SELECT count(*) FROM merchants_statement WHERE period = $1)
               + row_number() OVER (ORDER BY due.merchant) AS number,
           count(*)::integer AS lines, sum(value_fen) AS value_fen, sum(merchant_fen) AS merchant_fen,
           sum(town_fen) AS town_fen, sum(sponsor_fen) AS sponsor_fen
    FROM due
    JOIN unnest($5::uuid[], $6::uuid[]) AS given (id, merchant) ON given.merchant = due.merchant
    GROUP BY given.id, due.merchant
), issued AS (
    INSERT INTO merchants_statement (
        id, merchant, number, period, ends_on, lines, value_fen, merchant_fen, town_fen, sponsor_fen, state, issued_at
    )
    SELECT id, merchant, $1 || '-' || lpad(number::text, 4, '0'), $1, $2, lines,
           value_fen, merchant_fen, town_fen, sponsor_fen, 'issued', $4
    FROM numbered
    RETURNING id, merchant
), put AS (
    UPDATE merchants_sale AS sale SET statement = issued.id
    FROM due JOIN issued USING (merchant)
    WHERE sale.id = due.id
    RETURNING sale.statement
)
SELECT issued.id, issued.merchant, (SELECT count(*) FROM put WHERE put.statement = issued.id) AS lines
FROM issued ORDER BY issued.id
