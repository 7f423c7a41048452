"""What identity says no to."""

from kit.errors import Refusal


class SignInRequired(Refusal):
    """The route needs somebody who has signed in, and the request carries no token."""

    status = 401
    code = "sign_in_required"
    zh = "请先登录。"
    en = "Please sign in."


class TokenInvalid(Refusal):
    """The token is not ours, has expired, or its session, person or key is no longer good."""

    status = 401
    code = "token_invalid"
    zh = "登录已失效，请重新登录。"
    en = "The sign-in is no longer valid; please sign in again."


class RoleMissing(Refusal):
    """The one who asks has none of the roles that the route is for."""

    status = 403
    code = "role_missing"
    zh = "您没有办理此事的权限。"
    en = "You do not have the role that this needs."


class CrossSite(Refusal):
    """A change asked for with a browser's cookie, that no page of ours sent, or one of an earlier sign-in."""

    status = 403
    code = "cross_site"
    zh = "请求没有来自本站页面，或页面已过期。请刷新页面后重试。"
    en = "This was not sent by one of our pages, or the page is out of date. Load it again and repeat the change."


class BadCredentials(Refusal):
    """Login, password or code is wrong; which of them is not said."""

    status = 401
    code = "bad_credentials"
    zh = "登录名、密码或验证码不正确。"
    en = "The login, the password or the code is wrong."


class TotpRequired(Refusal):
    """The password is right and the second factor is missing."""

    status = 401
    code = "totp_required"
    zh = "请输入动态验证码。"
    en = "Please give the code of your authenticator."


class PasswordRequired(Refusal):
    """Staff sign in with password and second factor; a code by SMS is for residents and merchants."""

    status = 401
    code = "password_required"
    zh = "工作人员请使用登录名、密码和动态验证码登录。"
    en = "Staff sign in with login, password and authenticator code."


class TooManyWrongTries(Refusal):
    """Five wrong tries in fifteen minutes lock the account, and the source that tries many accounts."""

    status = 429
    code = "too_many_wrong_tries"
    zh = "错误次数过多，请在 {retry_after} 秒后再试。"
    en = "Too many wrong tries; please wait {retry_after} s and try again."


class TooManySmsCodes(Refusal):
    """A phone or a source asks for codes faster than anybody types them."""

    status = 429
    code = "too_many_sms_codes"
    zh = "验证码发送过于频繁，请在 {retry_after} 秒后再试。"
    en = "Too many codes were sent; please wait {retry_after} s and try again."


class SignInBusy(Refusal):
    """More people sign in at this moment than passwords can be checked."""

    status = 503
    code = "sign_in_busy"
    zh = "登录人数较多，请稍后再试。"
    en = "Many people are signing in; please try again in a moment."


class PersonUnknown(Refusal):
    """No such person, or not one whom the asker may see."""

    status = 404
    code = "person_unknown"
    zh = "查无此人。"
    en = "There is no such person."


class PhoneTaken(Refusal):
    """The phone belongs to somebody else's record; two records of one person are merged, not made."""

    code = "phone_taken"
    zh = "该手机号已登记。"
    en = "This phone is already registered."


class AreaUnknown(Refusal):
    """No such area."""

    status = 404
    code = "area_unknown"
    zh = "没有这个区域。"
    en = "There is no such area."


class AreaTaken(Refusal):
    """An area with this path is there already."""

    code = "area_taken"
    zh = "该区域编码已存在。"
    en = "An area with this path already exists."


class HouseholdUnknown(Refusal):
    """No such household."""

    status = 404
    code = "household_unknown"
    zh = "没有这个家庭户。"
    en = "There is no such household."


class PersonErased(Refusal):
    """An erased record stays erased."""

    code = "person_erased"
    zh = "该记录已删除，不能恢复。"
    en = "This record was erased and cannot be changed back."


class LoginTaken(Refusal):
    """The login name is in use, or the person has a login already."""

    code = "login_taken"
    zh = "该登录名已被使用，或此人已有登录账号。"
    en = "The login name is in use, or this person has a login already."


class LoginNameMissing(Refusal):
    """Somebody without a login is invited to one that has no name."""

    status = 422
    code = "login_name_missing"
    zh = "请填写登录名。"
    en = "Please give the login name."


