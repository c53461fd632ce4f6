"""The web around the subjects. Here its lower half, which screens import; `frame` is the upper one."""
