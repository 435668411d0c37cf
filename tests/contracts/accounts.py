"""What every keeper of accounts promises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sre_agent.domain.identity import Vouched
from sre_agent.domain.law import Role
from sre_agent.errors import Conflict, NotFound
from tests.contracts.cabinet import Cabinet

SECRET = "a-secret-from-the-environment-0123456789"


class AccountsContract:
    async def test_a_token_opens_the_account_it_was_made_for(self, cabinet: Cabinet) -> None:
        ada = await cabinet.accounts.create("ada", Role.APPROVER)
        await cabinet.accounts.create("bob", Role.VIEWER)
        token = await cabinet.accounts.issue_token("ada", label="laptop")
        assert await cabinet.accounts.by_token(token) == ada
        assert (ada.name, ada.role, ada.created_at) == ("ada", Role.APPROVER, cabinet.clock.now())
        assert [account.name for account in await cabinet.accounts.all()] == ["ada", "bob"]

    async def test_anything_else_opens_nothing(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        token = await cabinet.accounts.issue_token("ada", label="laptop")
        for wrong in ("", "ada", token[:-1], token + "x", "\ud800", "\x00"):
            assert await cabinet.accounts.by_token(wrong) is None

    async def test_a_name_is_taken_only_once(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        with pytest.raises(Conflict, match="ada"):
            await cabinet.accounts.create("ada", Role.VIEWER)

    async def test_nobody_gets_a_name_that_people_would_read_as_anothers(self, cabinet: Cabinet) -> None:
        """Two people in two accounts whose names differ in capitals would be one person in every list."""
        await cabinet.accounts.create("ada", Role.APPROVER)
        until = cabinet.clock.now() + timedelta(hours=12)
        for name in ("Ada", "ADA", "sre-agent", "Alertmanager", "somebody"):
            with pytest.raises(Conflict, match=f"(?i){name}"):
                await cabinet.accounts.create(name, Role.VIEWER)
            guest = Vouched(issuer="https://idp", subject=name, name=name, role=Role.VIEWER)
            session = await cabinet.accounts.open_vouched(guest, until=until)
            assert session is not None
            assert session.account.name == guest.name_of_their_own

    async def test_an_unknown_name_gets_no_token(self, cabinet: Cabinet) -> None:
        with pytest.raises(NotFound):
            await cabinet.accounts.issue_token("nobody", label="x")
        with pytest.raises(NotFound):
            await cabinet.accounts.revoke_tokens("nobody")

    async def test_a_token_ends_when_it_says_so(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        end = cabinet.clock.now() + timedelta(hours=1)
        token = await cabinet.accounts.issue_token("ada", label="demo", expires_at=end)
        assert await cabinet.accounts.by_token(token) is not None
        cabinet.clock.advance(timedelta(hours=1))
        assert await cabinet.accounts.by_token(token) is None

    async def test_revoked_tokens_open_nothing_and_are_counted_once(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        tokens = [await cabinet.accounts.issue_token("ada", label=f"l{n}") for n in range(3)]
        assert await cabinet.accounts.revoke_tokens("ada") == 3
        assert [await cabinet.accounts.by_token(token) for token in tokens] == [None] * 3
        assert await cabinet.accounts.revoke_tokens("ada") == 0

    async def test_a_token_of_the_environment_is_ensured_however_often_we_start(
        self, cabinet: Cabinet
    ) -> None:
        for _ in range(3):
            await cabinet.accounts.ensure_token("admin", Role.ADMIN, SECRET, label="ADMIN_TOKEN")
        account = await cabinet.accounts.by_token(SECRET)
        assert account is not None
        assert (account.name, account.role) == ("admin", Role.ADMIN)
        assert len(await cabinet.accounts.all()) == 1

    async def test_a_changed_setting_changes_the_token_and_the_role(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.ensure_token("admin", Role.VIEWER, "the-old-one" * 4, label="ADMIN_TOKEN")
        other = await cabinet.accounts.issue_token("admin", label="laptop")
        await cabinet.accounts.ensure_token("admin", Role.ADMIN, SECRET, label="ADMIN_TOKEN")
        assert await cabinet.accounts.by_token("the-old-one" * 4) is None
        for good in (SECRET, other):
            account = await cabinet.accounts.by_token(good)
            assert account is not None
            assert account.role is Role.ADMIN

    async def test_an_ensured_token_opens_again_after_it_was_revoked(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.ensure_token("admin", Role.ADMIN, SECRET, label="ADMIN_TOKEN")
        await cabinet.accounts.revoke_tokens("admin")
        assert await cabinet.accounts.by_token(SECRET) is None
        await cabinet.accounts.ensure_token("admin", Role.ADMIN, SECRET, label="ADMIN_TOKEN")
        assert await cabinet.accounts.by_token(SECRET) is not None

    async def test_two_accounts_cannot_share_a_token(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.ensure_token("admin", Role.ADMIN, SECRET, label="ADMIN_TOKEN")
        with pytest.raises(Conflict, match="another account"):
            await cabinet.accounts.ensure_token("alertmanager", Role.VIEWER, SECRET, label="WEBHOOK_TOKEN")
        assert [account.name for account in await cabinet.accounts.all()] == ["admin"]

    async def test_a_token_is_exchanged_for_a_session_that_ends_by_itself(self, cabinet: Cabinet) -> None:
        ada = await cabinet.accounts.create("ada", Role.APPROVER)
        token = await cabinet.accounts.issue_token("ada", label="laptop")
        until = cabinet.clock.now() + timedelta(hours=12)
        session = await cabinet.accounts.open_session(token, until=until)
        assert session is not None
        assert (session.account, session.expires_at) == (ada, until)
        assert await cabinet.accounts.by_token(session.value) == ada
        assert await cabinet.accounts.open_session(session.value, until=until) is None
        cabinet.clock.advance(timedelta(hours=12))
        assert await cabinet.accounts.by_token(session.value) is None

    async def test_a_session_ends_no_later_than_its_token_and_may_do_no_more(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        end = cabinet.clock.now() + timedelta(minutes=5)
        token = await cabinet.accounts.issue_token("ada", label="x", expires_at=end, role=Role.VIEWER)
        session = await cabinet.accounts.open_session(token, until=end + timedelta(hours=1))
        assert session is not None
        assert session.expires_at == end
        for each in (token, session.value):
            account = await cabinet.accounts.by_token(each)
            assert account is not None
            assert account.role is Role.VIEWER

    async def test_a_token_never_raises_the_role_of_its_account(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.VIEWER)
        account = await cabinet.accounts.by_token(
            await cabinet.accounts.issue_token("ada", label="x", role=Role.ADMIN)
        )
        assert account is not None
        assert account.role is Role.VIEWER

    async def test_a_session_that_was_closed_or_revoked_opens_nothing(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        token = await cabinet.accounts.issue_token("ada", label="laptop")
        until = cabinet.clock.now() + timedelta(hours=12)
        one, two = [await cabinet.accounts.open_session(token, until=until) for _ in range(2)]
        assert one is not None
        assert two is not None
        await cabinet.accounts.close(one.value)
        assert await cabinet.accounts.by_token(one.value) is None
        assert await cabinet.accounts.by_token(two.value) is not None
        await cabinet.accounts.revoke_tokens("ada")
        assert await cabinet.accounts.by_token(two.value) is None

    async def test_a_one_time_link_opens_one_session_and_nothing_else(self, cabinet: Cabinet) -> None:
        end = cabinet.clock.now() + timedelta(hours=1)
        old = await cabinet.accounts.issue_link("admin", Role.ADMIN, expires_at=end)
        link = await cabinet.accounts.issue_link("admin", Role.ADMIN, expires_at=end)
        until = end + timedelta(hours=11)
        assert await cabinet.accounts.by_token(link) is None
        assert await cabinet.accounts.open_session(old, until=until) is None
        session = await cabinet.accounts.open_session(link, until=until)
        assert session is not None
        assert (session.account.name, session.account.role, session.expires_at) == (
            "admin",
            Role.ADMIN,
            until,
        )
        assert await cabinet.accounts.open_session(link, until=until) is None

    async def test_a_one_time_link_expires(self, cabinet: Cabinet) -> None:
        end = cabinet.clock.now() + timedelta(hours=1)
        link = await cabinet.accounts.issue_link("admin", Role.ADMIN, expires_at=end)
        cabinet.clock.advance(timedelta(hours=1))
        assert await cabinet.accounts.open_session(link, until=end + timedelta(hours=1)) is None

    async def test_who_is_vouched_for_has_one_account_by_issuer_and_subject_and_the_role_they_come_with(
        self, cabinet: Cabinet
    ) -> None:
        until = cabinet.clock.now() + timedelta(hours=12)
        ada = Vouched(issuer="https://idp", subject="1", name="ada", role=Role.APPROVER)
        first = await cabinet.accounts.open_vouched(ada, until=until)
        lowered = ada.model_copy(update={"name": "lovelace", "role": Role.VIEWER})
        second = await cabinet.accounts.open_vouched(lowered, until=until)
        assert first is not None
        assert second is not None
        assert (first.account.name, first.account.role) == ("ada", Role.APPROVER)
        assert (second.account.id, second.account.name) == (first.account.id, "ada")
        assert second.account.role is Role.VIEWER
        for session in (first, second):
            now = await cabinet.accounts.by_token(session.value)
            assert now is not None
            assert now.role is Role.VIEWER

    async def test_nobody_who_is_vouched_for_comes_into_an_account_by_its_name(
        self, cabinet: Cabinet
    ) -> None:
        until = cabinet.clock.now() + timedelta(hours=12)
        ours = await cabinet.accounts.create("admin", Role.ADMIN)
        names = set()
        for subject in ("1", "2"):
            guest = Vouched(issuer="https://idp", subject=subject, name="admin", role=Role.VIEWER)
            session = await cabinet.accounts.open_vouched(guest, until=until)
            assert session is not None
            assert session.account.id != ours.id
            names.add(session.account.name)
        assert len(names | {"admin"}) == 3
        assert {each.role for each in await cabinet.accounts.all() if each.name == "admin"} == {Role.ADMIN}

    async def test_a_password_opens_a_session_for_who_knows_it(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        until = cabinet.clock.now() + timedelta(hours=12)
        assert await cabinet.accounts.open_with_password("ada", "correct horse battery", until=until) is None
        await cabinet.accounts.set_password("ada", "correct horse battery")
        session = await cabinet.accounts.open_with_password("ada", "correct horse battery", until=until)
        assert session is not None
        assert session.account.name == "ada"
        for name, word in (("ada", "wrong"), ("ada", ""), ("bob", "correct horse battery")):
            assert await cabinet.accounts.open_with_password(name, word, until=until) is None
        with pytest.raises(NotFound):
            await cabinet.accounts.set_password("bob", "correct horse battery")

    async def test_a_new_password_ends_all_sessions_of_its_account_but_the_one_it_was_set_in(
        self, cabinet: Cabinet
    ) -> None:
        for name in ("ada", "bob"):
            await cabinet.accounts.create(name, Role.VIEWER)
            await cabinet.accounts.set_password(name, "correct horse battery")
        until = cabinet.clock.now() + timedelta(hours=12)
        opened = [
            await cabinet.accounts.open_with_password(name, "correct horse battery", until=until)
            for name in ("ada", "ada", "bob")
        ]
        here, elsewhere, of_another = (session.value for session in opened if session is not None)
        token = await cabinet.accounts.issue_token("ada", label="script")
        await cabinet.accounts.set_password("ada", "another horse entirely", keep=here)
        for value in (here, of_another, token):
            assert await cabinet.accounts.by_token(value) is not None
        assert await cabinet.accounts.by_token(elsewhere) is None
        await cabinet.accounts.set_password("ada", "a third horse entirely")
        assert await cabinet.accounts.by_token(here) is None
