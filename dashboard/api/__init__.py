"""The HTTP API: the same figures for programs. Knows no Streamlit."""
