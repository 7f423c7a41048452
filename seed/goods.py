"""The partners of the demo town and what points are exchanged for: plain data, figures as a county would set them."""

from dataclasses import dataclass
from typing import Final, Literal

BANK: Final = "临溪农商银行"
CHAMBER: Final = "青石商会"

Kind = Literal["goods", "service", "privilege", "donation", "loan"]
Opening = Literal["open", "not yet", "sold out", "closed", "draft"]


@dataclass(frozen=True, slots=True)
class Partner:
    """A merchant with its shops: (Chinese, English, village) each."""

    key: str
    name_zh: str
    name_en: str
    outlets: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Good:
    """A product: its price in points, what it is worth, who bears it (merchant, town, sponsor), and its limits."""

    name_zh: str
    name_en: str
    kind: Kind
    points: int
    partners: tuple[str, ...]
    limit: int | None = None
    level: int = 1
    shares: tuple[int, int, int] = (100, 0, 0)
    sponsor: str | None = None
    stock: int | None = None
    days: int = 30
    age: int | None = None
    cash_like: bool = False
    town_only: bool = True
    opening: Opening = "open"
    yuan: int | None = None
    """What it is worth; the points' own worth where nothing else is said."""

    @property
    def value_fen(self) -> int:
        """Its worth: ten points stand for a yuan."""
        return self.points * 10 if self.yuan is None else self.yuan * 100


PARTNERS: Final = (
    Partner("noodles", "老街面馆", "Old Street Noodles",
            (("老街总店", "Old Street", "v1"), ("河埠分店", "Hebu", "v2"))),
    Partner("market", "青石供销超市", "Qingshi Co-op Supermarket",
            (("青石店", "Qingshi", "v1"), ("新安店", "Xin'an", "v3"), ("柳湾便民点", "Liuwan", "v4"))),
    Partner("barber", "阿珍理发店", "A-Zhen's Hairdresser", (("青石街店", "Qingshi Street", "v1"),)),
    Partner("tea", "梅岭茶叶专业合作社", "Meiling Tea Cooperative", (("茶山门市部", "Tea Hill shop", "v6"),)),
    Partner("fish", "东塘水产合作社", "Dongtang Fishery Cooperative", (("东塘码头", "Dongtang landing", "v7"),)),
    Partner("parking", "青石城投停车", "Qingshi Parking",
            (("钟楼停车场", "Bell Tower car park", "v1"), ("新安停车场", "Xin'an car park", "v3"))),
    Partner("bus", "临溪公交青石站", "Linxi Bus, Qingshi station", (("青石公交站", "Qingshi station", "v1"),)),
    Partner("cinema", "文昌影院", "Wenchang Cinema", (("文昌店", "Wenchang", "v1"),)),
    Partner("clinic", "青石镇社区卫生服务中心", "Qingshi Community Health Centre",
            (("体检中心", "Check-up centre", "v3"),)),
    Partner("home", "好邻居家政服务社", "Good Neighbour Home Services", (("河埠门店", "Hebu", "v2"),)),
    Partner("law", "明理法律服务所", "Mingli Legal Services", (("青石窗口", "Qingshi desk", "v1"),)),
    Partner("library", "青石图书馆", "Qingshi Library",
            (("总馆", "Main library", "v3"), ("双溪书屋", "Shuangxi", "v8"))),
)  # fmt: skip

