"""The one way out: every call to a vendor passes here, whatever it is for.

Knows hosts, pace, time-outs, retries and what may be logged. Knows no vendor's answers.
"""
