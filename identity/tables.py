"""The tables of identity: what each row is, and what the database itself refuses.

Triggers, partial indexes and rights are in the migrations. Nothing else stands here.
"""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

IMMUTABLE_TABLES = ("identity_audit_entry", "identity_audit_block")
"""Written once: the app's role may only insert."""


class Area(Table, tablename="identity_area"):
    """A territory of one of five levels: county, town, village, grid, micro-grid."""

    id = UUID(primary_key=True, default=None)
    parent: ForeignKey["Area"] = ForeignKey("self", null=True, default=None, on_delete=OnDelete.restrict)
    level = SmallInt(null=False, default=None)
    path = Text(null=False, default=None, unique=True, help_text="Labels from the county down: lyx.t1.v2.g3.m4")
    name_zh = Text(null=False, default=None)
    name_en = Text(null=False, default=None)
    dedicated = Boolean(null=False, default=None, help_text="A dedicated grid: a market, a school, an estate")
    opened_at = Timestamptz(null=False, default=None)

    level_is_known = Check("level between 1 and 5")
    path_has_a_label_for_each_level = Check(
        r"path ~ '^[a-z0-9]+(\.[a-z0-9]+)*$' and level = 1 + length(path) - length(replace(path, '.', ''))"
    )
    only_the_county_has_no_parent = Check("(level = 1) = (parent is null)")


class Household(Table, tablename="identity_household"):
    """People who live and earn together; nobody decides for his own."""

    id = UUID(primary_key=True, default=None)
    area = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict)
    name = Text(null=True, default=None)
    opened_at = Timestamptz(null=False, default=None)


class Person(Table, tablename="identity_person"):
    """One person, one record, for life. What identifies him goes when he asks; his id stays, so the books balance."""

    id = UUID(primary_key=True, default=None)
    name = Text(null=True, default=None, help_text="Null once erased")
    phone_sealed = Bytea(null=True, default=None, help_text="AES-256-GCM under the person's own key")
    phone_index = Bytea(null=True, default=None, unique=True, help_text="Keyed digest, to find a person by phone")
    birth_year = SmallInt(null=True, default=None)
    sex = Text(null=True, default=None)
    area = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict)
    resident = Boolean(null=False, default=None, help_text="Takes part and earns; staff from elsewhere do not")
    status = Text(null=False, default=None)
    language = Text(null=False, default=None)
    data_key = Bytea(null=True, default=None, help_text="The person's own key, wrapped; dropping it erases")
    view = Text(null=True, default=None, help_text="How pages look: plain or elder, text size, theme: elder.22.auto")
    registered_at = Timestamptz(null=False, default=None)

    status_is_known = Check("status in ('active', 'disabled', 'moved_away', 'deceased', 'erased')")
    sex_is_known = Check("sex in ('female', 'male')")
    birth_year_is_a_year = Check("birth_year between 1880 and 2200")
    language_is_known = Check("language in ('zh-CN', 'en')")
    view_is_known = Check("view ~ '^(plain|elder)[.](1[6-9]|2[0-9]|30)[.](auto|light|dark)$'")
    phone_is_sealed_and_found_together = Check("(phone_sealed is null) = (phone_index is null)")
    erased_keeps_nothing = Check(
        "(status = 'erased') = (data_key is null) and (status = 'erased') = (name is null)"
        " and (status <> 'erased' or (phone_index is null and birth_year is null and sex is null))"
    )


class HouseholdMembership(Table, tablename="identity_household_membership"):
    """Somebody's time in a household; at most one is open."""

    id = UUID(primary_key=True, default=None)
    household = ForeignKey(Household, null=False, default=None, on_delete=OnDelete.restrict)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    since = Timestamptz(null=False, default=None)
    until = Timestamptz(null=True, default=None)

    ends_after_it_begins = Check("until >= since")


class Login(Table, tablename="identity_login"):
    """A name and a password by which a person signs in."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict, unique=True)
    name = Text(null=False, default=None, unique=True, help_text="Lower case")
    password_hash = Text(null=True, default=None, help_text="argon2id; null until the person has chosen a password")
    totp_sealed = Bytea(null=True, default=None)
    totp_last_step = BigInt(null=False, default=None, help_text="The newest 30 s step whose code was used; 0 for none")
    enabled = Boolean(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)

    name_is_lower_case = Check("name = lower(name)")
    good_only_with_a_password = Check("password_hash is not null or (not enabled and totp_sealed is null)")


class HeldRole(Table, tablename="identity_role_held"):
    """A role that a person holds for a territory or a merchant, from one moment to another."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    role = Text(null=False, default=None)
    area = ForeignKey(Area, null=True, default=None, on_delete=OnDelete.restrict)
    merchant_id = UUID(null=True, default=None, help_text="A merchant of the package above; no key reaches upwards")
    reports_to = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    starts_at = Timestamptz(null=False, default=None)
    ends_at = Timestamptz(null=True, default=None)

    merchant_roles_name_their_merchant = Check(
        "(role in ('merchant_owner', 'merchant_clerk')) = (merchant_id is not null)"
    )
    other_roles_name_their_area = Check("(area is null) = (merchant_id is not null)")
    ends_after_it_starts = Check("ends_at >= starts_at")
    nobody_reports_to_himself = Check("reports_to <> person")


