"""The only reader of the environment: frozen settings from variables and `.env`, every problem reported at once.

Secrets are SecretStr, so that printing settings shows none. What a real programme needs and a demo makes for itself is
decided here; making it is left to `bot/keys.py`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import socket
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError, create_model, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
# Roles as they are typed where one is granted; a triager's with their craft.
GRANTED = ("lead", "triager-security", "triager-ml", "owner", "legal", "privacy", "leadership", "admin")


class SettingsError(Exception):
    """The settings cannot be used; `problems` lists every reason, each with the variable's name and no secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """What the environment says."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_file_encoding="utf-8",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    data: Path = Field(default=ROOT / ".data", validation_alias=AliasChoices("HARBORLIGHT_DATA", "data"))
    master_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("HARBORLIGHT_MASTER_KEY", "master_key")
    )
    program: Path | None = Field(
        default=None, validation_alias=AliasChoices("HARBORLIGHT_PROGRAM", "program")
    )
    program_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("HARBORLIGHT_PROGRAM_KEY", "program_key")
    )
    program_fingerprint: str | None = Field(
        default=None, validation_alias=AliasChoices("HARBORLIGHT_PROGRAM_FINGERPRINT", "program_fingerprint")
    )
    signing_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("HARBORLIGHT_SIGNING_KEY", "signing_key")
    )
    admin: str | None = Field(default=None, validation_alias=AliasChoices("HARBORLIGHT_ADMIN", "admin"))
    people: str = Field(default="", validation_alias=AliasChoices("HARBORLIGHT_PEOPLE", "people"))
    kit: str = Field(default="", validation_alias=AliasChoices("HARBORLIGHT_KIT", "kit"))
    policy_anyway: bool = Field(default=False, validation_alias=AliasChoices("HARBORLIGHT_POLICY_ANYWAY", "policy_anyway"))
    executor: str | None = Field(
        default=None, validation_alias=AliasChoices("HARBORLIGHT_EXECUTOR", "DYNO", "executor")
    )
    database_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("DATABASE_URL", "database_url")
    )

    slack_bot_token: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("SLACK_BOT_TOKEN", "slack_bot_token")
    )
    slack_app_token: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("SLACK_APP_TOKEN", "slack_app_token")
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("SLACK_SIGNING_SECRET", "slack_signing_secret")
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/", validation_alias=AliasChoices("SLACK_API_URL", "slack_api_url")
    )

    discord_token: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("DISCORD_TOKEN", "discord_token")
    )
    discord_guild: str | None = Field(
        default=None, validation_alias=AliasChoices("DISCORD_GUILD", "discord_guild")
    )
    discord_api_url: str = Field(
        default="https://discord.com/api/v10", validation_alias=AliasChoices("DISCORD_API_URL", "discord_api_url")
    )
    discord_gateway_url: str = Field(
        default="wss://gateway.discord.gg/", validation_alias=AliasChoices("DISCORD_GATEWAY_URL", "discord_gateway_url")
    )

    @field_validator("discord_guild")
    @classmethod
    def _server_id(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"[0-9]{5,20}", value):
            raise ValueError("give the id of the server, a long number: developer mode, right-click the server, Copy Server ID")
        return value

    @field_validator("discord_api_url")
    @classmethod
    def _discord_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]+", value):
            raise ValueError("write the address of Discord's API, such as https://discord.com/api/v10")
        return value.rstrip("/")

    @field_validator("discord_gateway_url")
    @classmethod
    def _gateway_address(cls, value: str) -> str:
        if not re.match(r"wss?://[^/\s]+", value):
            raise ValueError("write the address of Discord's gateway, such as wss://gateway.discord.gg/")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _api_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]+/", value):
            raise ValueError("write the address of Slack's Web API, such as https://slack.com/api/")
        return value if value.endswith("/") else value + "/"

    @field_validator("admin")
    @classmethod
    def _platform_and_person(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[a-z]+:\S+", value):
            raise ValueError("write platform:person, such as local:admin")
        return value

    @field_validator("people")
    @classmethod
    def _roles_and_people(cls, value: str) -> str:
        for word in value.split():
            if not re.fullmatch(rf"({'|'.join(GRANTED)})=[a-z]+:\S+", word):
                raise ValueError("write role=platform:person, with blanks between them, such as lead=slack:U012345 owner=slack:U678901; "
                                 f"the roles are {', '.join(GRANTED)}")
        return value

    @field_validator("kit")
    @classmethod
    def _confirmed(cls, value: str) -> str:
        if value and not re.fullmatch(r"\d{4}-\d{2}-\d{2}/[0-9a-f]{12}", value):
            raise ValueError("`python -m bot keys kit` prints the line once the recovery kit is confirmed")
        return value

    @field_validator("executor")
    @classmethod
    def _plain_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,60}", value):
            raise ValueError("use letters, digits, dots and hyphens, at most 60")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(
            r"(postgres|postgresql|sqlite)(\+\w+)?://", value.get_secret_value()
        ):
            raise ValueError("begin with postgresql:// or sqlite:///")
        return value

    @field_validator("master_key")
    @classmethod
    def _thirty_two_bytes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_key(value.get_secret_value()):
            raise ValueError("give 32 bytes as base64 or as 64 hex digits")
        return value

    @field_validator("program")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("there is no such file")
        return value

    @property
    def demo(self) -> bool:
        """Whether this is the demo programme, which makes its own keys."""
        return self.program is None

    @property
    def roles(self) -> tuple[tuple[str, str, str], ...]:
        """The roles that are granted at the first start: the role as it is typed, the platform and the account."""
        found = []
        for word in self.people.split():
            role, _, who = word.partition("=")
            platform, _, account = who.partition(":")
            found.append((role, platform, account))
        return tuple(found)

    @property
    def kit_confirmed(self) -> bool:
        """Whether somebody confirmed that they hold the recovery kit of exactly this master key."""
        return self.master_key is not None and self.kit.partition("/")[2] == kit_mark(self.master_key.get_secret_value())

    @property
    def database(self) -> str:
        """The database URL; SQLite in the data folder unless told otherwise."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data / 'harborlight.sqlite'}"

    @property
    def executor_id(self) -> str:
        """A name that is the same for this process after a restart."""
        return self.executor or re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())[:60] or "main"


def _is_key(text: str) -> bool:
    return _key_of(text) is not None


def _key_of(text: str) -> bytes | None:
    compact = "".join(text.split())
    if re.fullmatch(r"[0-9a-fA-F]{64}", compact):
        return bytes.fromhex(compact)
    try:
        padded = compact + "=" * (-len(compact) % 4)
        found = base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == 32 else None


def kit_mark(master_key: str) -> str:
    """Return twelve hex digits that stand for a master key in HARBORLIGHT_KIT: of a random key they tell nothing."""
    return hashlib.sha256(b"harborlight recovery kit|" + (_key_of(master_key) or b"")).hexdigest()[:12]


def load(**given: object) -> Settings:
    """Return the settings; `given` wins over the environment. Raises SettingsError with every problem."""
    problems: list[str] = []
    try:
        found = Settings(**{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
    except ValidationError as wrong:
        for one in wrong.errors(include_input=False, include_url=False, include_context=False):
            name = _variable(str(one["loc"][0]) if one["loc"] else "")
            problems.append(f"{name}: {str(one['msg']).removeprefix('Value error, ')}")
        raise SettingsError(problems) from None
    if not found.demo:
        if found.master_key is None:
            problems.append(
                "HARBORLIGHT_MASTER_KEY: missing. A real programme brings its own; make one with "
                "`python -m bot keys master`"
            )
        if found.program_key is None:
            problems.append(
                "HARBORLIGHT_PROGRAM_KEY: missing. Give the secret encryption subkey, as armor or base64"
            )
        if found.admin is None:
            problems.append("HARBORLIGHT_ADMIN: missing. Name the first administrator, such as slack:U012345")
    problems += _slack_problems(found)
    if problems:
        raise SettingsError(problems)
    return found


class _ReplayKey(BaseSettings):
    """The key of one replay target; the name of its variable is known only when the target is."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_file_encoding="utf-8", frozen=True, extra="ignore", hide_input_in_errors=True)


