"""What the decisions of county and town staff refuse."""

from collections.abc import Mapping, Sequence
from typing import Final

from kit.errors import EN, ZH, Refusal
from kit.money import fen_text

STATE_NAMES: Final = {
    "nominated": "已提名",
    "scored": "已评分",
    "approved": "已审批",
    "noticed": "公示中",
    "payable": "待发放",
    "exported": "发放中",
    "paid": "已发放",
    "failed": "发放失败",
    "returned": "银行退回",
    "rejected": "已驳回",
    "clawed_back": "已追回",
}


class ConflictOfInterest(Refusal):
    """The person, or somebody of his household, has another part in this bonus."""

    status = 403
    code = "conflict_of_interest"
    zh = "您或您的同户家人已在此奖励中承担其他角色，须回避。"
    en = "You, or somebody of your household, have another part in this bonus."


class EventNotClosed(Refusal):
    """A bonus is for a matter that is closed."""

    code = "event_not_closed"
    zh = "事件尚未办结，不能提名奖励。"
    en = "The event is not closed yet; it cannot be nominated."


class NobodyReported(Refusal):
    """The event came from another system that named no reporter."""

    code = "nobody_reported"
    zh = "该事件没有上报人，不能提名奖励。"
    en = "No person reported this event; there is nobody to nominate."


class MatterTaken(Refusal):
    """The matter was nominated before; it is paid for at most once."""

    code = "matter_taken"
    zh = "该事项已经提名过，同一事项只奖励一次。"
    en = "This matter was nominated before; it earns one bonus at most."


class BonusNotReady(Refusal):
    """The bonus is in a state from which this step does not follow."""

    code = "bonus_not_ready"
    zh = "该奖励当前状态为「{state}」，不能执行此步骤。"
    en = "The bonus is in state {state}; this step does not follow from it."

    def detail(self, language: str = ZH) -> str:
        """The sentence, with the state's Chinese name in Chinese."""
        return super().detail(EN) if language == EN else self.zh.format(state=STATE_NAMES[self.data["state"]])


class ApproverNotNamed(Refusal):
    """The matrix names other approvers for this tier."""

    status = 403
    code = "approver_not_named"
    zh = "按审批权限，该等级不由您审批。"
    en = "The matrix does not name your role for this tier."


class AmountDiffers(Refusal):
    """Another approver named another amount; all of them approve the same one."""

    code = "amount_differs"
    zh = "其他审批人确定的金额为 {yuan} 元，请按同一金额审批或驳回。"
    en = "The others approved {yuan} yuan; approve the same amount or reject."

    def __init__(self, *, amount_fen: int) -> None:
        """The amount that the others approved."""
        super().__init__(amount_fen=amount_fen, yuan=fen_text(amount_fen))


class MonthlyCeiling(Refusal):
    """The person's bonuses of the month would be over the ceiling; the bonus is not split."""

    code = "monthly_ceiling"
    zh = "该人员本月奖励将超过上限（每月 {yuan} 元），整笔不予批准。"
    en = "The person's bonuses of this month would exceed the ceiling of {yuan} yuan; nothing is split."

    def __init__(self, *, ceiling_fen: int, number: str) -> None:
        """The most that a person gets in a month, and the bonus that would be over it."""
        super().__init__(ceiling_fen=ceiling_fen, yuan=fen_text(ceiling_fen), number=number)


class ChangedSinceSeen(Refusal):
    """What a batch signs is no longer what was seen, or cannot be approved by this person; nothing was approved."""

    code = "changed_since_seen"
    zh = "有 {count} 笔与您看到的不同，整批未审批。请核对后重新签署。"
    en = "Not as you saw them: {count}. Nothing was approved; look again and sign anew."

    def __init__(self, differences: Sequence[Mapping[str, object]]) -> None:
        """Each difference names the bonus, what differs, what was seen and what is there now."""
        super().__init__(count=len(differences), differences=list(differences))


class NothingPayable(Refusal):
    """There is no share to be paid out at present."""

    code = "nothing_payable"
    zh = "目前没有待发放的奖励。"
    en = "There is nothing to be paid out at present."


class PayoutInFlight(Refusal):
    """A payment is at the bank; its result has to be known first."""

    code = "payout_in_flight"
    zh = "付款正在银行处理中，请先登记结果。"
    en = "A payment is at the bank; record its result first."


class ClawBackTooLate(Refusal):
    """Twelve months have passed since the bonus became payable."""

    code = "claw_back_too_late"
    zh = "已超过可追回期限（{months} 个月）。"
    en = "A bonus can be taken back for {months} months only."


class BudgetLineTaken(Refusal):
    """The budget of this purpose, area and period was decided before."""

    code = "budget_line_taken"
    zh = "该用途、区域和期间的预算已经确定。"
    en = "The budget for this purpose, area and period was decided before."


class OutsideTerritory(Refusal):
    """The decision is about an area that the actor's role does not reach."""

    status = 403
    code = "outside_territory"
    zh = "该区域不在您的职责范围内。"
    en = "The area lies outside of your territory."
