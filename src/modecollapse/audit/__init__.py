"""The audit: what anybody can check of a study's results, with one command and without trusting it."""
