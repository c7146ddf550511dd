"""Personal tokens on the account's page: made and named, shown once, and revoked."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.auth.gate import acting_user
from dashboard.load import database
from data.accounts.tokens import MOST_DAYS, Right, TokenRecord, make_personal_token, personal_tokens, revoke_token
from data.accounts.user import User
from data.errors import TokenError

_NAME, _RIGHTS, _DAYS = "tokens.name", "tokens.right.", "tokens.days"
_MADE, _PROBLEM = "tokens.made", "tokens.problem"
_WORDS = {Right.READ: "Read figures", Right.EDIT: "Edit reference data, save views", Right.LOAD: "Load files"}


def tokens_section(user: User) -> None:
    """The tokens that can be used, and the form for another one."""
    st.subheader("Tokens for programs", anchor=False)
    st.caption("With one, a notebook or a script asks the HTTP API for you. It never allows more than you may do.")
    _told()
    with database().accounts() as conn:
        tokens = personal_tokens(conn, account_id=user.account_id)
    for token in tokens:
        _line(token)
    with st.form("token-form", width=480):
        st.text_input("What it is for", key=_NAME, max_chars=120, placeholder="Notebook on my laptop")
        for right in Right:
            st.checkbox(_WORDS[right], value=right is Right.READ, key=_RIGHTS + right)
        st.number_input("Days until it ends", 1, MOST_DAYS, 90, key=_DAYS)
        st.form_submit_button("Make a token", on_click=_make)


def _told() -> None:
    """What the last click came to; a token that was made is shown by this run alone."""
    problem, made = st.session_state.pop(_PROBLEM, None), st.session_state.pop(_MADE, None)
    if problem:
        st.error(problem)
    if made:
        with st.container(border=True, key="token-made"):
            st.markdown("**Copy your token now.** It is not shown again.")
            st.code(made, language=None, wrap_lines=True)


def _line(token: TokenRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"token-{token.token_id}"):
        st.text(token.name)
        used = "never used" if token.last_used_at is None else f"last used {token.last_used_at:%d %b %Y %H:%M} UTC"
        st.caption(f"{', '.join(token.rights)}; {used}; ends {token.expires_at:%d %b %Y}")
        st.button("Revoke", key=f"token-end-{token.token_id}", type="tertiary", on_click=_revoke,
                  args=(token.token_id,))  # fmt: skip


def _make() -> None:
    name, days = str(st.session_state[_NAME]), int(st.session_state[_DAYS])
    rights = [str(right) for right in Right if st.session_state[_RIGHTS + right]]

    def act(user: User) -> None:
        with database().accounts() as conn:
            st.session_state[_MADE] = make_personal_token(
                conn, account_id=user.account_id, name=name, rights=rights, days=days
            )[1]
        st.session_state[_NAME] = ""

    _trying(act)


def _revoke(token_id: int) -> None:
    def act(user: User) -> None:
        with database().accounts() as conn:
            revoke_token(conn, token_id=token_id, account_id=user.account_id)

    _trying(act)


def _trying(act: Callable[[User], None]) -> None:
    user = acting_user()
    if user is None:
        return
    try:
        act(user)
    except TokenError as error:
        text = str(error)
        st.session_state[_PROBLEM] = f"{text[:1].upper()}{text[1:]}."
