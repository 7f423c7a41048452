"""What must always hold about identity."""

from identity.audit import CHAIN_FAULTS
from kit.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="I22 audit chain",
        zh="已封存的审计记录没有被修改、删除或增加。",
        en="No sealed audit entry was changed, removed or added.",
        violations=CHAIN_FAULTS,
        counts="SELECT coalesce(sum(entries), 0)::bigint FROM identity_audit_block",
    ),
    Invariant(
        name="I17 offices apart",
        zh="系统管理员、安全管理员和审计员是不同的人。",
        en="System administrator, security administrator and auditor are different people.",
        violations="""
            SELECT acting.person FROM (
                SELECT person, person AS holder FROM identity_role_held
                UNION SELECT stand_in, person FROM identity_stand_in
                WHERE ended_at IS NULL AND ends_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date
            ) AS acting JOIN identity_role_held AS held ON held.person = acting.holder
            WHERE held.role IN ('system_admin', 'security_admin', 'auditor')
              AND (held.ends_at IS NULL OR held.ends_at > now())
            GROUP BY acting.person HAVING count(DISTINCT held.role) > 1
        """,
        counts="SELECT count(*) FROM identity_role_held WHERE role IN ('system_admin', 'security_admin', 'auditor')",
    ),
)
