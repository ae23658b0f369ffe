"""What `./run bench scale` measures, one module a part; and what they share."""
