"""From the tidy table to the paper: `tables` -> `figures` -> `document`, each reading only files made before.

`layout` says which tables and figures a study has and imports nothing heavy.
"""