GOODS: Final = (
    Good("五元餐券", "5-yuan meal voucher", "goods", 50, ("noodles",), 4, shares=(20, 80, 0), stock=3000),
    Good("停车券(1小时)", "Parking for one hour", "goods", 30, ("parking",), 8, stock=5000, yuan=3),
    Good("理发", "Haircut", "service", 150, ("barber",), 1, shares=(30, 70, 0)),
    Good("洗衣液", "Laundry liquid", "goods", 180, ("market",), 1, shares=(20, 80, 0), stock=600),
    Good("食用油 1 升", "Cooking oil, 1 l", "goods", 150, ("market",), 2, shares=(20, 50, 30), sponsor=BANK, stock=800),
    Good("大米 5 公斤", "Rice, 5 kg", "goods", 350, ("market",), 1, shares=(20, 50, 30), sponsor=BANK, stock=500),
    Good("公交卡充值", "Bus card top-up", "goods", 100, ("bus",), 2, shares=(0, 100, 0), cash_like=True,
         town_only=False),
    Good("电影票", "Cinema ticket", "goods", 300, ("cinema",), 1, shares=(50, 50, 0), stock=300, town_only=False),
    Good("家政 1 小时", "One hour of housekeeping", "service", 400, ("home",), 1, shares=(40, 60, 0), stock=200),
    Good("健康体检", "Health check", "service", 900, ("clinic",), 1, level=2, shares=(30, 70, 0), stock=40, days=90),
    Good("法律咨询 1 小时", "One hour of legal advice", "service", 200, ("law",), 1, level=2),
    Good("图书馆免押金", "Library without deposit", "privilege", 0, ("library",), 1, level=3, days=365),
    Good("优先预约", "Priority booking", "privilege", 0, ("clinic", "home"), 1, level=3, days=60),
    Good("葱油拌面一份", "Scallion noodles", "goods", 80, ("noodles",), 4, shares=(40, 60, 0), stock=1200),
    Good("片儿川一碗", "Bamboo and pork noodles", "goods", 150, ("noodles",), 2, shares=(50, 50, 0), stock=800),
    Good("手工小馄饨", "Small wontons", "goods", 60, ("noodles",), 4, shares=(40, 60, 0), stock=1500),
    Good("早餐豆浆油条套餐", "Soya milk and fried dough", "goods", 40, ("noodles",), 8, stock=2000),
    Good("梅岭明前茶 50 克", "Meiling spring tea, 50 g", "goods", 480, ("tea",), 1, shares=(60, 40, 0), stock=120,
         town_only=False),
    Good("梅岭红茶 100 克", "Meiling black tea, 100 g", "goods", 320, ("tea",), 1, shares=(60, 40, 0), stock=160,
         town_only=False),
    Good("采茶体验一日", "A day of tea picking", "service", 260, ("tea",), 1, stock=60, days=60),
    Good("东塘鲫鱼一条", "Dongtang crucian carp", "goods", 120, ("fish",), 2, shares=(30, 70, 0), stock=300, days=10),
    Good("清水河虾半斤", "River shrimp, 250 g", "goods", 280, ("fish",), 1, shares=(40, 60, 0), stock=100, days=10),
    Good("端午粽子礼盒", "Dragon Boat rice dumplings", "goods", 200, ("market",), 1, shares=(20, 60, 20),
         sponsor=CHAMBER, stock=150, opening="closed"),
    Good("中秋月饼一盒", "Mid-autumn mooncakes", "goods", 150, ("market",), 1, shares=(20, 60, 20), sponsor=CHAMBER,
         stock=150, opening="closed", yuan=26),
    Good("年货大礼包", "New Year hamper", "goods", 600, ("market",), 1, shares=(20, 50, 30), sponsor=BANK, stock=200,
         opening="not yet"),
    Good("春联福字一套", "New Year couplets", "goods", 60, ("library",), 1, stock=300, opening="not yet"),
    Good("土鸡蛋 10 枚", "Free-range eggs, ten", "goods", 130, ("market",), 2, shares=(20, 80, 0), stock=600),
    Good("垃圾袋一卷", "A roll of rubbish bags", "goods", 40, ("market",), 4, stock=1000),
    Good("邻里基金捐赠", "Gift to the neighbour fund", "donation", 10, ()),
    Good("群治贷预授信证明", "Loan eligibility certificate", "loan", 0, (), 1, level=3, opening="draft"),
    Good("灭火毯一条", "Fire blanket", "goods", 80, ("market",), 1, shares=(0, 70, 30), sponsor=CHAMBER, stock=12,
         opening="sold out", yuan=12),
    Good("电动车安全头盔", "Scooter helmet", "goods", 120, ("market",), 1, shares=(10, 60, 30), sponsor=CHAMBER,
         stock=10, opening="sold out", yuan=26),
    Good("老人理发上门", "Haircut at home for elders", "service", 180, ("barber",), 1, shares=(20, 80, 0), age=60),
    Good("染发一次", "Hair colouring", "service", 500, ("barber",), 1, level=2, shares=(60, 40, 0)),
    Good("油烟机清洗", "Cooker hood cleaning", "service", 650, ("home",), 1, level=2, shares=(40, 60, 0), stock=60),
    Good("擦窗服务", "Window cleaning", "service", 360, ("home",), 1, shares=(40, 60, 0), stock=100),
    Good("儿童电影专场票", "Children's matinee", "goods", 120, ("cinema",), 2, shares=(40, 60, 0), stock=200),
    Good("月停车优惠卡", "Monthly parking discount", "privilege", 200, ("parking",), 1, level=2, stock=80),
    Good("血糖血压检测", "Blood sugar and pressure test", "service", 60, ("clinic",), 2, shares=(50, 50, 0)),
    Good("代写法律文书一份", "A legal letter drafted", "service", 450, ("law",), 1, level=2, shares=(60, 40, 0),
         stock=50),
)  # fmt: skip
