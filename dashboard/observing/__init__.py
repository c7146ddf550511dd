"""What operators see of a running Daybook: figures for Prometheus, logs, and errors sent to Sentry where asked."""
