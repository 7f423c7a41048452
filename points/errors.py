"""What the points domain refuses."""

from kit.errors import Refusal


class InsufficientPoints(Refusal):
    """The account holds fewer points than the exchange or transfer needs."""

    code = "insufficient_points"
    zh = "可用积分不足：现有 {balance} 分，需要 {needed} 分。"
    en = "Not enough points: {balance} available, {needed} needed."


class BudgetExhausted(Refusal):
    """The budget line of this period has less left than the amount; it stops hard, nothing is cut."""

    code = "budget_exhausted"
    zh = "本期预算余额不足：剩余 {left_fen} 分钱，需要 {needed_fen} 分钱。"
    en = "The budget of this period is exhausted: {left_fen} fen left, {needed_fen} fen needed."
