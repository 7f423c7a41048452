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
        violations="SELECT person FROM identity_role_held"
        " WHERE role IN ('system_admin', 'security_admin', 'auditor') AND (ends_at IS NULL OR ends_at > now())"
        " GROUP BY person HAVING count(DISTINCT role) > 1",
        counts="SELECT count(*) FROM identity_role_held WHERE role IN ('system_admin', 'security_admin', 'auditor')",
    ),
)
