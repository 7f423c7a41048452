"""Who lives in the town: households of several generations, drawn from a seeded generator, and their registration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from faker import Faker

from identity.actor import Actor
from identity.households import NewHousehold, open_households
from identity.people import NewPerson, register_people
from kit.ids import new_id
from seed.geography import micro_grids
from seed.names import Sex, family_name, given_name

_FIRST_HOUSEHOLDS, _FIRST_MICRO_GRIDS = 36, 6
_HOUSEHOLD_KINDS = ("alone", "couple", "family", "family", "three generations", "grandparents")
_OLDEST, _YOUNGEST_ADULT, _OLDEST_ADULT = 88, 24, 60
_PHONE_FROM_AGE, _PHONE_UNTIL_AGE = 14, 80


@dataclass(frozen=True, slots=True)
class Drawn:
    """A person before anybody registered him; the id is given then."""

    name: str
    sex: Sex
    birth_year: int
    phone: str | None


@dataclass(frozen=True, slots=True)
class DrawnHousehold:
    """People under one roof, the head of the household first."""

    path: str
    members: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Resident:
    """A registered person of the town."""

    id: UUID
    name: str
    birth_year: int
    path: str
    household_id: UUID
    head: bool


class Registry:
    """Draws people whose phones are all different."""

    def __init__(self, seed: int, this_year: int) -> None:
        """Begin a new, reproducible draw."""
        self.draw = Random(f"people {seed}")
        self._this_year = this_year
        self._faker = Faker("zh_CN")
        self._faker.seed_instance(seed)
        self._phones: set[str] = set()
        self.oldest_worker = this_year - _OLDEST_ADULT
        """The year in which somebody was born who is about to retire."""

    def person(self, sex: Sex, age: int, family: str | None = None) -> Drawn:
        """Somebody of this sex and age, of a family or of any."""
        birth_year = self._this_year - age
        name = (family or family_name(self.draw)) + given_name(self.draw, sex, birth_year)
        has_phone = _PHONE_FROM_AGE <= age <= _PHONE_UNTIL_AGE
        return Drawn(name, sex, birth_year, self._phone() if has_phone else None)

    def adult(self) -> Drawn:
        """Somebody of working age, as staff are."""
        sex: Sex = self.draw.choice(("female", "male"))
        return self.person(sex, self.draw.randint(28, 57))

    def _phone(self) -> str:
        while True:
            phone: str = self._faker.phone_number()
            if phone not in self._phones:
                self._phones.add(phone)
                return phone

    def household(self, path: str) -> DrawnHousehold:
        """People of one or several generations who live together."""
        draw = self.draw
        kind = draw.choice(_HOUSEHOLD_KINDS)
        if kind == "grandparents":
            age = draw.randint(_OLDEST_ADULT, _OLDEST)
            return DrawnHousehold(path, (self.person("male", age), self.person("female", max(age - 3, _OLDEST_ADULT))))
        age = draw.randint(_YOUNGEST_ADULT, _OLDEST_ADULT)
        head = self.person(draw.choice(("female", "male")), age)
        if kind == "alone":
            return DrawnHousehold(path, (head,))
        family = head.name[: len(head.name) - len(_given(head))]
        spouse = self.person("female" if head.sex == "male" else "male", max(age - draw.randint(-2, 4), 23))
        members = [head, spouse]
        if kind != "couple":
            members += [
                self.person(draw.choice(("female", "male")), self._child_age(age), family)
                for _ in range(draw.randint(1, 2))
            ]
        if kind == "three generations":
            members += [
                self.person("female", min(age + 26, _OLDEST)),
                self.person("male", min(age + 28, _OLDEST), family),
            ]
        return DrawnHousehold(path, tuple(members))

    def _child_age(self, parents: int) -> int:
        return self.draw.randint(max(parents - 34, 1), max(parents - 22, 2))


def _given(person: Drawn) -> str:
    return person.name[2:] if person.name[:2] in {"欧阳", "诸葛", "司徒"} else person.name[1:]


def draw_households(registry: Registry, count: int) -> list[DrawnHousehold]:
    """Households of exactly so many people together; the first ones fill the first two grids, where people sign in."""
    paths = micro_grids()
    households: list[DrawnHousehold] = []
    left = count
    while left:
        number = len(households)
        among = paths[:_FIRST_MICRO_GRIDS] if number < _FIRST_HOUSEHOLDS else paths
        household = registry.household(among[number % len(among)])
        household = DrawnHousehold(household.path, household.members[:left])
        households.append(household)
        left -= len(household.members)
    return households


async def register_households(
    actor: Actor, households: Sequence[DrawnHousehold], areas: Mapping[str, UUID], *, at: datetime
) -> list[Resident]:
    """Register everybody with his household, as an import of the household register would."""
    people = [
        NewPerson(
            id=new_id(),
            name=each.name,
            area_id=areas[household.path],
            phone=each.phone,
            birth_year=each.birth_year,
            sex=each.sex,
        )
        for household in households
        for each in household.members
    ]
    ids = await register_people(actor=actor, people=people, at=at)
    given = iter(ids)
    members = [[next(given) for _ in household.members] for household in households]
    opened = await open_households(
        actor=actor,
        households=[
            NewHousehold(area_id=areas[household.path], name=f"{household.members[0].name}家", members=inside)
            for household, inside in zip(households, members, strict=True)
        ],
        at=at,
    )
    return [
        Resident(person_id, each.name, each.birth_year, household.path, household_id, head=number == 0)
        for household, inside, household_id in zip(households, members, opened, strict=True)
        for number, (person_id, each) in enumerate(zip(inside, household.members, strict=True))
    ]