class StandIn(Table, tablename="identity_stand_in"):
    """Somebody who acts with another's roles from one day to another."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    stand_in = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    starts_on = Date(null=False, default=None)
    ends_on = Date(null=False, default=None)
    ended_at = Timestamptz(null=True, default=None, help_text="When it was ended early")

    ends_after_it_starts = Check("ends_on >= starts_on")
    nobody_stands_in_for_himself = Check("person <> stand_in")


class RoleRequest(Table, tablename="identity_role_request"):
    """A role to be given or taken, or a stand-in to be named: one person asks for it, another decides."""

    id = UUID(primary_key=True, default=None)
    kind = Text(null=False, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict, help_text="Whose roles change")
    role = Text(null=True, default=None, help_text="Null for a stand-in, who has all roles of the absent")
    area = ForeignKey(
        Area, null=False, default=None, on_delete=OnDelete.restrict, help_text="Where it counts; the merchant's own"
    )
    merchant_id = UUID(null=True, default=None)
    ends_at = Timestamptz(null=True, default=None)
    stand_in = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    starts_on = Date(null=True, default=None)
    ends_on = Date(null=True, default=None)
    held = ForeignKey(HeldRole, null=True, default=None, on_delete=OnDelete.restrict, help_text="The role to be taken")
    why = Text(null=False, default=None)
    state = Text(null=False, default=None)
    requested_by = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    requested_at = Timestamptz(null=False, default=None)
    decided_by = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    decided_at = Timestamptz(null=True, default=None)
    decided_why = Text(null=True, default=None)

    kind_is_known = Check("kind in ('grant', 'revoke', 'stand_in')")
    state_is_known = Check("state in ('open', 'confirmed', 'refused', 'withdrawn')")
    decided_by_somebody = Check("(state = 'open') = (decided_by is null) and (state = 'open') = (decided_at is null)")
    two_people = Check("(state = 'withdrawn') = (decided_by = requested_by)")
    nobody_changes_his_own = Check("requested_by <> person and decided_by <> person")
    nobody_stands_in_by_his_own_word = Check("requested_by <> stand_in and decided_by <> stand_in")
    says_what_it_is_about = Check(
        "(kind = 'stand_in') = (role is null) and (kind = 'revoke') = (held is not null)"
        " and (kind = 'stand_in') = (stand_in is not null) and (stand_in is null) = (starts_on is null)"
        " and (stand_in is null) = (ends_on is null)"
    )


class Session(Table, tablename="identity_session"):
    """One sign-in on one device: a family of refresh tokens, of which only the newest is good, or a page's cookie."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    login = ForeignKey(Login, null=True, default=None, on_delete=OnDelete.restrict, help_text="Null for a code by SMS")
    started_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    revoked_because = Text(null=True, default=None)
    cookie_digest = Bytea(null=True, default=None, unique=True, help_text="Of the secret in a browser's cookie")
    idle_minutes = Integer(null=True, default=None, help_text="How long a browser may stay away")
    seen_at = Timestamptz(null=True, default=None, help_text="About when the browser last asked for something")
    device = Text(null=True, default=None, help_text="What the person tells it by: Chrome, Android")

    revoked_for_a_reason = Check("(revoked_at is null) = (revoked_because is null)")
    reason_is_one_of_ours = Check(
        "revoked_because in"
        " ('signed_out', 'token_reused', 'password_changed', 'disabled', 'signed_in_again', 'ended_elsewhere')"
    )
    browsers_are_told_apart_by_their_cookie = Check(
        "(cookie_digest is null) = (idle_minutes is null) and (cookie_digest is null) = (seen_at is null)"
    )


class RefreshToken(Table, tablename="identity_refresh_token"):
    """A refresh token of a session, as its digest."""

    digest = Bytea(primary_key=True, null=False, default=None)
    session = ForeignKey(Session, null=False, default=None, on_delete=OnDelete.restrict)
    issued_at = Timestamptz(null=False, default=None)
    used_at = Timestamptz(null=True, default=None)


