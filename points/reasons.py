"""Reason codes of decisions, each with what a person reads in Chinese and in English."""

from typing import Final

from kit.errors import EN, ZH

REASONS: Final[dict[str, tuple[str, str]]] = {
    # what came of it
    "awarded": ("已核实，积分到账。", "Verified; the points are on the account."),
    "pending": ("已收到，等待核实。", "Received, waiting to be verified."),
    "accepted": ("核实通过。", "Verified."),
    "refused_by_verifier": ("核实未通过。", "The verifier could not confirm it."),
    # one act once
    "duplicate": ("同一件事已经登记过。", "This act was handed in before."),
    "exclusive_group": ("同一件事已按更高的一项计分。", "The act is already counted as the higher of its kind."),
    "replaced_by_higher": ("同一件事改按更高的一项计分。", "The act is now counted as a higher one of its kind."),
    "same_picture": ("24 小时内已有人用同一张照片登记。", "The same picture was handed in within 24 hours."),
    # caps
    "cap_day": ("该行为当天的计分次数已满。", "The action's cap of that day is reached."),
    "cap_month": ("该行为当月的计分次数已满。", "The action's cap of that month is reached."),
    "cap_quarter": ("该行为本季度的计分次数已满。", "The action's cap of that quarter is reached."),
    "cap_year": ("该行为当年的计分次数已满。", "The action's cap of that year is reached."),
    "cap_once": ("该行为只计分一次。", "The action counts once only."),
    "cap_day_global": ("当天自主申报类积分已到上限。", "The ceiling of points of that day is reached."),
    "cap_month_global": ("当月自主申报类积分已到上限。", "The ceiling of points of that month is reached."),
    # rule and time
    "rule_not_in_force": ("该行为在您所在区域当天没有生效的规则。", "No rule for this was in force there on that day."),
    "action_disabled": ("该行为暂未开放。", "This action is not open at present."),
    "action_unknown": ("没有这个行为编码。", "There is no such action."),
    "action_not_allowed": ("该接口密钥不能报送此行为。", "This key may not send this action."),
    "discretionary_closed": ("激励资金不足，该类加分暂停。", "Discretionary awards are paused at present."),
    "too_old": ("发生时间已超过可补报期限。", "It happened too long ago to be handed in."),
    "in_future": ("发生时间在未来。", "It lies in the future."),
    "quantity_not_counted": ("该行为按次计分，数量只能为 1。", "This action counts by the time; the quantity is 1."),
    # evidence and people
    "evidence_missing": ("缺少要求的照片证据。", "The picture that proves it is missing."),
    "two_people_needed": ("100 分及以上须两人核实。", "An award of 100 points or more needs two people."),
    "no_first_stage": ("没有可以继续发放的首次奖励。", "There is no first stage to go on from."),
    "resident_unknown": ("查无此居民。", "There is no such resident."),
    "person_inactive": ("该居民目前不能参与计分。", "This resident cannot take part at present."),
    "line_invalid": ("这一行的内容不合要求。", "The line does not fit its format."),
    # the other doors
    "use_event": ("请通过“事件上报”提交。", "Report it as an event."),
    "use_visit": ("请通过“走访”登记。", "Record it as a visit."),
    "use_mediation": ("请通过“调解”登记。", "Record it as a mediation."),
    "use_errand": ("请通过“代办”登记。", "Record it as an errand."),
    "use_activity": ("请通过“活动”签到登记。", "It is recorded by signing in to the activity."),
    "use_suggestion": ("请通过“建议”提交。", "Send it as a suggestion."),
    "use_bonus": ("由高价值信息评定发放。", "It comes with a bonus decision."),
    "use_honour": ("由荣誉评选发放。", "It comes with an honour."),
    "use_household": ("由家庭评比发放。", "It comes with a household inspection."),
    "use_system": ("由系统自动发放。", "It is given by the system itself."),
    # verifiers
    "own_participation": ("不能核实自己的事项。", "Nobody verifies his own."),
    "same_household": ("不能核实同户家人的事项。", "Nobody verifies for his own household."),
    "outside_area": ("该事项不在您的核实区域。", "It lies outside of your area."),
    "verifier_level": ("您的核实级别不够。", "Your level is too low for this step."),
    "direct_superior": ("不能核实直接上级的事项。", "Nobody verifies a direct superior's."),
    "same_person": ("须由另一个人核实这一步。", "Another person has to verify this step."),
    "verifier_ceiling": ("您今天的核实次数已满。", "Your ceiling of verifications of today is reached."),
    # taken back
    "recalled": ("核实人撤回了核实。", "The verifier recalled his verification."),
    "reopened": ("事项重新打开，收回二次奖励。", "The case was reopened; its second stage is taken back."),
    "voided": ("该次参与已作废。", "This participation was voided."),
    "withdrawn": ("本人撤回。", "Withdrawn by the resident."),
    "clawed_back": ("奖励已追回。", "The award was clawed back."),
    "false_report": ("经核实为不实上报。", "It turned out to be false."),
    "resplit": ("同一事项多人上报，按份额调整。", "Several people reported it; the shares were set anew."),
}


def detail(code: str, language: str = ZH) -> str:
    """The sentence for a code."""
    chinese, english = REASONS[code]
    return english if language == EN else chinese
