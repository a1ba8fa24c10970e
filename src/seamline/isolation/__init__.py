"""
Walls: what a child that decodes or paints may reach, which is next to nothing.

Five walls, each of which stands or does not: the *network* (no socket leads anywhere),
*files* (nothing is seen but the program and what was handed in), *processes* (no other is
seen, signalled or looked into, none is started), *system calls* (those that open doors are
refused) and *limits* (memory, processor time, sizes of files). What builds them are
bubblewrap, namespaces, Landlock, seccomp and resource limits, as far as a machine has them.
Nothing is believed to stand because it was asked for: the child looks, and says.
"""
