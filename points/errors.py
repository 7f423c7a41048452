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
    zh = "本期预算余额不足。"
    en = "The budget of this period has too little left."


class ActionUnknown(Refusal):
    """No such action in the catalogue."""

    status = 404
    code = "action_unknown"
    zh = "没有“{action}”这个行为。"
    en = "There is no action {action}."


class RuleNotADraft(Refusal):
    """Only a draft or a rule under notice comes into force, and only one in force retires."""

    code = "rule_not_a_draft"
    zh = "该规则的状态不允许这样操作。"
    en = "The rule is not in a state that allows this."


class AlreadyDecided(Refusal):
    """Somebody decided about it before."""

    code = "already_decided"
    zh = "该事项已经处理过了。"
    en = "This was decided already."


class NotAllowedToVerify(Refusal):
    """Somebody else has to verify this one; the try is on record."""

    status = 403


class OwnParticipation(NotAllowedToVerify):
    """Nobody verifies his own."""

    code = "own_participation"
    zh = "不能核实自己的事项。"
    en = "Nobody verifies his own."


class SameHousehold(NotAllowedToVerify):
    """Nobody verifies for his own household."""

    code = "same_household"
    zh = "不能核实同户家人的事项。"
    en = "Nobody verifies for his own household."


class OutsideArea(NotAllowedToVerify):
    """It lies outside of the verifier's area."""

    code = "outside_area"
    zh = "该事项不在您的核实区域。"
    en = "It lies outside of your area."


class VerifierLevel(NotAllowedToVerify):
    """The step needs a higher level."""

    code = "verifier_level"
    zh = "您的核实级别不够。"
    en = "Your level is too low for this step."


class DirectSuperior(NotAllowedToVerify):
    """At town and county level nobody verifies for the one he reports to."""

    code = "direct_superior"
    zh = "不能核实直接上级的事项。"
    en = "Nobody verifies a direct superior's."


class SamePerson(NotAllowedToVerify):
    """Each step is another person's."""

    code = "same_person"
    zh = "须由另一个人核实这一步。"
    en = "Another person has to verify this step."


class VerifierCeiling(Refusal):
    """A verifier has a ceiling a day."""

    code = "verifier_ceiling"
    zh = "您今天的核实次数已达上限。"
    en = "Your ceiling of verifications of today is reached."


class RecallTooLate(Refusal):
    """A verification may be recalled for a day, by the one who made it, while nobody went on from it."""

    code = "recall_too_late"
    zh = "核实已不能撤回。"
    en = "This verification can no longer be recalled."


class TooManyLines(Refusal):
    """A bulk request carries more lines than are taken at once."""

    status = 400
    code = "too_many_lines"
    zh = "每次最多报送 {most} 行。"
    en = "At most {most} lines are taken at once."


class LinesUnreadable(Refusal):
    """The body is neither a JSON array nor lines of JSON."""

    status = 400
    code = "lines_unreadable"
    zh = "请求内容不是 JSON 数组，也不是逐行 JSON。"
    en = "The body is neither a JSON array nor lines of JSON."


class UseAnotherDoor(Refusal):
    """The action comes through the flow of its own thing, not by a claim; the try is on record."""


class UseEvent(UseAnotherDoor):
    """Reported as an event."""

    code = "use_event"
    zh = "请通过“事件上报”提交。"
    en = "Report it as an event."


class UseVisit(UseAnotherDoor):
    """Recorded as a visit."""

    code = "use_visit"
    zh = "请通过“走访”登记。"
    en = "Record it as a visit."


class UseMediation(UseAnotherDoor):
    """Recorded as a mediation."""

    code = "use_mediation"
    zh = "请通过“调解”登记。"
    en = "Record it as a mediation."


class UseErrand(UseAnotherDoor):
    """Recorded as an errand."""

    code = "use_errand"
    zh = "请通过“代办”登记。"
    en = "Record it as an errand."


class UseActivity(UseAnotherDoor):
    """Recorded by signing in to an activity."""

    code = "use_activity"
    zh = "请通过“活动”签到登记。"
    en = "It is recorded by signing in to the activity."


class UseSuggestion(UseAnotherDoor):
    """Sent as a suggestion."""

    code = "use_suggestion"
    zh = "请通过“建议”提交。"
    en = "Send it as a suggestion."


class UseBonus(UseAnotherDoor):
    """Comes with a bonus decision."""

    code = "use_bonus"
    zh = "由高价值信息评定发放。"
    en = "It comes with a bonus decision."


class UseHonour(UseAnotherDoor):
    """Comes with an honour."""

    code = "use_honour"
    zh = "由荣誉评选发放。"
    en = "It comes with an honour."


class UseHousehold(UseAnotherDoor):
    """Comes with a household inspection."""

    code = "use_household"
    zh = "由家庭评比发放。"
    en = "It comes with a household inspection."


class UseSystem(UseAnotherDoor):
    """Given by the system itself."""

    code = "use_system"
    zh = "由系统自动发放。"
    en = "It is given by the system itself."


class ImportUnknown(Refusal):
    """No such file, or not one that the asker may see."""

    status = 404
    code = "import_unknown"
    zh = "没有这个导入文件。"
    en = "There is no such file."


class ImportKindUnknown(Refusal):
    """The file's name does not end as those do that can be read."""

    status = 422
    code = "import_kind_unknown"
    zh = "请上传 CSV 或电子表格文件（.csv、.xlsx、.xls、.ods）。"
    en = "Please send a CSV file or a spreadsheet (.csv, .xlsx, .xls, .ods)."


class ImportTooLarge(Refusal):
    """The file has more bytes than are read."""

    status = 413
    code = "import_too_large"
    zh = "文件太大：最多 {megabytes} MB。请分成几份上传。"
    en = "The file is too large: {megabytes} MB at most. Send it in parts."


class ImportNotReady(Refusal):
    """The file is being tried or applied, was applied, or has no line that can be taken."""

    code = "import_not_ready"
    zh = "该文件目前不能导入：正在处理、已经导入，或没有可导入的行。"
    en = "This file cannot be imported now: it is being worked on, was imported, or has no line that can be taken."


OTHER_DOORS: dict[str, type[UseAnotherDoor]] = {
    "event": UseEvent,
    "visit": UseVisit,
    "mediation": UseMediation,
    "errand": UseErrand,
    "activity": UseActivity,
    "suggestion": UseSuggestion,
    "bonus": UseBonus,
    "honour": UseHonour,
    "household": UseHousehold,
    "system": UseSystem,
}
NOT_ALLOWED: dict[str, type[NotAllowedToVerify]] = {
    each.code: each
    for each in (OwnParticipation, SameHousehold, OutsideArea, VerifierLevel, DirectSuperior, SamePerson)
}
