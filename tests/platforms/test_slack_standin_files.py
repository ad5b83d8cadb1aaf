"""Files in the stand-in: three steps up with knowledge that comes later, and down for members only."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from tests.platforms.slack_house import Echo, field_block, modal, refused, talking
from tests.platforms.slack_standin.control import Slack
from tests.platforms.slack_standin.opening import Standin


async def fetched(url: str, token: str) -> tuple[str, bytes]:
    async with aiohttp.ClientSession() as web, web.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200
        return answer.content_type, await answer.read()


async def put(url: str, data: bytes) -> int:
    async with aiohttp.ClientSession() as web, web.post(url, data=data) as answer:
        return answer.status


async def test_an_upload_is_known_later() -> None:
    async with Standin.open(file_seconds=0.1) as slack:
        slack.lose_events()
        api = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        done = await api.files_upload_v2(channel=slack.channel_id, filename="r.asc", content=b"PGP", initial_comment="here", title="R")
        assert done["files"] == [{"id": done["file"]["id"], "title": "R"}]
        early = (await api.files_info(file=done["file"]["id"]))["file"]
        assert early["mimetype"] == "" and "url_private" not in early and not slack.messages("desk")
        image = [{"type": "image", "slack_file": {"id": early["id"]}, "alt_text": "x"}]
        assert await refused(api.chat_postMessage(channel=slack.channel_id, text="x", blocks=image)) == "invalid_blocks"
        await slack.settled()
        later = (await api.files_info(file=early["id"]))["file"]
        assert later["mimetype"] and later["groups"] == [slack.channel_id]
        posted = slack.messages("desk")[0]
        assert posted.text == "here" and posted.by_app and posted.files[0]["id"] == early["id"]
        assert (await fetched(later["url_private_download"], slack.bot_token))[1] == b"PGP"
        await api.chat_postMessage(channel=slack.channel_id, text="x", blocks=image)
        assert slack.counts() | {"files.getUploadURLExternal": 1, "files.upload": 1, "files.completeUploadExternal": 1} == slack.counts()
        await api.files_delete(file=early["id"])
        assert await refused(api.files_info(file=early["id"])) == "file_deleted"


async def test_uploads_are_refused() -> None:
    async with Standin.open(largest_file=10, limits=False) as slack:
        api = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        assert await refused(api.files_getUploadURLExternal(filename="a", length=11)) == "file_upload_size_restricted"
        slack.fault("files.getUploadURLExternal", "error", code="file_uploads_disabled")
        assert await refused(api.files_getUploadURLExternal(filename="a", length=3)) == "file_uploads_disabled"
        asked = await api.files_getUploadURLExternal(filename="a.txt", length=3)
        wanted = [{"id": asked["file_id"], "title": "a"}]
        assert await refused(api.files_completeUploadExternal(files=wanted)) == "file_not_found"  # no bytes yet
        assert await put(asked["upload_url"], b"four") == 400
        assert await put(asked["upload_url"], b"abc") == 200
        assert await put(asked["upload_url"], b"abc") == 404
        quiet = await slack.person("lead").create_channel("quiet")
        loud = await slack.person("lead").create_channel("loud", private=False)
        for channel, code in ((quiet, "channel_not_found"), (loud, "not_in_channel"), ("C0", "channel_not_found")):
            assert await refused(api.files_completeUploadExternal(files=wanted, channel_id=channel)) == code
        assert (await api.files_completeUploadExternal(files=wanted, channel_id=slack.channel_id))["ok"]
        assert await refused(api.files_completeUploadExternal(files=wanted)) == "file_not_found"  # done already
        slack.fault("files.upload", "500")
        with pytest.raises(SlackRequestError):
            await api.files_upload_v2(channel=slack.channel_id, filename="a", content=b"abc")
        theirs = await slack.person("researcher").upload("b.txt", b"b")
        assert await refused(api.files_delete(file=theirs.files[0]["id"])) == "cant_delete_file"
        assert await refused(api.files_info(file="F0")) == "file_not_found"


async def _down(echo: Echo) -> Slack:
    slack = echo.slack
    await slack.person("researcher").upload("report.asc", b"-----BEGIN PGP MESSAGE-----", text="see & read")
    await slack.settled()
    return slack


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_what_people_share_arrives_and_is_read_by_members_only(mode: str) -> None:
    async with talking(mode) as echo:
        slack = await _down(echo)
        event = echo.events[0]
        assert (event["subtype"], event["text"], event["channel_type"]) == ("file_share", "see &amp; read", "im")
        file = event["files"][0]
        assert file["size"] == 27 and file["mode"] == "hosted"
        assert await fetched(file["url_private_download"], slack.bot_token) == (file["mimetype"], b"-----BEGIN PGP MESSAGE-----")
        hidden = await slack.person("lead").create_channel("quiet")
        other = (await slack.person("lead").upload("x.txt", b"secret", channel=hidden)).files[0]
        for url, token in ((file["url_private"], "xoxb-wrong"), (other["url_private"], slack.bot_token)):
            kind, data = await fetched(url, token)
            assert kind == "text/html" and b"<html" in data
        slack.scopes(remove=["files:read"])
        assert (await fetched(file["url_private"], slack.bot_token))[0] == "text/html"


async def test_downloads_go_wrong() -> None:
    async with talking("socket") as echo:
        slack = await _down(echo)
        url = echo.events[0]["files"][0]["url_private"]
        slack.fault("files.download", "html")
        assert (await fetched(url, slack.bot_token))[0] == "text/html"
        slack.fault("files.download", "larger")
        assert len((await fetched(url, slack.bot_token))[1]) > 27
        slack.fault("files.download", "cut")
        with pytest.raises(aiohttp.ClientError):
            await fetched(url, slack.bot_token)
        assert [one.fault for one in slack.calls("files.download")] == ["html", "larger", "cut"]


async def test_snippets_and_files_of_other_workspaces() -> None:
    async with talking("socket") as echo:
        slack, who = echo.slack, echo.slack.person("researcher")
        slack.subscribe(add=["file_shared"])
        await who.upload("paste.txt", b"long" * 2000, mode="snippet")
        foreign = await who.upload("theirs.txt", b"theirs", foreign=True)
        await slack.settled()
        assert sorted(one["type"] for one in echo.events) == ["file_shared", "file_shared", "message", "message"]
        shown = {one["files"][0]["mode"]: one["files"][0] for one in echo.events if one["type"] == "message"}
        assert set(shown) == {"snippet", "file_access"} and shown["file_access"]["file_access"] == "check_file_info"
        assert (await echo.client.files_info(file=foreign.files[0]["id"]))["file"]["url_private"]
        assert (await echo.client.files_info(file=shown["snippet"]["id"]))["content"].startswith("longlong")


async def test_a_file_in_a_form_is_the_apps_to_read() -> None:
    async with talking("socket") as echo:
        who = echo.slack.person("researcher")
        echo.opens = modal(field_block("proof", element={"type": "file_input", "max_files": 2}))
        await who.slash("/vdp report")
        echo.opens = None
        assert (await who.submit(who.modal(), {"proof": [await who.stage("p.txt", b"proof")]})).kind == "closed"
        file = echo.bodies[-1]["view"]["state"]["values"]["proof"]["it"]["files"][0]
        assert await fetched(file["url_private"], echo.slack.bot_token) == ("text/plain", b"proof")
