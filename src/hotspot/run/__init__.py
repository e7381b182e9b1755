"""The application: config, nightly pipeline, backtest, check, command line."""
