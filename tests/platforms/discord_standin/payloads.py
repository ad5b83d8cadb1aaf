"""Discord's JSON for the things of a guild."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.platforms.discord_standin import bits
from tests.platforms.discord_standin.names import stamp
from tests.platforms.discord_standin.things import CATEGORY, DM, Attachment, Channel, Json, Message, Person, Role

if TYPE_CHECKING:
    from tests.platforms.discord_standin.guild import Guild


def user(who: Person) -> Json:
    """The user object."""
    return {"id": who.id, "username": who.name, "discriminator": "0000" if who.bot else "0", "global_name": who.global_name or None,
            "avatar": None, "bot": who.bot, "system": False, "public_flags": 0, "flags": 0, "banner": None, "accent_color": None,
            "avatar_decoration_data": None, "collectibles": None, "primary_guild": None, "clan": None}


def member(guild: Guild, who: Person, *, with_user: bool = True, channel: Channel | None = None) -> Json:
    """The member object; with `channel`, also what they may do there."""
    found: Json = {"roles": list(who.roles), "nick": None, "avatar": None, "banner": None, "joined_at": stamp(who.joined or guild.made),
                   "premium_since": None, "deaf": False, "mute": False, "flags": 0, "pending": False,
                   "communication_disabled_until": None}
    if with_user:
        found["user"] = user(who)
    if channel is not None:
        found["permissions"] = str(bits.in_channel(guild, who, channel))
    return found


def role(one: Role) -> Json:
    """The role object."""
    found: Json = {"id": one.id, "name": one.name, "color": 0, "colors": {"primary_color": 0, "secondary_color": None,
                   "tertiary_color": None}, "hoist": False, "icon": None, "unicode_emoji": None, "position": one.position,
                   "permissions": str(one.permissions), "managed": bool(one.managed_by), "mentionable": one.mentionable, "flags": 0}
    if one.managed_by:
        found["tags"] = {"bot_id": one.managed_by}
    return found


def channel(guild: Guild, one: Channel, *, partial: bool = False) -> Json:
    """The channel object; `partial` leaves out what only the whole guild needs (guild_id stays)."""
    last = next((found.id for found in reversed(one.messages.values())), None)
    if one.type == DM:
        others = [user(guild.people[who]) for who in one.recipients if who != guild.bot.id]
        return {"id": one.id, "type": DM, "last_message_id": last, "recipients": others, "flags": 0}
    found: Json = {"id": one.id, "type": one.type, "guild_id": guild.id, "name": one.name, "parent_id": one.parent_id or None,
                   "rate_limit_per_user": one.slow, "flags": 0, "last_message_id": last}
    if one.is_thread:
        return found | thread_parts(guild, one)
    found |= {"position": one.position, "permission_overwrites": [each.body() for each in one.overwrites.values()], "nsfw": one.nsfw}
    if one.type != CATEGORY:
        found |= {"topic": one.topic or None, "default_auto_archive_duration": 1440}
    if partial:
        found.pop("permission_overwrites")
    return found


def thread_parts(guild: Guild, one: Channel) -> Json:
    """What a thread has beyond a channel, with the bot's own membership."""
    data: Json = {"archived": one.archived, "auto_archive_duration": one.auto_archive, "locked": one.locked,
                  "archive_timestamp": stamp(one.archive_at or guild.now()), "create_timestamp": stamp(one.made or guild.now())}
    if one.type == 12:
        data["invitable"] = one.invitable
    count = len(one.kept)
    found: Json = {"owner_id": one.owner_id, "message_count": count, "total_message_sent": len(one.messages),
                   "member_count": min(50, len(one.members)), "thread_metadata": data, "applied_tags": []}
    if guild.bot.id in one.members:
        found["member"] = thread_member(one, guild.bot.id)
    return found


def thread_member(one: Channel, who: str) -> Json:
    """The membership of somebody in a thread."""
    return {"id": one.id, "user_id": who, "join_timestamp": stamp(one.members[who]), "flags": 0}


def attachment(guild: Guild, one: Attachment, channel_id: str) -> Json:
    """The attachment object, with a signed address on the stand-in's own CDN."""
    url = guild.cdn(one, channel_id)
    found: Json = {"id": one.id, "filename": one.filename, "size": one.claimed or len(one.data), "url": url, "proxy_url": url,
                   "content_type": one.content_type}
    if one.description:
        found["description"] = one.description
    if one.ephemeral:
        found["ephemeral"] = True
    return found


