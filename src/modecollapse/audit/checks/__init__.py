"""The checks: one file each, with TITLE and `check(bundle)`, which returns a Result and never raises.

A check reads files that anybody may have changed: damage is a finding.
"""
