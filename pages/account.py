"""Your account: another password, the browsers that are logged in, and tokens for programs."""

import streamlit as st

from dashboard.administration.own_sessions import own_sessions
from dashboard.auth import require
from dashboard.auth.change import change_form
from dashboard.auth.tokens import tokens_section

user = require("analyst")

st.title("Account")
st.write(f"{user.display_name}, user name **{user.username}**, role **{user.role}**.")

st.subheader("Change the password")
if change_form(user):
    st.success("Changed. Every other browser has been logged out.")

st.subheader("Where you are logged in")
own_sessions(user)

tokens_section(user)
