"""What the rewards' package says no to."""

from kit.errors import Refusal


class ProductUnknown(Refusal):
    """No such product, or not one that is offered where the asker lives."""

    status = 404
    code = "product_unknown"
    zh = "没有这个商品，或不在您所在的区域提供。"
    en = "There is no such product, or it is not offered where you live."


class NotOpen(Refusal):
    """The product's window has not begun, is over, or the product was taken off the shelf."""

    code = "not_open"
    zh = "该商品当前不在兑换时间内。"
    en = "This product cannot be exchanged at the moment."


class LevelTooLow(Refusal):
    """The product asks for a higher credit level."""

    code = "level_too_low"
    zh = "需要信用等级 {needed}，您当前为 {level}。"
    en = "This needs credit level {needed}; yours is {level}."


class AgeTooLow(Refusal):
    """The product asks for an age that the person has not reached, or has not stated."""

    code = "age_too_low"
    zh = "该商品需年满 {needed} 岁。"
    en = "This product is for people aged {needed} and over."


class LimitReached(Refusal):
    """The person has had as many in this period as one person may."""

    code = "limit_reached"
    zh = "已达本期每人限额：限 {limit} 份，还可兑换 {left} 份。"
    en = "The limit per person is reached: {limit} in this period, {left} left."


class OutOfStock(Refusal):
    """Fewer are left than asked for."""

    code = "out_of_stock"
    zh = "库存不足：剩余 {left} 份。"
    en = "Out of stock: {left} left."


class VoucherUnknown(Refusal):
    """No voucher has this code; a short code is known at the voucher's own merchants alone."""

    status = 404
    code = "voucher_unknown"
    zh = "没有找到这张券，请核对券码。"
    en = "There is no voucher with this code."


class CodeNotSeen(Refusal):
    """A picture shows no voucher's code, or more than one."""

    status = 422
    code = "code_not_seen"
    zh = "图片里没有看到一个清晰的券码，请靠近一些重拍，或输入 12 位数字。"
    en = "No single voucher code can be seen in the picture; take it closer, or type the 12 digits."


class VoucherAlreadyRedeemed(Refusal):
    """Somebody was faster; the answer says when and where."""

    code = "voucher_already_redeemed"
    zh = "这张券已于 {redeemed_at} 在 {merchant} 核销。"
    en = "This voucher was redeemed at {redeemed_at} by {merchant}."


class VoucherExpired(Refusal):
    """The voucher's days are over; its points go back by themselves."""

    code = "voucher_expired"
    zh = "这张券已过期，积分会自动退回。"
    en = "This voucher has expired; its points go back by themselves."


class VoucherCancelled(Refusal):
    """The holder gave the voucher back."""

    code = "voucher_cancelled"
    zh = "这张券已取消。"
    en = "This voucher was cancelled."


class WrongMerchant(Refusal):
    """The voucher is good, but at other merchants."""

    code = "wrong_merchant"
    zh = "这张券不能在本店使用。"
    en = "This voucher is not for this merchant."


class ShortCodeLocked(Refusal):
    """Too many wrong short codes at this till; the full code still works."""

    status = 429
    code = "short_code_locked"
    zh = "短码错误次数过多，请在 {retry_after} 秒后再试，或扫描二维码。"
    en = "Too many wrong short codes; wait {retry_after} s and try again, or scan the code."


class UndoTooLate(Refusal):
    """The seconds in which the till may undo are over; the town reverses later, with a reason."""

    code = "undo_too_late"
    zh = "已超过撤销时限（{seconds} 秒），请联系镇（街道）处理。"
    en = "The {seconds} seconds in which it can be undone are over; ask the town."


class AlreadyUndone(Refusal):
    """The redemption was undone before."""

    code = "already_undone"
    zh = "该核销已撤销。"
    en = "This redemption has been undone already."


class ProductStateSame(Refusal):
    """The product is in that state already."""

    code = "product_state_same"
    zh = "该商品已处于此状态。"
    en = "The product is in that state already."


class StockTooLow(Refusal):
    """More would be taken from the shelf than is on it."""

    code = "stock_too_low"
    zh = "库存不足以减少：现有 {left} 份。"
    en = "Only {left} left on the shelf."


class TillNeeded(Refusal):
    """The clerk works for several merchants: the till says for which of them this is."""

    status = 400
    code = "till_needed"
    zh = "您服务于多个商户，请指明收银设备。"
    en = "You work for several merchants; name the till."
