"""A strict stand-in for Slack, for tests: Web API, Socket Mode, signed HTTP, people, limits, faults.

In the test's own loop (fields of `backend.Options` as keywords: rate, manifest, now, limits, ack_seconds, retry_delays ...):

    async with Standin.open(mode="socket", rate=50) as slack:
        slack.api_url, slack.bot_token, slack.app_token, slack.signing_secret, slack.bot_user, slack.user_id, slack.channel_id

As a process that outlives the bot (`python -m tests.platforms.slack_standin --port 0 --socket|--http [--request-url URL]
[--rate N] [--manifest FILE] [--full]` prints one JSON line), with the same control from outside:

    with process("--http", "--rate", "50") as slack: ...        # starts it and ends it
    with connected(control_url) as slack: ...                   # one that runs already

People (ids or names: researcher, triager-sec, triager-ml, owner, lead, leadership, admin, outsider) are awaited. What
Slack's client would not allow raises ClientRefuses. A channel is an id, a name or "dm":

    who = slack.person("researcher")                            # or slack.add_person("guest", guest="single")
    sent = await who.dm("text", linkify=True, smart=True)       # -> Posted; who.say(channel, text, thread=ts)
    await who.edit(sent, "better"); await who.delete(sent)
    await who.upload("r.asc", data, channel="dm", text="", mode="snippet", foreign=True); await who.upload_all({"a": b""})
    seen = await who.slash("/vdp queue", channel="desk")        # -> Answered(kind whisper|message|nothing|error, text, ms)
    await who.click(slack.messages("desk")[0], "accept", value) # a Posted, a Whispered, a modal or a Home; -> Pressed(error)
    await who.shortcut("add_to_report", sent)
    done = await who.submit(who.modal(), {"block": "value"})    # -> Submitted(kind closed|errors|updated|pushed|cleared|trouble)
    await who.submit(who.modal(), {"proof": [await who.stage("p.txt", b"...")]})
    await who.close(who.modal(), everything=True); await who.open_home()
    await who.create_channel("name"); who.invite(channel, user); who.remove; who.join; who.leave
    await who.archive(channel); who.unarchive; who.rename; who.describe(channel, topic=...); who.delete_channel
    await who.deactivate(); await who.reactivate()

Reading is immediate:

    who.dms(), who.room(), who.whispers(), who.modals(), who.modal(), who.home()
    slack.channels(), slack.channel("desk").members, slack.messages("desk", everything=True)   # Posted.live: what links or notifies
    slack.calls("chat.postMessage")      # Call(method, args, at, early, status, answer, fault); `early`: a told wait was not kept
    slack.counts()                       # {"chat.postMessage": 4, ...}, with files.upload, files.download, response_url
    slack.deliveries("message")          # Told(event_id, state waiting|acked|given_up|lost, attempts, ms)
    slack.files(), slack.file_bytes(id), slack.scheduled(), slack.people(), slack.sockets()

Faults and switches are immediate, but for those that end sockets:

    slack.fault("chat.postMessage", "lost", times=1, skip=0, where={"channel": c})
        # limited (retry_after=30) | 500 | 503 | reset | slow (seconds=1) | lost | half | error (code="restricted_action")
        # files.download also: html | larger | cut; files.upload and response_url go wrong as well; "*" is every method
    slack.drop_ack(2); slack.duplicate_event(); slack.reorder(2); slack.hold_events(); slack.release_events(backwards=True)
    slack.lose_events(); slack.redeliver(slack.deliveries()[0]); slack.clear_faults()
    await slack.disconnect("warning"); await slack.close_sockets(); slack.silent(); slack.patience(0.1); slack.expire_triggers()
    slack.revoke_tokens("bot"|"app"); slack.expire_token(); slack.uninstall(); slack.restore(); slack.rotate_secret()
    slack.scopes(remove=["groups:write"]); slack.subscribe(add=["file_shared"]); slack.manifest(parsed); slack.app_home(...)
    slack.request_url(url); await slack.verify_url(); slack.skew(-360); slack.advance(60); slack.forget_calls()

Waiting:

    await slack.connected(); await slack.settled(); await slack.until(lambda: who.dms(), what="the receipt")

Two clocks: acknowledgements (3 s) and triggers (3 s) are real; buckets, Retry-After and HTTP retry delays run at the rate.
Time stamps, schedules and response URLs go by the wall clock (or `now=`), moved forward by `advance`.
"""

from tests.platforms.slack_standin.opening import Standin, connected, process

__all__ = ["Standin", "connected", "process"]
