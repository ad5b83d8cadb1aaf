"""A strict stand-in for Discord, for tests: REST v10, gateway, CDN, people of a guild, limits, faults.

discord.py is pointed at it by `Route.BASE = discord.api_url` and `DiscordWebSocket.DEFAULT_GATEWAY = URL(discord.gateway_url)`.
In the test's own loop (fields of `backend.Options` as keywords: rate, now, limits, answer_seconds, approved, per_guild ...):

    async with Standin.open(rate=50, now=clock.now) as discord:
        discord.api_url, discord.gateway_url, discord.token, discord.guild_id, discord.application_id, discord.bot_user
        discord.first_channels["announcements"], discord.roles["triager-security"]      # ids by name

As a process that outlives the bot (`python -m tests.platforms.discord_standin --port 0 [--rate N] [--approve message_content]
[--per-guild N] ...` prints one JSON line), with the same control from outside:

    with process("--rate", "50") as discord: ...        # starts it and ends it
    with connected(control_url) as discord: ...         # one that runs already

Channels: general, announcements and front-door (only the bot writes there) in the category Community; desk (staff only).
People, all in the guild: researcher, triager-sec, triager-ml, owner, lead, leadership, admin (owns the guild), outsider; with
the roles triager-security, triager-ml, owner, lead, leadership. They are awaited. What Discord's client would not allow
raises ClientRefuses. A channel is an id, a name, a Room or "dm":

    who = discord.person("researcher")                  # or discord.add_person("guest", in_guild=False, roles=["lead"])
    sent = await who.dm("text", files={"a.txt": b"..."})         # -> Posted; > 2000 characters become message.txt
    await who.say("desk", f"<@{discord.bot_user}> hi", reply_to=posted); await who.edit(sent, "better"); await who.delete(sent)
    seen = await who.slash("vdp accept", severity="high", at="desk")   # -> Answered(kind, text, message, modal, ms, error)
    seen = await who.slash("vdp add", {"at": 1}, file=("p.txt", b"x"))  # files are (name, bytes); people and channels by name or id
    await who.autocomplete("vdp accept", "report", "AIV-")       # -> the values of the choices; `suggested` for all about it
    seen = await who.click(posted, "Accept")                     # custom_id or label; a select: click(posted, "pick", ["value"])
    seen = await who.message_command("Send to the desk", posted)
    done = await who.submit(who.modal(), {"why": "text", "proof": ("p.txt", b"...")})   # by custom_id; selects take lists
    await who.dismiss(who.modal()); await who.reload()           # ephemeral messages and forms are gone
    await who.close_dms(); await who.block(); await who.nitro(); await who.leave_guild(); await who.join()

Answered.kind is whisper (ephemeral), message, modal, updated, nothing (acknowledged without a word), deferred (still "thinking"
after follow_seconds), choices, or error (no answer within answer_seconds, nobody connected); Answered.refusals is what the API
refused of first answers. `discord.outcome(answered)` looks again later: `.messages` are all its answers.

An admin of the guild, immediate:

    discord.create_channel("x", kind="text", parent="", private=["lead", "bot"]); discord.delete_channel("x")
    discord.edit_overwrite("x", "researcher"|"lead"|"bot"|"everyone", allow=["view_channel"], deny=[], remove=False)
    discord.rename_channel("x", "y"); discord.edit_thread(t, archived=True, locked=True); discord.thread_member(t, "lead")
    discord.give_role("outsider", "lead", take=False); discord.create_role("r", permissions=[], mentionable=True)
    discord.unfurl(posted); discord.guild_outage(); discord.guild_outage(False)
    discord.permissions(remove=["manage_channels"])     # of the bot's own role; discord.kick_bot()

Reading is immediate:

    who.dms(), who.whispers(), who.modal(), who.modals(), who.room()
    discord.channels("text", light=False), discord.channel("desk").overwrites, .seen_by, .writable_by, .members; discord.threads()
    discord.messages("desk", everything=False)      # Posted(text, embeds, components, buttons, words, files, live, pinged, ...)
    discord.commands()["vdp"], discord.command_writes()
    discord.calls("POST /channels/{channel_id}/messages")   # Call(route, params, body, status, code, early, invalid, fault, at)
    discord.counts(), discord.invalid()             # by route as discord.py writes them ("GET cdn" is a file)
    discord.gateway()                               # identifies, resumes, replayed, open, sessions, sent ...
    discord.events("MESSAGE_CREATE")                # Told(id, kind, data, state told|kept|held|lost|unheard)
    discord.file_bytes(id), discord.typing(), discord.people()

`Posted.live` says as `kind:text` what is alive in content and embeds: mention, role, channel, command, everyone, emoji,
timestamp, link, preview, masked, invite, email, heading, subtext, quote, list, spoiler, bold, italic, underline, strike, code,
block. `Posted.content_live` leaves the embeds out. `Posted.pinged` is who was really notified (ids, @role, @everyone).

Faults and switches are immediate, but for those that end connections:

    discord.fault("POST /channels/{channel_id}/messages", "lost", times=1, skip=0, where={"channel_id": c})
        # limited (retry_after=1.0, scope="user") | 500 | 502 | 503 | 504 | reset | slow (seconds=1) | lost | half | hang
        # | mute (done, then hangs) | done (done, 504) | error (status=403, code=50013); the pattern may be a glob
        ("POST */messages"), a method, "GET cdn", "*"
    await discord.drop(); await discord.close_gateway(4000); discord.reconnect_gateway(); discord.invalidate(resumable=False)
    discord.lose_sessions(); discord.silent(); discord.refuse_handshakes(2)
    discord.hold_handshakes(); await discord.drop(); ...; discord.hold_handshakes(False)    # away for as long as a test wants
    discord.lose_events(); discord.hold_events(); discord.release_events(backwards=True); discord.reorder(2)
    discord.duplicate_event(); discord.redeliver(discord.events()[0]); discord.clear_faults(); discord.forget_calls()
    await discord.revoke_token(); discord.restore_token(); discord.approve(message_content=True)    # at the next IDENTIFY
    discord.caps(per_guild=10, per_category=3, category_code=30013, active_threads=2, thread_members=5)
    discord.expire_urls(); discord.expire_interactions(); discord.patience(0.1); discord.advance(60)

Waiting:

    await discord.connected(); await discord.until(lambda: who.dms(), what="the receipt")

Two clocks: the three seconds of a first answer, heartbeats and what people wait for are real; windows of limits run at the rate
(X-RateLimit headers and retry_after tell real seconds). Snowflakes, nonces, the fifteen minutes of an interaction, CDN
addresses and sessions without a connection go by the wall clock (or `now=`), moved forward by `advance`.

Lengths are counted in UTF-16. What breaks in the stand-in itself is answered with 418 and fails the test when `Standin.open` ends.
"""

from tests.platforms.discord_standin.opening import Standin, connected, process

__all__ = ["Standin", "connected", "process"]
