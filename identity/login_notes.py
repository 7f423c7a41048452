"""What somebody is told of his login, by SMS too: it may have been somebody else who did it."""

from identity.messages import MessageTemplate, register

SET_UP = register(
    MessageTemplate(
        code="login.set_up",
        title_zh="登录已设置",
        body_zh="您的登录名 {login} 已设置好密码和验证器。如果不是您本人操作，请马上联系系统管理员。",
        title_en="Your login is set up",
        body_en="A password and an authenticator were set up for your login {login}."
        " If it was not you, tell a system administrator at once.",
        always_by_sms=True,
    )
)
EMPTIED = register(
    MessageTemplate(
        code="login.emptied",
        title_zh="登录需要重新设置",
        body_zh="您的登录名 {login} 的原密码和验证器已作废，各设备已退出，请用管理员给您的链接重新设置。"
        "如果您没有提出过，请马上联系系统管理员。",
        title_en="Your login has to be set up anew",
        body_en="The password and the authenticator of your login {login} are good no more, and all devices are signed"
        " out. Set it up by the link that an administrator gives you. If you did not ask for it, tell them at once.",
        always_by_sms=True,
    )
)
DISABLED = register(
    MessageTemplate(
        code="login.disabled",
        title_zh="登录已停用",
        body_zh="您的登录名 {login} 已被管理员停用，用它登录的设备已退出。",
        title_en="Your login is disabled",
        body_en="An administrator disabled your login {login}; the devices that it signed in are signed out.",
        always_by_sms=True,
    )
)
