"""Pages for the admins of spaces: the hub, the activation of a space, and its daily life."""
