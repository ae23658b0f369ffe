"""Act-On: how to log in, which endpoints there are, what their answers mean. Reads only."""
