"""The pure rules of bonuses: marks, tiers, amounts, approvals, shares, names in texts, the payout file."""

from typing import get_args
from uuid import UUID

import pytest

from admin.errors import STATE_NAMES as BONUS_STATES
from admin.errors import AmountDiffers, BonusNotReady, MonthlyCeiling
from admin.grading import AmountRange, Marks, approvals_missing, matrix, mean_tenths, tier_of, tier_row
from admin.named_people import names_somebody
from admin.nomination import ShareAsked, check_shares
from admin.payout_file import FileLine, checksum, file_bytes
from admin.payouts import state_of_lines
from admin.schemas import BonusState
from grid.errors import STATE_NAMES as EVENT_STATES
from grid.errors import EventNotReady
from grid.states import State
from kit.errors import EN
from kit.wire import Invalid

REPORTER, VERIFIER, HELPER = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("tenths", "tier"), [(1000, 0), (900, 0), (899, 1), (800, 1), (799, 2), (700, 2), (699, 3), (600, 3)]
)
def test_the_mean_decides_the_tier(tenths: int, tier: int) -> None:
    found = tier_of(tenths)
    assert found is not None
    assert found.number == tier


def test_below_sixty_there_is_no_tier() -> None:
    assert tier_of(599) is None


def test_the_mean_of_the_totals_is_rounded_down_to_tenths() -> None:
    assert mean_tenths([Marks(30, 20, 30, 20), Marks(29, 20, 30, 20)]) == 995
    assert mean_tenths([Marks(20, 10, 20, 10), Marks(20, 10, 20, 10), Marks(20, 10, 19, 10)]) == 596
    assert mean_tenths([Marks(20, 10, 20, 10), Marks(20, 10, 19, 10)]) == 595


def test_the_matrix_gives_amounts_by_tier_and_class_and_names_the_approvers() -> None:
    assert [tier.number for tier in matrix()] == [0, 1, 2, 3]
    assert tier_row(2).amounts[3] == AmountRange(50_000, 50_000)
    assert tier_row(1).amounts[1].fixed
    special = tier_row(0).amounts[2]
    assert (special.least_fen, special.most_fen, special.fixed) == (200_000, 500_000, False)
    assert tier_row(3).approvals == ("town", "county")
    assert tier_row(1).approvals == ("county", "county")
    assert tier_row(0).approvals == ("county", "county", "leader")


def test_approvals_are_missing_until_each_step_is_filled() -> None:
    assert approvals_missing(("county", "county", "leader"), []) == ("county", "county", "leader")
    assert approvals_missing(("county", "county", "leader"), ["county"]) == ("county", "leader")
    assert approvals_missing(("town", "county"), ["county"]) == ("town",)
    assert approvals_missing(("town", "county"), ["county", "town"]) == ()


@pytest.mark.parametrize(
    "shares",
    [
        [("reporter", 1, 100)],
        [("reporter", 1, 60), ("verifier", 2, 40)],
        [("reporter", 1, 60), ("verifier", 2, 20), ("helper", 3, 20)],
    ],
)
def test_shares_that_fit_are_taken(shares: list[tuple[str, int, int]]) -> None:
    check_shares([ShareAsked(UUID(int=who), part, percent) for part, who, percent in shares], REPORTER, [VERIFIER])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ([("reporter", 1, 99)], "percent_sum"),
        ([("reporter", 1, 50), ("helper", 3, 50)], "percent_range"),
        ([("reporter", 3, 100)], "reporter_missing"),
        ([("helper", 3, 40)], "reporter_missing"),
        ([("reporter", 1, 60), ("reporter", 1, 40)], "one_to_three"),
        ([("reporter", 1, 60), ("helper", 3, 20), ("helper", 4, 10), ("helper", 5, 10)], "one_to_three"),
        ([("reporter", 1, 60), ("helper", 2, 40)], "part_wrong"),
        ([("reporter", 1, 60), ("verifier", 3, 40)], "part_wrong"),
    ],
)
def test_shares_that_do_not_fit_are_bounced(shares: list[tuple[str, int, int]], code: str) -> None:
    asked = [ShareAsked(UUID(int=who), part, percent) for part, who, percent in shares]  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        check_shares(asked, REPORTER, [VERIFIER])
    assert code in {fault[1] for fault in refused.value.faults}


@pytest.mark.parametrize(
    "text",
    [
        "请联系 13812345678 了解",
        "电话138 1234 5678",
        "拨打 0571-88886666 反映",
        "电话１３８１２３４５６７８",
        "+86 138-1234-5678",
    ],
)
def test_phone_numbers_are_found(text: str) -> None:
    assert names_somebody(text) == "phone_number"


@pytest.mark.parametrize(
    "text",
    [
        "微信号 zhangsan_88 在群里发帖",
        "微博 @老张说事 转发",
        "网名叫 清风明月 的人发布",
        "抖音账号：dy_778899",
        "QQ 12345",
        "邮箱 a.b@example.com",
        "见 https://example.com/post/1",
        "身份证330102199001011234",
    ],
)
def test_account_names_are_found(text: str) -> None:
    assert names_somebody(text) == "account_name"


@pytest.mark.parametrize(
    "text",
    [
        "小区停水三天，已协调水务公司恢复供水，群众情绪平稳。",
        "涉及 120 户、金额 35000.50 元，7 月 1 日前解决。",
        "群众在微信群中反映停车难，现已新增车位 86 个。",
    ],
)
def test_a_grievance_without_names_passes(text: str) -> None:
    assert names_somebody(text) is None


def test_the_same_lines_give_the_same_bytes_and_no_cell_is_a_formula() -> None:
    lines = [FileLine(UUID(int=7), "=cmd()", UUID(int=8), 12_345, "2026000001", None)]
    content = file_bytes(lines)
    assert content == file_bytes(lines)
    assert checksum(content) == checksum(file_bytes(lines))
    text = content.decode("utf-8-sig")
    assert "'=cmd()" in text
    assert "123.45" in text


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        (["paid", "paid"], "paid"),
        (["paid", "exported"], "exported"),
        (["paid", None], "payable"),
        (["paid", "failed"], "failed"),
        (["exported", "returned"], "returned"),
    ],
)
def test_a_bonus_is_where_its_least_advanced_share_is(lines: list[str | None], state: str) -> None:
    assert state_of_lines(lines) == state


def test_what_is_refused_is_said_in_the_readers_own_words_and_in_yuan() -> None:
    assert "「公示中」" in BonusNotReady(state="noticed").detail()
    assert "state noticed" in BonusNotReady(state="noticed").detail(EN)
    assert "「已反馈」" in EventNotReady(state="fed_back", step="close").detail()
    ceiling = MonthlyCeiling(ceiling_fen=300_000, number="2026000001")
    assert (ceiling.data["ceiling_fen"], "3000.00 元" in ceiling.detail()) == (300_000, True)
    assert "800.50 yuan" in AmountDiffers(amount_fen=80_050).detail(EN)
    assert set(BONUS_STATES) == {*get_args(get_args(BonusState)[0])}
    assert set(EVENT_STATES) == {*get_args(State)}
