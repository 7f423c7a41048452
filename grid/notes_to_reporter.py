"""What the reporter of an event is told on its way, and what staff are told about its clock."""

from typing import Literal
from uuid import UUID

from grid.events import Event
from identity import messages
from identity.messages import MessageTemplate

News = Literal["accepted", "refused", "fed_back", "closed"]

messages.register(
    MessageTemplate(
        code="event.accepted",
        title_zh="上报已受理",
        body_zh="您上报的事件 {number} 已受理，我们会尽快处理并答复您。",
        title_en="Your report was accepted",
        body_en="Your report {number} was accepted. It will be handled and answered.",
    )
)
messages.register(
    MessageTemplate(
        code="event.refused",
        title_zh="上报未受理",
        body_zh="您上报的事件 {number} 未予受理，原因见事件详情。",
        title_en="Your report was not accepted",
        body_en="Your report {number} was not accepted; the event's page says why.",
    )
)
messages.register(
    MessageTemplate(
        code="event.fed_back",
        title_zh="处理结果已反馈",
        body_zh="您上报的事件 {number} 已处理，请确认并评价；{days} 天内未评价将自动办结。",
        title_en="Your report was answered",
        body_en="Your report {number} was handled. Please confirm and rate it; it closes by itself after {days} days.",
    )
)
messages.register(
    MessageTemplate(
        code="event.closed",
        title_zh="事件已办结",
        body_zh="您上报的事件 {number} 已办结，感谢您的参与。",
        title_en="Your report was closed",
        body_en="Your report {number} was closed. Thank you for taking part.",
    )
)
messages.register(
    MessageTemplate(
        code="event.due_soon",
        title_zh="事件即将超时",
        body_zh="事件 {number} 的当前步骤即将超时，请尽快处理。",
        title_en="An event is due soon",
        body_en="The current step of event {number} is due soon.",
    )
)
messages.register(
    MessageTemplate(
        code="event.overdue",
        title_zh="事件已超时",
        body_zh="事件 {number} 的当前步骤已超时，请立即处理。",
        title_en="An event is overdue",
        body_en="The current step of event {number} is overdue; please see to it now.",
    )
)


async def tell(event: Event, news: News, **params: str | int) -> None:
    """Send the reporter a message about his event, if a person reported it (a step)."""
    if event.reporter_id is not None:
        await messages.send(event.reporter_id, f"event.{news}", number=event.number, **params)


async def urge(urged: list[tuple[UUID, str, str]]) -> None:
    """Tell staff about clocks: each is (person, `due_soon` or `overdue`, the event's number) (a step)."""
    await messages.send_lines([(person, f"event.{kind}", {"number": number}) for person, kind, number in urged])