def message(guild: Guild, one: Message, *, censored: bool = False, nonce: bool = False, event: bool = False) -> Json:
    """The message object. `censored` leaves out what the message content intent guards; `event` adds guild and member."""
    place = guild.channels[one.channel_id]
    author = guild.people[one.author_id]
    found: Json = {
        "id": one.id, "type": one.type, "channel_id": one.channel_id, "author": user(author), "content": one.content,
        "timestamp": stamp(one.at), "edited_timestamp": stamp(one.edited) if one.edited else None, "tts": False,
        "mention_everyone": one.mention_everyone, "mentions": [user(guild.people[who]) for who in one.mentions],
        "mention_roles": list(one.mention_roles), "attachments": [attachment(guild, each, one.channel_id) for each in one.attachments],
        "embeds": one.embeds, "components": one.components, "pinned": one.pinned, "flags": one.flags,
    }
    if censored:
        found |= {"content": "", "embeds": [], "attachments": [], "components": []}
    if nonce and one.nonce:
        found["nonce"] = one.nonce
    if one.reactions and not event:
        found["reactions"] = [
            {"emoji": {"id": None, "name": name}, "count": len(who), "me": guild.bot.id in who, "me_burst": False, "burst_me": False,
             "burst_count": 0, "count_details": {"burst": 0, "normal": len(who)}, "burst_colors": []}
            for name, who in one.reactions.items() if who]
    if one.reference is not None:
        found["message_reference"] = one.reference
        source = place.messages.get(str(one.reference.get("message_id")))
        gone = source is None or source.deleted
        found["referenced_message"] = None if gone or source is None else message(guild, source, censored=censored)
    if one.interaction is not None:
        found |= {"interaction_metadata": one.interaction, "application_id": guild.application_id}
        found["webhook_id"] = guild.application_id
    if event:
        found["channel_type"] = place.type
        if place.type != DM:
            found["guild_id"] = guild.id
            if author.in_guild:
                found["member"] = member(guild, author, with_user=False)
    return found


def guild_body(guild: Guild) -> Json:
    """The guild object without its channels and members."""
    return {
        "id": guild.id, "name": guild.name, "icon": None, "splash": None, "discovery_splash": None, "description": None, "features": [],
        "emojis": [], "stickers": [], "banner": None, "owner_id": guild.owner_id, "application_id": None, "region": "deprecated",
        "afk_channel_id": None, "afk_timeout": 300, "system_channel_id": None, "system_channel_flags": 0, "widget_enabled": False,
        "widget_channel_id": None, "verification_level": 1, "roles": [role(one) for one in guild.roles.values()],
        "default_message_notifications": 1, "mfa_level": 0, "explicit_content_filter": 2, "max_presences": None,
        "max_members": 500_000, "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": None,
        "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US", "rules_channel_id": None,
        "safety_alerts_channel_id": None, "public_updates_channel_id": None, "premium_progress_bar_enabled": False, "nsfw": False,
        "nsfw_level": 0, "hub_type": None, "latest_onboarding_question_id": None, "incidents_data": None,
    }


def guild_create(guild: Guild) -> Json:
    """What GUILD_CREATE says: every channel, hidden ones too, the threads that the bot sees, and the bot as its only member."""
    seen = [one for one in guild.channels.values() if one.type != DM and not one.deleted and (not one.is_thread or guild.bot_sees(one))]
    return guild_body(guild) | {
        "joined_at": stamp(guild.made), "large": False, "unavailable": False, "geo_restricted": False,
        "member_count": sum(one.in_guild for one in guild.people.values()),
        "voice_states": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
        "activity_instances": [], "embedded_activities": [], "members": [member(guild, guild.bot)],
        "channels": [channel(guild, one) for one in seen if not one.is_thread],
        "threads": [channel(guild, one) for one in seen if one.is_thread and not one.archived],
    }


def application(guild: Guild, flags: int) -> Json:
    """The application object that /oauth2/applications/@me answers with."""
    owner = guild.people[guild.owner_id]
    return {"id": guild.application_id, "name": guild.bot.name, "icon": None, "description": "", "summary": "", "type": None,
            "bot": user(guild.bot), "bot_public": False, "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": flags,
            "owner": user(owner), "team": None, "hook": True, "rpc_origins": [], "redirect_uris": [], "interactions_endpoint_url": None,
            "role_connections_verification_url": None, "approximate_guild_count": 1, "approximate_user_install_count": 0,
            "integration_types_config": {"0": {}}, "event_webhooks_status": 1}
