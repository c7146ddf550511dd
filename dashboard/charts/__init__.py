"""Frames in, Plotly figures out: no Streamlit, no queries. Each chart comes with a text that states its finding."""
