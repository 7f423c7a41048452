"""What the grid refuses."""

from typing import Final

from kit.errors import EN, ZH, Refusal

STATE_NAMES: Final = {
    "reported": "待受理",
    "accepted": "已受理",
    "dispatched": "已派办",
    "handled": "已处理",
    "fed_back": "已反馈",
    "rated": "已评价",
    "closed": "已办结",
    "reopened": "重新办理",
    "refused": "未受理",
}


class EventNotReady(Refusal):
    """The event is in a state from which this step does not follow."""

    code = "event_not_ready"
    zh = "事件当前状态为「{state}」，不能执行此步骤。"
    en = "The event is in state {state}; this step does not follow from it."

    def detail(self, language: str = ZH) -> str:
        """The sentence, with the state's Chinese name in Chinese."""
        return super().detail(EN) if language == EN else self.zh.format(state=STATE_NAMES[self.data["state"]])


class NotTheReporter(Refusal):
    """Only the one who reported says whether it is fixed."""

    status = 403
    code = "not_the_reporter"
    zh = "只有上报人本人可以评价或要求重新处理。"
    en = "Only the person who reported can rate it or say that it is not fixed."


class NotOnBehalf(Refusal):
    """Reporting for somebody else is the work of the hotline and of grid staff."""

    status = 403
    code = "not_on_behalf"
    zh = "您不能代他人上报。"
    en = "You cannot report on behalf of somebody else."


class CategoryNotAllowed(Refusal):
    """The integration's key does not list the action of this category."""

    status = 403
    code = "category_not_allowed"
    zh = "该接口密钥不能上报此类事件。"
    en = "This API key may not report events of this category."


class WorkOfOthers(Refusal):
    """Sending, handling and answering is the work of grid staff there, or of the person it was sent to."""

    status = 403
    code = "work_of_others"
    zh = "此步骤由属地网格工作人员或被派办人办理。"
    en = "This step is for the grid staff of the place, or for the person to whom it was sent."