class LoginUnknown(Refusal):
    """No such login."""

    status = 404
    code = "login_unknown"
    zh = "没有这个登录账号。"
    en = "There is no such login."


class PasswordTooShort(Refusal):
    """Ten characters at least."""

    status = 422
    code = "password_too_short"
    zh = "密码至少需要 10 个字符。"
    en = "A password needs at least 10 characters."


class InvitationUnknown(Refusal):
    """No such invitation; nor is one that has run out, was withdrawn, or is no longer enough for who its person is."""

    status = 404
    code = "invitation_unknown"
    zh = "邀请无效或已过期，请联系系统管理员重新邀请。"
    en = "The invitation is not valid or has run out; ask the system administrator for a new one."


class InvitationUsed(Refusal):
    """The login was set up with it."""

    code = "invitation_used"
    zh = "这份邀请已经用过，请直接登录。如不是您本人设置的，请立即联系系统管理员。"
    en = "This invitation has been used; please sign in. If it was not you, tell the system administrator."


class InvitationDecided(Refusal):
    """It was confirmed, used or withdrawn."""

    code = "invitation_decided"
    zh = "这份邀请已处理过。"
    en = "This invitation has been dealt with already."


class TotpWrong(Refusal):
    """The authenticator shows another code than the one that was typed."""

    status = 401
    code = "totp_wrong"
    zh = "动态验证码不正确。请确认已扫描本页的二维码，手机时间准确。"
    en = "The authenticator's code is wrong. Check that it has scanned the code of this page, and the phone's clock."


class RoleUnknown(Refusal):
    """No such role, or not one that this person holds."""

    status = 404
    code = "role_unknown"
    zh = "没有这个角色。"
    en = "There is no such role."


class RoleNeedsPlace(Refusal):
    """A merchant's role names its merchant, any other its area."""

    status = 422
    code = "role_needs_place"
    zh = "商户角色须指明商户，其他角色须指明区域。"
    en = "A merchant's role names its merchant, any other role its area."


class OwnRoles(Refusal):
    """Nobody gives a role to himself or takes his own."""

    status = 403
    code = "own_roles"
    zh = "不能为自己授予或撤销角色。"
    en = "Nobody changes his own roles."


class RolesConflict(Refusal):
    """System administrator, security administrator and auditor are different people."""

    code = "roles_conflict"
    zh = "系统管理员、安全管理员和审计员必须是不同的人。"
    en = "System administrator, security administrator and auditor are different people."


class StandInOverlaps(Refusal):
    """There is a stand-in for some of these days already."""

    code = "stand_in_overlaps"
    zh = "这段日期已有代办人。"
    en = "There is a stand-in for some of these days already."


class ApiKeyUnknown(Refusal):
    """No such key."""

    status = 404
    code = "api_key_unknown"
    zh = "没有这个接口密钥。"
    en = "There is no such API key."


class RoleRequestUnknown(Refusal):
    """No such request, or not one of the asker's territory."""

    status = 404
    code = "role_request_unknown"
    zh = "没有这条角色变更申请。"
    en = "There is no such request."


class RoleRequestOpen(Refusal):
    """The same change waits for its second person already."""

    code = "role_request_open"
    zh = "同样的变更已提交，正在等待另一人确认。"
    en = "The same change waits for a second person already."


class RoleRequestDecided(Refusal):
    """Somebody decided about it, or it was withdrawn."""

    code = "role_request_decided"
    zh = "这条申请已处理过。"
    en = "This request has been decided already."


class SecondPersonNeeded(Refusal):
    """Whoever asked for a change of roles does not confirm it; nor does the one whom it is about."""

    status = 403
    code = "second_person_needed"
    zh = "须由申请人和当事人以外的另一人确认。"
    en = "Somebody else has to confirm it: neither who asked for it nor whom it is about."


class RoleHeldAlready(Refusal):
    """The person has just this role already."""

    code = "role_held_already"
    zh = "此人已担任该角色。"
    en = "This person holds this role already."


class DaysInThePast(Refusal):
    """A role or a stand-in's time that would be over before it begins."""

    status = 422
    code = "days_in_the_past"
    zh = "结束日期须晚于开始日期，且不能早于今天。"
    en = "The last day has to come after the first, and not before today."