class Invitation(Table, tablename="identity_invitation"):
    """A way to choose a password and an authenticator for one's login: good once, and for a day."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    why = Text(null=True, default=None, help_text="Null for somebody who was registered in the same moment")
    asked_by = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    asked_at = Timestamptz(null=False, default=None)
    two_people = Boolean(null=False, default=None, help_text="The person can do something already")
    confirmed_by = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    code_digest = Bytea(null=True, default=None, unique=True, help_text="Null until there is a link")
    expires_at = Timestamptz(null=True, default=None)
    accepted_at = Timestamptz(null=True, default=None)
    withdrawn_at = Timestamptz(null=True, default=None, help_text="Also when a later one took its place")

    code_has_an_end = Check("(code_digest is null) = (expires_at is null)")
    accepted_by_its_code = Check("accepted_at is null or (code_digest is not null and withdrawn_at is null)")
    a_second_person_confirmed = Check("not two_people or code_digest is null or confirmed_by is not null")
    by_two_who_are_not_the_person = Check("asked_by <> person and confirmed_by <> person and confirmed_by <> asked_by")


class SmsCode(Table, tablename="identity_sms_code"):
    """A code sent to a phone: six digits, five minutes, five tries."""

    id = UUID(primary_key=True, default=None)
    phone_index = Bytea(null=False, default=None)
    code_digest = Bytea(null=False, default=None)
    source = Text(null=True, default=None)
    sent_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    tries = SmallInt(null=False, default=None)
    used_at = Timestamptz(null=True, default=None)

    tries_are_bounded = Check("tries between 0 and 5")


class SignInAttempt(Table, tablename="identity_sign_in_attempt"):
    """A try to sign in; the wrong ones lock the account and the source for a while."""

    id = UUID(primary_key=True, default=None)
    account = Bytea(null=False, default=None, help_text="Keyed digest of the login name or phone, known or not")
    source = Text(null=True, default=None)
    right = Boolean(null=False, default=None)
    at = Timestamptz(null=False, default=None)


class ApiKey(Table, tablename="identity_api_key"):
    """Another system that may send awards of the listed actions."""

    id = UUID(primary_key=True, default=None)
    name = Text(null=False, default=None)
    digest = Bytea(null=False, default=None, unique=True)
    shown = Text(null=False, default=None, help_text="The key's first characters, to tell keys apart in lists")
    actions = Array(base_column=Text(), null=False, default=None)
    area = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict)
    enabled = Boolean(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)


class Consent(Table, tablename="identity_consent"):
    """What a person agreed to, for one purpose and one version of the text, until he takes it back."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    purpose = Text(null=False, default=None)
    version = Integer(null=False, default=None)
    given_at = Timestamptz(null=False, default=None)
    withdrawn_at = Timestamptz(null=True, default=None)

    purpose_is_known = Check(
        "purpose in ('place', 'bank_account', 'blood_donation', 'guardian', 'leaderboard', 'loan_certificate')"
    )


class Message(Table, tablename="identity_message"):
    """A message in somebody's inbox: a template and what fills it, so that it reads in his language of today."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    template = Text(null=False, default=None)
    params = JSONB(null=False, default=None)
    sent_at = Timestamptz(null=False, default=None)
    read_at = Timestamptz(null=True, default=None)


class MessagePreference(Table, tablename="identity_message_preference"):
    """Whether a person wants a kind of message over a channel besides the inbox."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    template = Text(null=False, default=None)
    channel = Text(null=False, default=None)
    wanted = Boolean(null=False, default=None)

    channel_is_known = Check("channel in ('sms')")
    one_wish_per_channel = Unique(["person", "template", "channel"])


class AuditEntry(Table, tablename="identity_audit_entry"):
    """Who did what, to which thing, for whom and why. Written once; ids and codes only."""

    id = UUID(primary_key=True, default=None)
    transaction_number = BigInt(null=False, default=None, help_text="The database transaction that wrote it")
    at = Timestamptz(null=False, default=None)
    actor_kind = Text(null=False, default=None)
    actor_id = UUID(null=False, default=None)
    actor_name = Text(null=True, default=None, help_text="Only for systems, which have no row of their own")
    person_id = UUID(null=True, default=None, help_text="For or about whom")
    action = Text(null=False, default=None)
    subject_kind = Text(null=False, default=None)
    subject_id = Text(null=False, default=None)
    before = JSONB(null=True, default=None)
    after = JSONB(null=True, default=None)
    why = Text(null=True, default=None)
    source = Text(null=True, default=None)
    request_id = Text(null=True, default=None)

    actor_kind_is_known = Check("actor_kind in ('person', 'integration', 'system', 'visitor')")


class AuditBlock(Table, tablename="identity_audit_block"):
    """A sealed stretch of audit entries: all of the transactions from one number up to below another."""

    number = BigInt(primary_key=True, null=False, default=None)
    from_transaction = BigInt(null=False, default=None)
    below_transaction = BigInt(null=False, default=None)
    entries = Integer(null=False, default=None)
    merkle_root = Bytea(null=False, default=None)
    previous_hash = Bytea(null=False, default=None)
    hash = Bytea(null=False, default=None)
    sealed_at = Timestamptz(null=False, default=None)

    stretch_is_not_empty = Check("below_transaction > from_transaction and entries > 0")


class SchemeSetting(Table, tablename="identity_scheme_setting"):
    """A number of the scheme that the county may set: how long points live, how high a cap is."""

    key = Text(primary_key=True, null=False, default=None)
    value = Integer(null=False, default=None)
    unit = Text(null=False, default=None)
    changed_by = Text(null=False, default=None, help_text="Who may change it, and whether it takes two")
    meaning = Text(null=False, default=None)
