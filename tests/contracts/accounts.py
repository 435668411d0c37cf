"""What every keeper of accounts promises."""

from __future__ import annotations

from datetime import timedelta

import pytest

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
