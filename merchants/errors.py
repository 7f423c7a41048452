"""What the merchants' package says no to."""

from kit.errors import Refusal


class MerchantUnknown(Refusal):
    """No such merchant, or not one whom the asker may see."""

    status = 404
    code = "merchant_unknown"
    zh = "没有这个商户。"
    en = "There is no such merchant."


class OutletUnknown(Refusal):
    """No such outlet of this merchant."""

    status = 404
    code = "outlet_unknown"
    zh = "没有这个门店。"
    en = "There is no such outlet."


class TillUnknown(Refusal):
    """No such till of a merchant that the asker works for."""

    status = 404
    code = "till_unknown"
    zh = "没有这台收银设备。"
    en = "There is no such till."


class PledgeUnknown(Refusal):
    """No such pledge."""

    status = 404
    code = "pledge_unknown"
    zh = "没有这份承诺。"
    en = "There is no such pledge."


class StatementUnknown(Refusal):
    """No such settlement statement, or not of the asker's merchant."""

    status = 404
    code = "statement_unknown"
    zh = "没有这张结算单。"
    en = "There is no such settlement statement."


class MerchantAlreadyDecided(Refusal):
    """Somebody approved or closed the merchant before."""

    code = "merchant_already_decided"
    zh = "该商户已处理过。"
    en = "This merchant has been decided on already."


class PledgeAlreadySigned(Refusal):
    """The pledge was signed before."""

    code = "pledge_already_signed"
    zh = "这份承诺已签署。"
    en = "This pledge has been signed already."


class OwnDecision(Refusal):
    """Nobody approves what he entered himself."""

    status = 403
    code = "own_decision"
    zh = "不能审批自己登记的事项。"
    en = "Nobody approves what he entered himself."


class MerchantNotApproved(Refusal):
    """The merchant has not been approved, or was closed."""

    code = "merchant_not_approved"
    zh = "该商户尚未通过审批或已退出。"
    en = "The merchant is not approved, or was closed."


class PeriodNotOver(Refusal):
    """A period is settled when nothing of it can be undone any more."""

    code = "period_not_over"
    zh = "该结算期尚未结束。"
    en = "The period to be settled is not over."


class StatementAlreadyPaid(Refusal):
    """The statement was paid before; it is paid once."""

    code = "already_paid"
    zh = "该结算单已支付。"
    en = "This statement has been paid already."


class NothingToPay(Refusal):
    """The statement has no public money in it: the merchant gave everything himself."""

    code = "nothing_to_pay"
    zh = "该结算单没有应付金额。"
    en = "There is nothing to pay on this statement."


class MerchantNotSuspended(Refusal):
    """Only a partner is suspended, and only a suspended one goes on."""

    code = "merchant_state_same"
    zh = "该商户的当前状态不允许这样操作。"
    en = "The merchant is not in a state that allows this."