def read_from(file: Path) -> None:
    """Read this file instead of `.env` in the checkout, for as long as this process lives; the environment still wins."""
    Settings.model_config["env_file"] = _ReplayKey.model_config["env_file"] = file


def replay_variable(target: str) -> str:
    """The name of the setting that holds the key of a replay target."""
    return "REPLAY_KEY_" + target.upper().replace("-", "_")


def replay_key(target: str) -> SecretStr | None:
    """Return the key of a replay target, None where the endpoint needs none; raises SettingsError for one that cannot be sent."""
    variable = replay_variable(target)
    named = create_model("ReplayKey", __base__=_ReplayKey, key=(SecretStr | None, Field(default=None, validation_alias=variable)))
    found: SecretStr | None = getattr(named(), "key")  # noqa: B009  the field exists since the line above
    key = found.get_secret_value().strip() if found is not None else ""
    if not key:
        return None
    if not re.fullmatch(r"[\x21-\x7e]{1,4096}", key):
        raise SettingsError([f"{variable}: a key is one word of letters, digits and signs"])
    return SecretStr(key)


def _slack_problems(found: Settings) -> list[str]:
    bot, app, secret = found.slack_bot_token, found.slack_app_token, found.slack_signing_secret
    problems = []
    if bot is None and (app is not None or secret is not None):
        problems.append("SLACK_BOT_TOKEN: missing. It begins with xoxb- and stands under OAuth & Permissions")
    if bot is not None and not bot.get_secret_value().startswith("xoxb-"):
        problems.append("SLACK_BOT_TOKEN: a bot's token begins with xoxb-")
    if bot is not None and app is None and secret is None:
        problems.append("SLACK_APP_TOKEN: missing. Give it for Socket Mode, or SLACK_SIGNING_SECRET for requests by HTTP")
    if app is not None and not app.get_secret_value().startswith("xapp-"):
        problems.append("SLACK_APP_TOKEN: an app-level token begins with xapp-")
    return problems


def _variable(name: str) -> str:
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices) and (name == field or name in [str(c) for c in alias.choices]):
            return str(alias.choices[0])
    return name
