"""The pure rules: values and `now` in, values out. No I/O, no clock, no environment."""
